using Weft.Inference.Kernels;
using Weft.Inference.Threading;
using Weft.Model.Checkpoints;
using Weft.Model.Spec;

namespace Weft.Inference.Tests.Kernels;

/// <summary>Pages come back from other sequences: whatever is in them must not reach a result.</summary>
public sealed unsafe class CachePageTests
{
    /// <summary>Roundings of 8 bits in queries, keys, weights and values; of bf16 and fp16 less. The values are at most 1.</summary>
    private const double Tolerance = 3e-2;

    public static TheoryData<ElementType, int, int> Cases
    {
        get
        {
            var data = new TheoryData<ElementType, int, int>();
            foreach (ElementType type in new[] { ElementType.F32, ElementType.F16, ElementType.BF16, ElementType.Q8_0 })
                foreach (int size in new[] { 4, 16, 40, 64, 80, 128 })
                    foreach (int positions in new[] { 1, 3, 31, 33, 70, 130 })
                        data.Add(type, size, positions);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Attention_on_pages_that_held_something_else_is_that_of_the_plain_way(ElementType type, int size, int positions)
    {
        const int Heads = 2;
        var spec = new AttentionSpec(Heads, 1, size, new PositionSpec.None(), AttentionBias.None);
        var layout = new CacheLayout([spec], type);
        // Every bit set is no number in each of the types.
        byte*[] dirty = new byte*[8];
        for (int page = 0; page < dirty.Length; page++)
        {
            dirty[page] = layout.Pool.Rent();
            new Span<byte>(dirty[page], (int)layout.PageBytes).Fill(0xff);
        }
        foreach (byte* page in dirty)
            layout.Pool.Return(page);
        using var store = new StackCache(layout, positions);
        store.Reserve(positions);
        LayerCache cache = store.Layer(0);
        var random = new Random(positions);
        float[] Draw(int count, float scale = 1) => [.. Enumerable.Range(0, count).Select(_ => ((2 * random.NextSingle()) - 1) * scale)];
        FloatBuffer keys = new(Draw(positions * size)), values = new(Draw(positions * size)), query = new(Draw(positions * Heads * size, 1 / MathF.Sqrt(size)));
        for (int position = 0; position < positions; position++)
            cache.Store(0, position, keys.Pointer + (position * size), values.Pointer + (position * size));
        FloatBuffer blocked = new(new float[positions * Heads * size]), plain = new(new float[positions * Heads * size]);
        KeyView view = KeyView.Of(spec, positions, null);
        using var team = new Team(2);
        var fast = new AttentionWork { Query = query.Pointer, Output = blocked.Pointer, Cache = cache, View = view, Heads = Heads, Tokens = positions };
        var slow = new PlainAttention { Query = query.Pointer, Output = plain.Pointer, Cache = cache, View = view, Heads = Heads, Tokens = positions };
        team.Run(ref fast, fast.Items);
        team.Run(ref slow, slow.Items);
        blocked.CheckGuards();
        Assert.InRange(Differences.Greatest(plain.Span.ToArray().Select(value => (double)value), blocked.Span), 0, type == ElementType.F32 ? 1e-5 : Tolerance);
        // One row alone, as in decoding.
        var last = fast with { Query = query.Pointer + ((positions - 1) * Heads * size), Start = positions - 1, Tokens = 1 };
        FloatBuffer alone = new(new float[Heads * size]);
        last.Output = alone.Pointer;
        team.Run(ref last, last.Items);
        Assert.Equal(blocked.Span[((positions - 1) * Heads * size)..].ToArray(), alone.Span.ToArray());
    }
}

using Weft.Inference.Kernels;
using Weft.Inference.Threading;
using Weft.Model.Checkpoints;
using Weft.Model.Spec;

namespace Weft.Inference.Tests.Kernels;

/// <summary>Many keys are gathered in spans; by whom, and for how many rows, must not show.</summary>
public sealed unsafe class AttentionSpanTests
{
    private const int Heads = 2, Size = 48, Positions = 4500;

    /// <summary>Roundings of 8 bits, as in <see cref="CachePageTests"/>; of fp32, sums of thousands of weights.</summary>
    private const double CodeTolerance = 3e-2, FloatTolerance = 2e-5;

    public static TheoryData<ElementType, string> Cases
    {
        get
        {
            var data = new TheoryData<ElementType, string>();
            foreach (ElementType type in new[] { ElementType.F32, ElementType.F16, ElementType.BF16, ElementType.Q8_0 })
                foreach (string kind in new[] { "causal", "window", "sink tokens and window", "learned sinks" })
                    data.Add(type, kind);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Rows_give_the_same_bits_alone_and_together_and_divided_among_threads(ElementType type, string kind)
    {
        var spec = new AttentionSpec(Heads, 1, Size, new PositionSpec.None(), AttentionBias.None)
        {
            Mask = kind.Contains("window", StringComparison.Ordinal) ? new AttentionMask.SlidingWindow(2300) : new AttentionMask.Causal(),
            Sinks = kind.StartsWith("sink", StringComparison.Ordinal) ? new AttentionSinks.FirstTokens(5) : new AttentionSinks.None(),
        };
        using var store = new StackCache(new CacheLayout([spec], type), Positions);
        store.Reserve(Positions);
        LayerCache cache = store.Layer(0);
        var random = new Random(Positions);
        float[] Draw(int count, float scale = 1) => [.. Enumerable.Range(0, count).Select(_ => ((2 * random.NextSingle()) - 1) * scale)];
        FloatBuffer keys = new(Draw(Positions * Size, 4)), values = new(Draw(Positions * Size)), sinks = new(Draw(Heads));
        for (int position = 0; position < Positions; position++)
            cache.Store(0, position, keys.Pointer + (position * Size), values.Pointer + (position * Size));
        // From the last positions of one span to the first of the next, and the end.
        int tokens = 60, row = Heads * Size;
        FloatBuffer query = new(Draw(tokens * row, 1 / MathF.Sqrt(Size))), together = new(new float[tokens * row]), plain = new(new float[tokens * row]);
        using var team = new Team(3);
        foreach (int start in new[] { 4070, Positions - tokens })
        {
            KeyView view = KeyView.Of(spec, start + tokens, null);
            float* learned = kind == "learned sinks" ? sinks.Pointer : null;
            var whole = new AttentionWork { Query = query.Pointer, Output = together.Pointer, Sinks = learned, Cache = cache, View = view, Heads = Heads, Start = start, Tokens = tokens };
            var slow = new PlainAttention { Query = query.Pointer, Output = plain.Pointer, Sinks = learned, Cache = cache, View = view, Heads = Heads, Start = start, Tokens = tokens };
            team.Run(ref whole, whole.Items);
            team.Run(ref slow, slow.Items);
            together.CheckGuards();
            Assert.InRange(Differences.Greatest(plain.Span.ToArray().Select(value => (double)value), together.Span), 0, type == ElementType.F32 ? FloatTolerance : CodeTolerance);
            for (int token = 0; token < tokens; token += 7)
            {
                FloatBuffer alone = new(new float[row]), divided = new(new float[row]);
                AttentionWork one = whole with { Query = query.Pointer + (token * row), Output = alone.Pointer, Start = start + token, Tokens = 1 };
                team.Run(ref one, one.Items);
                Assert.Equal(together.Span.Slice(token * row, row).ToArray(), alone.Span.ToArray());
                FloatBuffer partials = new(new float[one.PartialCount]);
                AttentionWork spans = one with { Output = divided.Pointer, Partials = partials.Pointer };
                Assert.Equal(start + token < 4096 ? 2 : 3, spans.Items);
                team.Run(ref spans, spans.Items);
                spans.Merges = true;
                team.Run(ref spans, spans.Items);
                partials.CheckGuards();
                Assert.Equal(alone.Span.ToArray(), divided.Span.ToArray());
            }
        }
    }
}

using Weft.Inference.Kernels;
using Weft.Inference.Weights;
using Weft.Model.Spec;

namespace Weft.Inference;

// K key-value heads, S head size, positions in blocks of B.

/// <summary>Keys and values of one sequence in one attention of every block of a stack. Memory is taken as the sequence grows.</summary>
internal sealed unsafe class StackCache
{
    private const string Purpose = "the key-value cache";

    /// <summary>512 tokens: what a short text needs is taken at once.</summary>
    private const int FewestBlocks = 8;

    private readonly AttentionSpec[] _attentions;
    private readonly AlignedBuffer[] _keys, _values, _plainKeys;
    private readonly int[] _angles;
    private int _blocks;

    /// <param name="attentions">Of each block.</param>
    /// <param name="capacity">Tokens.</param>
    public StackCache(IEnumerable<AttentionSpec> attentions, int capacity)
    {
        _attentions = [.. attentions];
        Capacity = capacity;
        foreach (AttentionSpec attention in _attentions)
            AlignedBuffer.CheckCount(Count(attention, BlocksFor(capacity)), Purpose);
        _keys = [.. Enumerable.Repeat(new AlignedBuffer(0, Purpose), _attentions.Length)];
        _values = [.. _keys];
        _plainKeys = [.. _keys];
        _angles = new int[_attentions.Length];
    }

    /// <summary>Tokens that there is room for.</summary>
    public int Capacity { get; }

    /// <summary>Tokens that are held.</summary>
    public int Length { get; set; }

    /// <summary>Bytes of keys and values.</summary>
    public long ByteCount => _keys.Concat(_values).Concat(_plainKeys).Sum(buffer => buffer.Count * sizeof(float));

    /// <summary>A copy that goes its own way.</summary>
    public StackCache Fork()
    {
        var copy = new StackCache(_attentions, Capacity) { Length = Length };
        copy.Reserve(Length);
        long blocks = BlocksFor(Length);
        for (int layer = 0; layer < _keys.Length && Length > 0; layer++)
        {
            int count = (int)Count(_attentions[layer], blocks);
            _keys[layer].Span[..count].CopyTo(copy._keys[layer].Span);
            _values[layer].Span[..count].CopyTo(copy._values[layer].Span);
            if (KeepsPlainKeys(_attentions[layer]))
                _plainKeys[layer].Span[..count].CopyTo(copy._plainKeys[layer].Span);
            copy._angles[layer] = _angles[layer];
        }
        return copy;
    }

    /// <summary>Takes the memory for so many tokens, at most <see cref="Capacity"/>; at least doubles, so that copying stays rare.</summary>
    public void Reserve(int tokens)
    {
        if (BlocksFor(tokens) <= _blocks)
            return;
        int blocks = Math.Min(BlocksFor(Capacity), Math.Max(BlocksFor(tokens), Math.Max(FewestBlocks, 2 * _blocks)));
        for (int layer = 0; layer < _keys.Length; layer++)
        {
            AttentionSpec attention = _attentions[layer];
            _keys[layer] = Grow(_keys[layer], Count(attention, blocks));
            _values[layer] = Grow(_values[layer], Count(attention, blocks));
            if (KeepsPlainKeys(attention))
                _plainKeys[layer] = Grow(_plainKeys[layer], Count(attention, blocks));
        }
        _blocks = blocks;
    }

    /// <summary>The part of one block of the model.</summary>
    public LayerCache Layer(int layer) => new()
    {
        Keys = _keys[layer].Pointer,
        Values = _values[layer].Pointer,
        PlainKeys = KeepsPlainKeys(_attentions[layer]) ? _plainKeys[layer].Pointer : null,
        KeyValueHeads = _attentions[layer].KeyValueHeads,
        HeadSize = _attentions[layer].HeadSize,
    };

    /// <summary>Which of several sets of angles the keys of a block are turned by; see <see cref="RotaryAngles.SetFor"/>.</summary>
    public ref int AngleSet(int layer) => ref _angles[layer];

    /// <summary>Keys that may have to be turned by other angles later are kept as they were before the first.</summary>
    private static bool KeepsPlainKeys(AttentionSpec attention) =>
        attention.Position is PositionSpec.Rotary rotary && rotary.Scaling.ConstantUpTo < int.MaxValue;

    private static int BlocksFor(int tokens) => (tokens + AttentionRow.BlockSize - 1) / AttentionRow.BlockSize;

    private static long Count(AttentionSpec attention, long blocks) => attention.KeyValueSize * blocks * AttentionRow.BlockSize;

    private static AlignedBuffer Grow(AlignedBuffer buffer, long count)
    {
        var grown = new AlignedBuffer(count, Purpose);
        buffer.Span.CopyTo(grown.Span);
        return grown;
    }
}

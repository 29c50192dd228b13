using Weft.Inference.Kernels;
using Weft.Inference.Weights;
using Weft.Model.Spec;

namespace Weft.Inference;

// K key-value heads, S head size, positions in blocks of B.

/// <summary>
/// The keys and values of one sequence: its state, handed in with every call. One sequence, one call at a time. Memory is taken as
/// the sequence grows, so room that is never used costs nothing.
/// </summary>
public sealed unsafe class KeyValueCache
{
    private const string Purpose = "the key-value cache";

    /// <summary>512 tokens: what a short text needs is taken at once.</summary>
    private const int FewestBlocks = 8;

    private readonly ModelSpec _spec;
    private readonly AlignedBuffer[] _keys;
    private readonly AlignedBuffer[] _values;
    private int _blocks;

    internal KeyValueCache(ModelSpec spec, int capacity)
    {
        _spec = spec;
        Capacity = capacity;
        foreach (BlockSpec block in spec.Stack.Blocks)
            AlignedBuffer.CheckCount(Count(block, BlocksFor(capacity)), Purpose);
        _keys = [.. Enumerable.Repeat(new AlignedBuffer(0, Purpose), spec.Stack.Blocks.Length)];
        _values = [.. _keys];
    }

    /// <summary>Tokens that the cache holds.</summary>
    public int Length { get; private set; }

    /// <summary>Tokens that the cache has room for.</summary>
    public int Capacity { get; }

    /// <summary>Bytes of keys and values; grows with the sequence.</summary>
    public long ByteCount => _keys.Concat(_values).Sum(buffer => buffer.Count * sizeof(float));

    /// <summary>Forgets all tokens from position <paramref name="length"/> on, so that other ones can follow.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The cache does not hold that many tokens.</exception>
    public void Truncate(int length)
    {
        if ((uint)length > (uint)Length)
            throw new ArgumentOutOfRangeException(nameof(length), length,
                $"the cache holds {Length} tokens and cannot be truncated to {length}; use 0 to {Length}");
        Length = length;
    }

    /// <summary>Whether the cache was made for such a model.</summary>
    internal bool Fits(ModelSpec spec) => spec == _spec;

    /// <summary>Takes the memory for so many tokens, at most <see cref="Capacity"/>; at least doubles, so that copying stays rare.</summary>
    internal void Reserve(int tokens)
    {
        if (BlocksFor(tokens) <= _blocks)
            return;
        int blocks = Math.Min(BlocksFor(Capacity), Math.Max(BlocksFor(tokens), Math.Max(FewestBlocks, 2 * _blocks)));
        for (int layer = 0; layer < _keys.Length; layer++)
        {
            _keys[layer] = Grow(_keys[layer], Count(_spec.Stack.Blocks[layer], blocks));
            _values[layer] = Grow(_values[layer], Count(_spec.Stack.Blocks[layer], blocks));
        }
        _blocks = blocks;
    }

    internal void Append(int tokens) => Length += tokens;

    /// <summary>The part of one block of the model.</summary>
    internal LayerCache Layer(int layer)
    {
        AttentionSpec attention = _spec.Stack.Blocks[layer].Attention;
        return new()
        {
            Keys = _keys[layer].Pointer,
            Values = _values[layer].Pointer,
            KeyValueHeads = attention.KeyValueHeads,
            HeadSize = attention.HeadSize,
        };
    }

    private static int BlocksFor(int tokens) => ((tokens - 1) / AttentionRow.BlockSize) + 1;

    private static long Count(BlockSpec block, int blocks) => (long)block.Attention.KeyValueSize * blocks * AttentionRow.BlockSize;

    private static AlignedBuffer Grow(AlignedBuffer buffer, long count)
    {
        var grown = new AlignedBuffer(count, Purpose);
        buffer.Span.CopyTo(grown.Span);
        return grown;
    }
}

using Weft.Inference.Kernels;
using Weft.Inference.Weights;
using Weft.Model.Spec;

namespace Weft.Inference;

// K key-value heads, S head size, C cached positions in blocks of B.

/// <summary>
/// The keys and values of one sequence: its state, handed in with every call. One sequence, one call at a time.
/// </summary>
public sealed unsafe class KeyValueCache
{
    private readonly ModelSpec _spec;
    private readonly AlignedBuffer[] _keys;
    private readonly AlignedBuffer[] _values;
    private readonly int _blocks;

    internal KeyValueCache(ModelSpec spec, int capacity)
    {
        _spec = spec;
        Capacity = capacity;
        _blocks = (capacity + AttentionRow.BlockSize - 1) / AttentionRow.BlockSize;
        _keys = [.. spec.Decoder.Blocks.Select(block => Allocate(block.Attention, "the key cache"))];
        _values = [.. spec.Decoder.Blocks.Select(block => Allocate(block.Attention, "the value cache"))];
    }

    /// <summary>Tokens that the cache holds.</summary>
    public int Length { get; private set; }

    /// <summary>Tokens that the cache has room for.</summary>
    public int Capacity { get; }

    /// <summary>Bytes of keys and values.</summary>
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
    internal bool Fits(ModelSpec spec) => ReferenceEquals(spec, _spec) || spec == _spec;

    internal void Append(int tokens) => Length += tokens;

    /// <summary>The part of one block of the model.</summary>
    internal LayerCache Layer(int layer)
    {
        int headSize = _spec.Decoder.Blocks[layer].Attention.HeadSize;
        return new()
        {
            Keys = _keys[layer].Pointer,
            Values = _values[layer].Pointer,
            HeadSize = headSize,
            HeadStride = (nint)_blocks * AttentionRow.BlockSize * headSize,
        };
    }

    private AlignedBuffer Allocate(AttentionSpec attention, string purpose) =>
        new((long)attention.KeyValueSize * _blocks * AttentionRow.BlockSize, purpose);
}

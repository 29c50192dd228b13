using Weft.Inference.Kernels;

namespace Weft.Inference;

// K key-value heads, S head size, positions in blocks of B.

/// <summary>The keys and values of one block of the model, as its kernels see them.</summary>
internal unsafe struct LayerCache
{
    /// <summary>[K, positions / B, S, B].</summary>
    public float* Keys;

    /// <summary>[K, positions / B, B, S].</summary>
    public float* Values;

    /// <summary>S.</summary>
    public int HeadSize;

    /// <summary>Elements from one head to the next.</summary>
    public nint HeadStride;

    /// <summary>The keys of positions [B·block, B·block + B), [S, B].</summary>
    public readonly float* KeyBlock(int head, int block) => Keys + (head * HeadStride) + ((nint)block * AttentionRow.BlockSize * HeadSize);

    /// <summary>The values of positions [B·block, B·block + B), [B, S].</summary>
    public readonly float* ValueBlock(int head, int block) => Values + (head * HeadStride) + ((nint)block * AttentionRow.BlockSize * HeadSize);

    /// <summary>Writes one position's key and value of one head, [S] each.</summary>
    public readonly void Store(int head, int position, float* key, float* value)
    {
        (int block, int offset) = Math.DivRem(position, AttentionRow.BlockSize);
        float* keys = KeyBlock(head, block) + offset;
        for (int s = 0; s < HeadSize; s++)
            keys[s * AttentionRow.BlockSize] = key[s];
        new ReadOnlySpan<float>(value, HeadSize).CopyTo(new(ValueBlock(head, block) + (offset * HeadSize), HeadSize));
    }
}

using Weft.Inference.Kernels;

namespace Weft.Inference;

// K key-value heads, S head size, positions in blocks of B.

/// <summary>The keys and values of one block of the model, as its kernels see them.</summary>
internal unsafe struct LayerCache
{
    /// <summary>[positions / B, K, S, B]: a longer cache begins with what a shorter one holds.</summary>
    public float* Keys;

    /// <summary>[positions / B, K, B, S].</summary>
    public float* Values;

    /// <summary>Keys before they are rotated, [positions, K, S]; null where they are never rotated anew.</summary>
    public float* PlainKeys;

    /// <summary>K.</summary>
    public int KeyValueHeads;

    /// <summary>S.</summary>
    public int HeadSize;

    /// <summary>The keys of positions [B·block, B·block + B), [S, B].</summary>
    public readonly float* KeyBlock(int head, int block) => Keys + Offset(head, block);

    /// <summary>The values of positions [B·block, B·block + B), [B, S].</summary>
    public readonly float* ValueBlock(int head, int block) => Values + Offset(head, block);

    /// <summary>Writes one position's key and value of one head, [S] each.</summary>
    public readonly void Store(int head, int position, float* key, float* value)
    {
        StoreKey(head, position, key);
        (int block, int offset) = Math.DivRem(position, AttentionRow.BlockSize);
        new ReadOnlySpan<float>(value, HeadSize).CopyTo(new(ValueBlock(head, block) + (offset * HeadSize), HeadSize));
    }

    /// <summary>Keeps one position's key of one head before it is rotated, where that may have to be done anew.</summary>
    public readonly void StorePlainKey(int head, int position, float* key)
    {
        if (PlainKeys != null)
            new ReadOnlySpan<float>(key, HeadSize).CopyTo(new(PlainKey(head, position), HeadSize));
    }

    /// <summary>One position's key of one head before it was rotated, [S].</summary>
    public readonly float* PlainKey(int head, int position) => PlainKeys + ((((nint)position * KeyValueHeads) + head) * HeadSize);

    /// <summary>Writes one position's key of one head, [S].</summary>
    public readonly void StoreKey(int head, int position, float* key)
    {
        (int block, int offset) = Math.DivRem(position, AttentionRow.BlockSize);
        float* keys = KeyBlock(head, block) + offset;
        for (int s = 0; s < HeadSize; s++)
            keys[s * AttentionRow.BlockSize] = key[s];
    }

    private readonly nint Offset(int head, int block) => (((nint)block * KeyValueHeads) + head) * AttentionRow.BlockSize * HeadSize;
}

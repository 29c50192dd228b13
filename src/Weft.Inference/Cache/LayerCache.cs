using Weft.Inference.Kernels;

namespace Weft.Inference;

// K key-value heads, S head size, B positions of a page.

/// <summary>The keys and values of one block of the model, as its kernels see them.</summary>
internal unsafe struct LayerCache
{
    private const int B = AttentionRow.BlockSize;

    /// <summary>Of the sequence, B positions each.</summary>
    public byte** Pages;

    /// <summary>How a head's keys and values lie in them.</summary>
    public CachePage Page;

    /// <summary>Where in a page the keys of K heads begin.</summary>
    public long Keys;

    /// <summary>Where in a page the values of K heads begin.</summary>
    public long Values;

    /// <summary>Where in a page keys lie before they are rotated, fp32 [B, K, S]; negative where they are never rotated anew.</summary>
    public long PlainKeys;

    /// <summary>K.</summary>
    public int KeyValueHeads;

    /// <summary>S.</summary>
    public readonly int HeadSize => Page.Size;

    /// <summary>Whether keys are kept as they were before they were rotated.</summary>
    public readonly bool HasPlainKeys => PlainKeys >= 0;

    /// <summary>One head's keys of a page.</summary>
    public readonly byte* KeyBlock(int head, int block) => Pages[block] + Keys + (head * Page.KeyBytes);

    /// <summary>One head's values of a page.</summary>
    public readonly byte* ValueBlock(int head, int block) => Pages[block] + Values + (head * Page.ValueBytes);

    /// <summary>One number of one position's key.</summary>
    public readonly float Key(int head, int position, int index) => CacheStore.Key(Page, KeyBlock(head, position / B), position % B, index);

    /// <summary>One number of one position's value.</summary>
    public readonly float Value(int head, int position, int index) => CacheStore.Value(Page, ValueBlock(head, position / B), position % B, index);

    /// <summary>Writes one position's key and value of one head, [S] each.</summary>
    public readonly void Store(int head, int position, float* key, float* value)
    {
        StoreKey(head, position, key);
        CacheStore.StoreValue(Page, ValueBlock(head, position / B), position % B, value);
    }

    /// <summary>Writes one position's key of one head, [S].</summary>
    public readonly void StoreKey(int head, int position, float* key) => CacheStore.StoreKey(Page, KeyBlock(head, position / B), position % B, key);

    /// <summary>Keeps one position's key of one head before it is rotated, where that may have to be done anew.</summary>
    public readonly void StorePlainKey(int head, int position, float* key)
    {
        if (HasPlainKeys)
            new ReadOnlySpan<float>(key, HeadSize).CopyTo(new(PlainKey(head, position), HeadSize));
    }

    /// <summary>One position's key of one head before it was rotated, [S].</summary>
    public readonly float* PlainKey(int head, int position) =>
        (float*)(Pages[position / B] + PlainKeys) + ((((position % B) * KeyValueHeads) + head) * HeadSize);
}

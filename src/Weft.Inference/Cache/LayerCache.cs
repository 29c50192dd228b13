using Weft.Inference.Kernels;
using Weft.Model.Checkpoints;

namespace Weft.Inference;

// K key-value heads, S head size, B positions of a page.

/// <summary>The keys and values of one block of the model, as its kernels see them.</summary>
internal unsafe struct LayerCache
{
    private const int B = AttentionRow.BlockSize;

    /// <summary>Of the sequence, B positions each.</summary>
    public byte** Pages;

    /// <summary>Where in a page the keys lie, for each of K heads [S, B], in 8 bits followed by a scale for each position, fp32 [B].</summary>
    public long Keys;

    /// <summary>Where in a page the values lie, for each of K heads [B, S], in 8 bits followed by the scales.</summary>
    public long Values;

    /// <summary>Where in a page keys lie before they are rotated, fp32 [B, K, S]; negative where they are never rotated anew.</summary>
    public long PlainKeys;

    /// <summary>K.</summary>
    public int KeyValueHeads;

    /// <summary>S.</summary>
    public int HeadSize;

    /// <summary>F32, F16, BF16, or Q8_0 for 8 bits with a scale for each position and head.</summary>
    public ElementType Type;

    /// <summary>Whether keys are kept as they were before they were rotated.</summary>
    public readonly bool HasPlainKeys => PlainKeys >= 0;

    /// <summary>Bytes of one head's keys, or values, in a page: whole cache lines.</summary>
    public static long HeadBytes(ElementType type, int size)
    {
        long bytes = (long)size * B * (type == ElementType.Q8_0 ? 1 : type.Size()) + (type == ElementType.Q8_0 ? B * sizeof(float) : 0);
        return (bytes + 63) / 64 * 64;
    }

    /// <summary>The keys of a page in fp32, [S, B]: where they lie, or widened.</summary>
    /// <param name="head">The key-value head.</param>
    /// <param name="block">The page.</param>
    /// <param name="scratch">Room for [S, B].</param>
    public readonly float* KeyBlock(int head, int block, float* scratch)
    {
        byte* keys = Head(Keys, head, block);
        if (Type == ElementType.Q8_0)
            CacheWidening.Keys((sbyte*)keys, HeadSize, scratch);
        else if (Type != ElementType.F32)
            CacheWidening.Widen(Type, (ushort*)keys, HeadSize * B, scratch);
        return Type == ElementType.F32 ? (float*)keys : scratch;
    }

    /// <summary>The values of the first positions of a page in fp32, [B, S]: where they lie, or widened.</summary>
    /// <param name="head">The key-value head.</param>
    /// <param name="block">The page.</param>
    /// <param name="positions">How many are needed.</param>
    /// <param name="scratch">Room for [B, S] and what vectors read behind.</param>
    public readonly float* ValueBlock(int head, int block, int positions, float* scratch)
    {
        byte* values = Head(Values, head, block);
        if (Type == ElementType.Q8_0)
            CacheWidening.Values((sbyte*)values, (float*)(values + (B * HeadSize)), positions, HeadSize, scratch);
        else if (Type != ElementType.F32)
            CacheWidening.Widen(Type, (ushort*)values, HeadSize * positions, scratch);
        return Type == ElementType.F32 ? (float*)values : scratch;
    }

    /// <summary>One number of one position's key.</summary>
    public readonly float Key(int head, int position, int index)
    {
        (int block, int offset) = Math.DivRem(position, B);
        return Number(Head(Keys, head, block), (index * B) + offset, offset);
    }

    /// <summary>One number of one position's value.</summary>
    public readonly float Value(int head, int position, int index)
    {
        (int block, int offset) = Math.DivRem(position, B);
        return Number(Head(Values, head, block), (offset * HeadSize) + index, offset);
    }

    /// <summary>Writes one position's key and value of one head, [S] each.</summary>
    public readonly void Store(int head, int position, float* key, float* value)
    {
        StoreKey(head, position, key);
        (int block, int offset) = Math.DivRem(position, B);
        byte* values = Head(Values, head, block);
        if (Type == ElementType.Q8_0)
            ((float*)(values + (B * HeadSize)))[offset] = CacheWidening.Quantize(value, HeadSize, (sbyte*)values + (offset * HeadSize), 1);
        else if (Type == ElementType.F32)
            new ReadOnlySpan<float>(value, HeadSize).CopyTo(new((float*)values + (offset * HeadSize), HeadSize));
        else
            CacheWidening.Narrow(Type, value, HeadSize, (ushort*)values + (offset * HeadSize), 1);
    }

    /// <summary>Keeps one position's key of one head before it is rotated, where that may have to be done anew.</summary>
    public readonly void StorePlainKey(int head, int position, float* key)
    {
        if (HasPlainKeys)
            new ReadOnlySpan<float>(key, HeadSize).CopyTo(new(PlainKey(head, position), HeadSize));
    }

    /// <summary>One position's key of one head before it was rotated, [S].</summary>
    public readonly float* PlainKey(int head, int position) =>
        (float*)(Pages[position / B] + PlainKeys) + ((((position % B) * KeyValueHeads) + head) * HeadSize);

    /// <summary>Writes one position's key of one head, [S].</summary>
    public readonly void StoreKey(int head, int position, float* key)
    {
        (int block, int offset) = Math.DivRem(position, B);
        byte* keys = Head(Keys, head, block);
        if (Type == ElementType.Q8_0)
        {
            ((float*)(keys + (B * HeadSize)))[offset] = CacheWidening.Quantize(key, HeadSize, (sbyte*)keys + offset, B);
            return;
        }
        if (Type != ElementType.F32)
        {
            CacheWidening.Narrow(Type, key, HeadSize, (ushort*)keys + offset, B);
            return;
        }
        for (int s = 0; s < HeadSize; s++)
            ((float*)keys)[(s * B) + offset] = key[s];
    }

    private readonly byte* Head(long part, int head, int block) => Pages[block] + part + (head * HeadBytes(Type, HeadSize));

    private readonly float Number(byte* numbers, int index, int position) => Type switch
    {
        ElementType.F32 => ((float*)numbers)[index],
        ElementType.F16 => (float)((Half*)numbers)[index],
        ElementType.BF16 => BitConverter.UInt32BitsToSingle((uint)((ushort*)numbers)[index] << 16),
        _ => ((sbyte*)numbers)[index] * ((float*)(numbers + (B * HeadSize)))[position],
    };
}

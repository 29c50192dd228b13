using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Weft.Inference.Kernels;
using Weft.Inference.Kernels.Panels;
using Weft.Model.Checkpoints;

namespace Weft.Inference;

// S head size, B positions of a page.

/// <summary>Writes and reads single keys and values of a page; <see cref="CachePage"/> says where they lie.</summary>
internal static unsafe class CacheStore
{
    private const int B = AttentionRow.BlockSize, Width = PanelLayout.Width, Length = CodeBlock.Length;

    /// <summary>Numbers of a key that are rounded together.</summary>
    private const int MostTogether = 256;

    /// <summary>Writes a key, [S].</summary>
    public static void StoreKey(in CachePage page, byte* keys, int position, float* key)
    {
        int size = page.Size;
        byte* panel = keys + (position / Width * page.KeyPanelBytes);
        int lane = position % Width;
        switch (page.Type)
        {
            case ElementType.F32:
                for (int s = 0; s < size; s++)
                    ((float*)keys)[(s * B) + position] = key[s];
                break;
            case ElementType.F16:
                Span<Half> halves = stackalloc Half[B];
                for (int first = 0; first < size; first += B)
                {
                    int count = Math.Min(B, size - first);
                    TensorPrimitives.ConvertToHalf(new ReadOnlySpan<float>(key + first, count), halves);
                    for (int s = 0; s < count; s++)
                        ((Half*)keys)[((first + s) * B) + position] = halves[s];
                }
                break;
            case ElementType.BF16:
                StoreKeyPairs((uint*)panel + lane, key, size);
                break;
            default:
                for (int block = 0; block < RowPacking.Blocks(size); block++, panel += CachePage.Form.Bytes)
                {
                    int first = block * Length;
                    ((float*)(panel + CodeBlock.Scales))[lane] = StoreCodes((uint*)panel + lane, key + first, Math.Clamp(size - first, 0, Length));
                }
                break;
        }
    }

    /// <summary>Writes a value, [S].</summary>
    public static void StoreValue(in CachePage page, byte* values, int position, float* value)
    {
        int size = page.Size;
        switch (page.Type)
        {
            case ElementType.F32:
                new ReadOnlySpan<float>(value, size).CopyTo(new((float*)values + (position * size), size));
                break;
            case ElementType.F16:
                TensorPrimitives.ConvertToHalf(new ReadOnlySpan<float>(value, size), new Span<Half>((Half*)values + (position * size), size));
                break;
            case ElementType.BF16:
                StoreValuePairs(page, values, position, value);
                break;
            default:
                StoreValueCodes(page, values, position, value);
                break;
        }
    }

    /// <summary>One number of a key.</summary>
    public static float Key(in CachePage page, byte* keys, int position, int s)
    {
        byte* panel = keys + (position / Width * page.KeyPanelBytes);
        int lane = position % Width;
        switch (page.Type)
        {
            case ElementType.F32:
                return ((float*)keys)[(s * B) + position];
            case ElementType.F16:
                return (float)((Half*)keys)[(s * B) + position];
            case ElementType.BF16:
                return Widen(((ushort*)panel)[(((s / 2 * Width) + lane) * 2) + (s % 2)]);
            default:
                byte* block = panel + (s / Length * CachePage.Form.Bytes);
                return (block[(s % Length / 4 * 64) + (4 * lane) + (s % 4)] - CodeBlock.Offset) * ((float*)(block + CodeBlock.Scales))[lane];
        }
    }

    /// <summary>One number of a value.</summary>
    public static float Value(in CachePage page, byte* values, int position, int s)
    {
        byte* panel = values + (s / Width * page.ValuePanelBytes);
        int lane = s % Width;
        switch (page.Type)
        {
            case ElementType.F32:
                return ((float*)values)[(position * page.Size) + s];
            case ElementType.F16:
                return (float)((Half*)values)[(position * page.Size) + s];
            case ElementType.BF16:
                return Widen(((ushort*)panel)[(((position / 2 * Width) + lane) * 2) + (position % 2)]);
            default:
                byte* block = panel + (position / Length * CachePage.Form.Bytes);
                return (block[(position % Length / 4 * 64) + (4 * lane) + (position % 4)] - CodeBlock.Offset) * ((float*)(values + page.ValueScales))[position];
        }
    }

    /// <summary>Pairs of a key's numbers, each in a line of its own.</summary>
    private static void StoreKeyPairs(uint* lane, float* key, int size)
    {
        uint* pairs = stackalloc uint[MostTogether / 2];
        for (int first = 0; first < size; first += MostTogether)
        {
            int count = Math.Min(MostTogether, size - first);
            RowPacking.ToBFloat16(key + first, 1, count, (byte*)pairs);
            for (int i = 0; i < RowPacking.Pairs(count); i++, lane += Width)
                *lane = pairs[i];
        }
    }

    private static void StoreValuePairs(in CachePage page, byte* values, int position, float* value)
    {
        Vector512<uint>* pair = (Vector512<uint>*)values + (position / 2);
        for (int s = 0; s < page.Size; s += Width, pair += B / 2)
        {
            Vector512<uint> number = RowPacking.Round(Part(value + s, page.Size - s).AsUInt32());
            if (position % 2 == 1)
                *pair = (*pair & Vector512.Create(0xffffu)) | (number & Vector512.Create(0xffff0000u));
            else
                *pair = number >> 16;
            // A kernel multiplies four positions together: what follows in them has to be a number, which weights of zero then hide.
            if (position % 4 == 0)
                pair[1] = Vector512<uint>.Zero;
        }
    }

    private static void StoreValueCodes(in CachePage page, byte* values, int position, float* value)
    {
        ((float*)(values + page.ValueScales))[position] = Scale(value, page.Size, out float factor);
        int shift = 8 * (position % 4);
        Vector512<uint> others = Vector512.Create(~(0xffu << shift));
        for (int s = 0; s < page.Size; s += Width, values += page.ValuePanelBytes)
        {
            var codes = (Vector512<uint>*)(values + (position / Length * CachePage.Form.Bytes)) + (position % Length / 4);
            *codes = (*codes & others) | (Codes(Part(value + s, page.Size - s), factor) << shift);
            // Products with positions have the scales of positions already. All blocks of a page are multiplied, also those that nothing was written to yet.
            for (int b = 0; position == 0 && b < B / Length; b++)
                Vector512<float>.One.Store((float*)(values + (b * CachePage.Form.Bytes) + CodeBlock.Scales));
        }
    }

    /// <summary>A block of a key as codes, four of them in a line.</summary>
    /// <returns>Their scale.</returns>
    private static float StoreCodes(uint* lane, float* key, int count)
    {
        float scale = Scale(key, count, out float factor);
        for (int s = 0; s < Length; s += Width)
        {
            Vector128<uint> fours = RowPacking.ToSBytes(Codes(Part(key + s, count - s), factor).AsInt32()).AsUInt32();
            for (int i = 0; i < Vector128<uint>.Count; i++, lane += Width)
                *lane = fours[i];
        }
        return scale;
    }

    /// <summary>The first of 16 numbers, and zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Part(float* x, int count)
    {
        if (count >= Width)
            return Vector512.Load(x);
        float* padded = stackalloc float[Width];
        new Span<float>(padded, Width).Clear();
        new ReadOnlySpan<float>(x, Math.Max(0, count)).CopyTo(new(padded, Width));
        return Vector512.Load(padded);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Codes(Vector512<float> x, float factor) =>
        (RowPacking.ToInt32(x * factor) + Vector512.Create((int)CodeBlock.Offset)).AsUInt32() & Vector512.Create(0xffu);

    private static float Widen(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);

    /// <summary>The scale by which the greatest magnitude is the largest code; what is no number gives none.</summary>
    private static float Scale(float* x, int count, out float factor)
    {
        float greatest = count == 0 ? 0 : MathF.Abs(TensorPrimitives.MaxMagnitude(new ReadOnlySpan<float>(x, count)));
        factor = greatest > RowPacking.SmallestMagnitude ? RowPacking.LargestCode / greatest : 0;
        return float.IsFinite(greatest) ? greatest / RowPacking.LargestCode : float.NaN;
    }
}

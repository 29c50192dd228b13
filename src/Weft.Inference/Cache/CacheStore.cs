using System.Numerics.Tensors;
using Weft.Inference.Kernels;
using Weft.Inference.Kernels.Panels;
using Weft.Model.Checkpoints;

namespace Weft.Inference;

// S head size, B positions of a page.

/// <summary>Writes and reads single keys and values of a page; <see cref="CachePage"/> says where they lie.</summary>
internal static unsafe class CacheStore
{
    private const int B = AttentionRow.BlockSize, Width = PanelLayout.Width, Length = CodeBlock.Length;

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
                for (int s = 0; s < 2 * RowPacking.Pairs(size); s++)
                    ((ushort*)panel)[(((s / 2 * Width) + lane) * 2) + (s % 2)] = s < size ? RowPacking.RoundToBFloat16(key[s]) : (ushort)0;
                break;
            default:
                for (int block = 0; block < RowPacking.Blocks(size); block++, panel += CachePage.Form.Bytes)
                {
                    int first = block * Length, count = Math.Clamp(size - first, 0, Length);
                    ((float*)(panel + CodeBlock.Scales))[lane] = Quantize(key + first, count, out float factor);
                    for (int s = 0; s < count; s++)
                        panel[(s / 4 * 64) + (4 * lane) + (s % 4)] = Code(key[first + s], factor);
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
                float scale = Quantize(value, size, out float factor);
                ((float*)(values + page.ValueScales))[position] = scale;
                for (int s = 0; s < size; s++)
                {
                    byte* block = values + (s / Width * page.ValuePanelBytes) + (position / Length * CachePage.Form.Bytes);
                    block[(position % Length / 4 * 64) + (4 * (s % Width)) + (position % 4)] = Code(value[s], factor);
                    // Products with positions have the scales of positions already. All blocks of a page are multiplied, also those that nothing was written to yet.
                    for (int b = 0; position == 0 && b < B / Length; b++)
                        ((float*)(block + (b * CachePage.Form.Bytes) + CodeBlock.Scales))[s % Width] = 1;
                }
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

    private static void StoreValuePairs(in CachePage page, byte* values, int position, float* value)
    {
        for (int s = 0; s < page.Size; s++)
        {
            ushort* panel = (ushort*)(values + (s / Width * page.ValuePanelBytes));
            ushort* number = panel + (((position / 2 * Width) + (s % Width)) * 2) + (position % 2);
            *number = RowPacking.RoundToBFloat16(value[s]);
            // A kernel multiplies four positions together: what follows in them has to be a number, which weights of zero then hide.
            for (int next = position % 4 + 1; position % 4 == 0 && next < 4; next++)
                panel[((((position + next) / 2 * Width) + (s % Width)) * 2) + ((position + next) % 2)] = 0;
        }
    }

    private static float Widen(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);

    /// <summary>The scale by which the greatest magnitude is the largest code; what is no number gives none.</summary>
    private static float Quantize(float* x, int count, out float factor)
    {
        float greatest = count == 0 ? 0 : MathF.Abs(TensorPrimitives.MaxMagnitude(new ReadOnlySpan<float>(x, count)));
        factor = greatest > RowPacking.SmallestMagnitude ? RowPacking.LargestCode / greatest : 0;
        return float.IsFinite(greatest) ? greatest / RowPacking.LargestCode : float.NaN;
    }

    private static byte Code(float x, float factor) => (byte)(CodeBlock.Offset + (int)MathF.Round(x * factor));
}

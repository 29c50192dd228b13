using System.Buffers.Binary;
using System.Runtime.Intrinsics;
using Weft.Model.Checkpoints;

namespace Weft.Model.Quantization;

/// <summary>
/// Makes blocks of 32 elements as ggml makes them (<c>quantize_row_q4_0_ref</c> and the like; with importance <c>quantize_row_q4_0_impl</c>). The largest
/// element, or the smallest and the largest, decide the scale; importance lets a search decide it.
/// </summary>
internal static class SmallBlockEncoder
{
    private const int Length = BlockTypes.SmallBlock, Half = Length / 2, Width = GroupLanes.Count;

    /// <summary>Ranges that are tried where importance is given.</summary>
    private const float FirstTrial = -0.9f, TrialStep = 0.05f;

    private const int TrialSteps = 36;

    /// <summary>One block without importance.</summary>
    public static void Write(ElementType type, ReadOnlySpan<float> values, Span<byte> block)
    {
        Span<byte> codes = stackalloc byte[Length];
        switch (type)
        {
            case ElementType.Q8_0:
                WriteQ8(values, block);
                break;
            case ElementType.Q4_0 or ElementType.Q5_0:
                float scale = Symmetric(values, type == ElementType.Q4_0 ? 8 : 16, codes);
                Pack(type, scale, 0, codes, block);
                break;
            default:
                (float step, float minimum) = Affine(values, type == ElementType.Q4_1 ? 15 : 31, codes);
                Pack(type, step, minimum, codes, block);
                break;
        }
    }

    /// <summary>A row of blocks with the importance of its columns, which Q8_0 passes over.</summary>
    public static void WriteRow(ElementType type, ReadOnlySpan<float> row, ReadOnlySpan<float> importance, Span<byte> blocks)
    {
        int size = type.BlockSize();
        if (type == ElementType.Q8_0)
        {
            for (int block = 0; block < row.Length / Length; block++)
                WriteQ8(row.Slice(block * Length, Length), blocks.Slice(block * size, size));
            return;
        }
        float squares = 0;
        foreach (float value in row)
            squares += value * value;
        float variance = squares / row.Length;
        Span<float> values = stackalloc float[GroupLanes.Count * Length], columns = stackalloc float[GroupLanes.Count * Length];
        for (int start = 0; start < row.Length; start += values.Length)
        {
            int count = Math.Min(values.Length, row.Length - start);
            // Lanes behind the row's end hold zeros and are not written.
            values[count..].Clear();
            columns[count..].Clear();
            row.Slice(start, count).CopyTo(values);
            importance.Slice(start, count).CopyTo(columns);
            WriteLanes(type, values, columns, variance, blocks.Slice(start / Length * size, count / Length * size));
        }
    }

    private static void WriteLanes(ElementType type, ReadOnlySpan<float> values, ReadOnlySpan<float> importance, float variance, Span<byte> blocks)
    {
        Span<Vector256<float>> x = stackalloc Vector256<float>[Length], weights = stackalloc Vector256<float>[Length], found = stackalloc Vector256<float>[Length];
        GroupLanes.Load(values, x);
        GroupLanes.Load(importance, weights);
        for (int i = 0; i < Length; i++)
            weights[i] *= Vector256.Sqrt(Vector256.Create(variance) + (x[i] * x[i]));
        Vector256<float> scale, minimum = Vector256<float>.Zero;
        if (type is ElementType.Q4_0 or ElementType.Q5_0)
            scale = new SymmetricSearch(type == ElementType.Q4_0 ? 8 : 16).Find(x, weights, found);
        else
            (scale, minimum) = new AffineSearch(type == ElementType.Q4_1 ? 15 : 31, FirstTrial, TrialStep, TrialSteps).Find(x, weights, found);
        Span<byte> codes = stackalloc byte[Length];
        int size = type.BlockSize();
        for (int lane = 0; lane < blocks.Length / size; lane++)
        {
            for (int i = 0; i < Length; i++)
                codes[i] = (byte)found[i][lane];
            Pack(type, scale[lane], -minimum[lane], codes, blocks.Slice(lane * size, size));
        }
    }

    /// <summary>Codes round to the nearest, ties away from zero.</summary>
    private static void WriteQ8(ReadOnlySpan<float> values, Span<byte> block)
    {
        float scale = Magnitude(values) / sbyte.MaxValue, inverse = scale == 0 ? 0 : 1 / scale;
        WriteHalf(block, scale);
        for (int i = 0; i < Length; i += Width)
        {
            Vector256<float> scaled = Vector256.Create(values.Slice(i, Width)) * Vector256.Create(inverse);
            // The number below a half: a half itself would carry what lies just below a tie over it.
            Vector256<float> half = Vector256.CopySign(Vector256.Create(MathF.BitDecrement(0.5f)), scaled);
            GroupLanes.Store(Vector256.ConvertToInt32(scaled + half), block[(2 + i)..]);
        }
    }

    /// <summary>The first element of the largest magnitude becomes code 0, which has no opposite; <paramref name="centre"/> stands for zero.</summary>
    private static float Symmetric(ReadOnlySpan<float> values, int centre, Span<byte> codes)
    {
        float magnitude = Magnitude(values), largest = 0;
        for (int i = 0; magnitude > 0 && largest == 0; i++)
            largest = Math.Abs(values[i]) == magnitude ? values[i] : 0;
        float scale = largest / -centre;
        Encode(values, 0, scale == 0 ? 0 : 1 / scale, centre + 0.5f, (2 * centre) - 1, codes);
        return scale;
    }

    private static (float Scale, float Minimum) Affine(ReadOnlySpan<float> values, int highest, Span<byte> codes)
    {
        Vector256<float> low = Vector256.Create(values), high = low;
        for (int i = Width; i < Length; i += Width)
        {
            Vector256<float> part = Vector256.Create(values.Slice(i, Width));
            (low, high) = (Vector256.MinNative(low, part), Vector256.MaxNative(high, part));
        }
        float minimum = low[0], maximum = high[0];
        for (int lane = 1; lane < Width; lane++)
            (minimum, maximum) = (Math.Min(minimum, low[lane]), Math.Max(maximum, high[lane]));
        // Of zeros with either sign it is the first.
        minimum = values[values.IndexOf(minimum)];
        float scale = (maximum - minimum) / highest;
        Encode(values, minimum, scale == 0 ? 0 : 1 / scale, 0.5f, highest, codes);
        return (scale, minimum);
    }

    private static float Magnitude(ReadOnlySpan<float> values)
    {
        Vector256<float> magnitudes = Vector256<float>.Zero;
        for (int i = 0; i < Length; i += Width)
            magnitudes = Vector256.MaxNative(magnitudes, Vector256.Abs(Vector256.Create(values.Slice(i, Width))));
        float largest = 0;
        for (int lane = 0; lane < Width; lane++)
            largest = Math.Max(largest, magnitudes[lane]);
        return largest;
    }

    /// <summary>Codes by cutting off what is behind the point of (x − minimum)·inverse + shift.</summary>
    private static void Encode(ReadOnlySpan<float> values, float minimum, float inverse, float shift, int highest, Span<byte> codes)
    {
        for (int i = 0; i < Length; i += Width)
        {
            Vector256<float> scaled = (Vector256.Create(values.Slice(i, Width)) - Vector256.Create(minimum)) * Vector256.Create(inverse);
            GroupLanes.Store(Vector256.Min(Vector256.ConvertToInt32(scaled + Vector256.Create(shift)), Vector256.Create(highest)), codes[i..]);
        }
    }

    /// <summary>Lays codes out as <see cref="SmallBlocks"/> reads them.</summary>
    private static void Pack(ElementType type, float scale, float minimum, ReadOnlySpan<byte> codes, Span<byte> block)
    {
        WriteHalf(block, scale);
        block = block[2..];
        if (type is ElementType.Q4_1 or ElementType.Q5_1)
        {
            WriteHalf(block, minimum);
            block = block[2..];
        }
        if (type is ElementType.Q5_0 or ElementType.Q5_1)
        {
            uint fifth = 0;
            for (int i = 0; i < Length; i++)
                fifth |= (uint)(codes[i] >> 4) << i;
            BinaryPrimitives.WriteUInt32LittleEndian(block, fifth);
            block = block[4..];
        }
        Vector128<byte> low = Vector128.Create(codes) & Vector128.Create((byte)15), high = Vector128.Create(codes[Half..]) << 4;
        (low | high).CopyTo(block);
    }

    /// <summary>Writes an fp16, rounded to nearest, ties to even.</summary>
    public static void WriteHalf(Span<byte> bytes, float value) => BinaryPrimitives.WriteHalfLittleEndian(bytes, (System.Half)value);
}

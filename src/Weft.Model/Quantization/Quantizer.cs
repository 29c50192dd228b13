using Weft.Model.Checkpoints;

namespace Weft.Model.Quantization;

/// <summary>
/// Makes blocks of fp32 numbers, the way back from <see cref="Dequantizer"/>. The bytes are those of ggml's reference
/// (https://github.com/ggml-org/ggml, <c>ggml-quants.c</c>), with importance those of its <c>quantize_…_impl</c>.
/// </summary>
public static class Quantizer
{
    /// <summary>Numbers of larger magnitude are refused: scales and minima are fp16, and none of them is larger than the largest element.</summary>
    public const float Largest = 65504;

    /// <summary>Elements that one thread takes at a time.</summary>
    private const int Portion = 1 << 16;

    /// <summary>Narrows whole rows.</summary>
    /// <param name="type">A block-quantized type.</param>
    /// <param name="values">Elements one after another, finite and none beyond <see cref="Largest"/>.</param>
    /// <param name="blocks">Receives their blocks.</param>
    /// <param name="importance">
    /// What an error in each column counts, one non-negative number for each column of a row, such as the mean square of a linear layer's inputs; empty where
    /// errors count by the elements' own magnitude. Q8_0 passes over it.
    /// </param>
    /// <exception cref="ArgumentException">The lengths do not belong together.</exception>
    /// <exception cref="NotSupportedException">The type has no blocks.</exception>
    public static void Write(ElementType type, ReadOnlySpan<float> values, Span<byte> blocks, ReadOnlySpan<float> importance = default)
    {
        Check(type, values.Length, blocks.Length, importance.Length);
        WriteRows(type, values, blocks, importance);
    }

    /// <summary>Does the same on several threads.</summary>
    /// <inheritdoc cref="Write"/>
    /// <param name="type">A block-quantized type.</param>
    /// <param name="values">Elements one after another, finite and none beyond <see cref="Largest"/>.</param>
    /// <param name="blocks">Receives their blocks.</param>
    /// <param name="importance">One number for each column, or none.</param>
    /// <param name="cancellation">Ends it between two portions.</param>
    public static void WriteParallel(
        ElementType type, ReadOnlyMemory<float> values, Memory<byte> blocks, ReadOnlyMemory<float> importance = default, CancellationToken cancellation = default)
    {
        Check(type, values.Length, blocks.Length, importance.Length);
        // Without importance a row may end anywhere between two blocks.
        int unit = importance.IsEmpty ? type.BlockLength() : importance.Length, portion = Math.Max(Portion / unit, 1) * unit;
        int portions = (int)(((long)values.Length + portion - 1) / portion);
        Parallel.For(0, portions, new ParallelOptions { CancellationToken = cancellation }, index =>
        {
            int start = index * portion, count = Math.Min(portion, values.Length - start);
            Memory<byte> part = blocks.Slice((int)type.ByteCount(start), (int)type.ByteCount(count));
            WriteRows(type, values.Span.Slice(start, count), part.Span, importance.Span);
        });
    }

    private static void Check(ElementType type, int values, int bytes, int columns)
    {
        if (!type.IsBlockQuantized())
            throw new NotSupportedException($"element type {type} has no blocks");
        int length = type.BlockLength();
        if (values % length != 0 || type.ByteCount(values) != bytes)
            throw new ArgumentException($"{values} elements are not {bytes} bytes of {type}; a block is {type.BlockSize()} bytes for {length} elements");
        if (columns > 0 && (columns % length != 0 || values % columns != 0))
            throw new ArgumentException($"importance has {columns} columns, which are no whole blocks of {length} or no rows of {values} elements");
    }

    private static void WriteRows(ElementType type, ReadOnlySpan<float> values, Span<byte> blocks, ReadOnlySpan<float> importance)
    {
        int length = type.BlockLength(), size = type.BlockSize();
        if (length == BlockTypes.SmallBlock && !importance.IsEmpty)
        {
            int bytes = importance.Length / length * size;
            for (int row = 0; row < values.Length / importance.Length; row++)
                SmallBlockEncoder.WriteRow(type, values.Slice(row * importance.Length, importance.Length), importance, blocks.Slice(row * bytes, bytes));
            return;
        }
        for (int block = 0; block < blocks.Length / size; block++)
        {
            int start = block * length;
            ReadOnlySpan<float> columns = importance.IsEmpty ? default : importance.Slice(start % importance.Length, length);
            WriteBlock(type, values.Slice(start, length), columns, blocks.Slice(block * size, size));
        }
    }

    private static void WriteBlock(ElementType type, ReadOnlySpan<float> values, ReadOnlySpan<float> importance, Span<byte> block)
    {
        switch (type)
        {
            case ElementType.Q2_K:
                LargeBlockEncoder.WriteQ2(values, importance, block);
                break;
            case ElementType.Q3_K:
                LargeBlockEncoder.WriteQ3(values, importance, block);
                break;
            case ElementType.Q4_K:
                LargeBlockEncoder.WriteQ4OrQ5(values, importance, 4, block);
                break;
            case ElementType.Q5_K:
                LargeBlockEncoder.WriteQ4OrQ5(values, importance, 5, block);
                break;
            case ElementType.Q6_K:
                LargeBlockEncoder.WriteQ6(values, importance, block);
                break;
            default:
                SmallBlockEncoder.Write(type, values, block);
                break;
        }
    }
}

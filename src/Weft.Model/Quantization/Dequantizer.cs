using Weft.Model.Checkpoints;

namespace Weft.Model.Quantization;

/// <summary>
/// Widens block-quantized elements to fp32, one block after another in plain scalar code: the specification for every faster kernel.
/// </summary>
public static unsafe class Dequantizer
{
    /// <summary>Widens whole blocks.</summary>
    /// <param name="type">A block-quantized type.</param>
    /// <param name="blocks">Blocks one after another.</param>
    /// <param name="destination">Receives all of their elements.</param>
    /// <exception cref="ArgumentException">The lengths do not belong together.</exception>
    /// <exception cref="NotSupportedException">The type has no blocks.</exception>
    public static void Read(ElementType type, ReadOnlySpan<byte> blocks, Span<float> destination)
    {
        int length = type.BlockLength(), size = type.BlockSize();
        if (blocks.Length % size != 0 || blocks.Length / size * (long)length != destination.Length)
            throw new ArgumentException($"{blocks.Length} bytes of {type} are not {destination.Length} elements; a block is {size} bytes for {length} elements");
        for (int block = 0; block < blocks.Length / size; block++)
            ReadBlock(type, blocks.Slice(block * size, size), destination.Slice(block * length, length));
    }

    /// <summary>Widens any run of elements of a tensor, whose blocks begin at <paramref name="tensor"/>.</summary>
    internal static void Read(ElementType type, byte* tensor, long start, Span<float> destination)
    {
        int length = type.BlockLength(), size = type.BlockSize();
        Span<float> whole = stackalloc float[BlockTypes.LargeBlock];
        whole = whole[..length];
        for (long block = start / length; !destination.IsEmpty; block++)
        {
            int first = (int)(start - (block * length)), count = Math.Min(length - first, destination.Length);
            var bytes = new ReadOnlySpan<byte>(tensor + (block * size), size);
            if (count == length)
            {
                ReadBlock(type, bytes, destination[..count]);
            }
            else
            {
                ReadBlock(type, bytes, whole);
                whole.Slice(first, count).CopyTo(destination);
            }
            start += count;
            destination = destination[count..];
        }
    }

    private static void ReadBlock(ElementType type, ReadOnlySpan<byte> block, Span<float> values)
    {
        switch (type)
        {
            case ElementType.Q4_0:
                SmallBlocks.ReadQ4(block, hasMinimum: false, values);
                break;
            case ElementType.Q4_1:
                SmallBlocks.ReadQ4(block, hasMinimum: true, values);
                break;
            case ElementType.Q5_0:
                SmallBlocks.ReadQ5(block, hasMinimum: false, values);
                break;
            case ElementType.Q5_1:
                SmallBlocks.ReadQ5(block, hasMinimum: true, values);
                break;
            case ElementType.Q8_0:
                SmallBlocks.ReadQ8(block, values);
                break;
            case ElementType.Q2_K:
                LargeBlocks.ReadQ2(block, values);
                break;
            case ElementType.Q3_K:
                LargeBlocks.ReadQ3(block, values);
                break;
            case ElementType.Q4_K:
                LargeBlocks.ReadQ4(block, values);
                break;
            case ElementType.Q5_K:
                LargeBlocks.ReadQ5(block, values);
                break;
            case ElementType.Q6_K:
                LargeBlocks.ReadQ6(block, values);
                break;
            default:
                throw new NotSupportedException($"element type {type} has no blocks");
        }
    }
}

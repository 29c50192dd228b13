using Weft.Model.Checkpoints;

namespace Weft.Model.Quantization;

/// <summary>
/// Facts about the block-quantized element types of GGUF: consecutive elements of a row share a block of bytes
/// (https://github.com/ggml-org/ggml, <c>ggml-common.h</c>).
/// </summary>
public static class BlockTypes
{
    /// <summary>Elements of a block of the older types.</summary>
    public const int SmallBlock = 32;

    /// <summary>Elements of a block of the K types.</summary>
    public const int LargeBlock = 256;

    /// <summary>The elements lie in blocks and have no bytes of their own.</summary>
    public static bool IsBlockQuantized(this ElementType type) => type is >= ElementType.Q4_0 and <= ElementType.Q6_K;

    /// <summary>The elements can be widened to fp32: floating-point or quantized.</summary>
    public static bool IsWeight(this ElementType type) => type.IsFloatingPoint() || type.IsBlockQuantized();

    /// <summary>Elements of one block; 1 for types that have none.</summary>
    public static int BlockLength(this ElementType type) => type switch
    {
        >= ElementType.Q4_0 and <= ElementType.Q8_0 => SmallBlock,
        >= ElementType.Q2_K and <= ElementType.Q6_K => LargeBlock,
        _ => 1,
    };

    /// <summary>Bytes of one block, or of one element for types that have none.</summary>
    public static int BlockSize(this ElementType type) => type switch
    {
        ElementType.Q4_0 => 2 + 16,
        ElementType.Q4_1 => 4 + 16,
        ElementType.Q5_0 => 2 + 4 + 16,
        ElementType.Q5_1 => 4 + 4 + 16,
        ElementType.Q8_0 => 2 + 32,
        ElementType.Q2_K => 16 + 64 + 4,
        ElementType.Q3_K => 32 + 64 + 12 + 2,
        ElementType.Q4_K => 4 + 12 + 128,
        ElementType.Q5_K => 4 + 12 + 32 + 128,
        ElementType.Q6_K => 128 + 64 + 16 + 2,
        _ => type.Size(),
    };

    /// <summary>Bytes of a tensor of <paramref name="count"/> elements, whole blocks.</summary>
    /// <exception cref="OverflowException">There are more than 2^63 of them.</exception>
    public static long ByteCount(this ElementType type, long count) => checked(count / type.BlockLength() * type.BlockSize());
}

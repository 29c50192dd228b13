using System.Diagnostics.CodeAnalysis;

namespace Weft.Model.Checkpoints;

/// <summary>
/// Element types of checkpoints: those of safetensors, named as in its header, and after them the block-quantized ones of GGUF. The floating-point
/// and the quantized ones can be read as weights; the others are known so that a checkpoint with index or mask buffers beside its weights opens.
/// </summary>
[SuppressMessage("Naming", "CA1707", Justification = "Members are spelt as in the formats.")]
public enum ElementType
{
    /// <summary>IEEE 754 binary32.</summary>
    F32,

    /// <summary>IEEE 754 binary16.</summary>
    F16,

    /// <summary>The upper half of a binary32.</summary>
    BF16,

    /// <summary>IEEE 754 binary64.</summary>
    F64,

    /// <summary>64-bit signed integer.</summary>
    I64,

    /// <summary>32-bit signed integer.</summary>
    I32,

    /// <summary>Unsigned byte.</summary>
    U8,

    /// <summary>Truth value in a byte; older GPT-2 checkpoints keep their causal masks so.</summary>
    BOOL,

    /// <summary>Signed byte.</summary>
    I8,

    /// <summary>16-bit signed integer.</summary>
    I16,

    /// <summary>16-bit unsigned integer.</summary>
    U16,

    /// <summary>32-bit unsigned integer.</summary>
    U32,

    /// <summary>64-bit unsigned integer.</summary>
    U64,

    /// <summary>8-bit float with 4 bits of exponent: no infinities, largest value 448 (E4M3 of the OCP 8-bit Floating Point Specification).</summary>
    F8_E4M3,

    /// <summary>8-bit float with 5 bits of exponent: the upper half of a binary16 (E5M2 of the same specification).</summary>
    F8_E5M2,

    /// <summary>4 bits: blocks of 32 with a scale.</summary>
    Q4_0,

    /// <summary>4 bits: blocks of 32 with a scale and a minimum.</summary>
    Q4_1,

    /// <summary>5 bits: blocks of 32 with a scale.</summary>
    Q5_0,

    /// <summary>5 bits: blocks of 32 with a scale and a minimum.</summary>
    Q5_1,

    /// <summary>8 bits: blocks of 32 with a scale.</summary>
    Q8_0,

    /// <summary>2 bits: blocks of 256, in it 16 groups with a scale and a minimum.</summary>
    Q2_K,

    /// <summary>3 bits: blocks of 256, in it 16 groups with a scale.</summary>
    Q3_K,

    /// <summary>4 bits: blocks of 256, in it 8 groups with a scale and a minimum.</summary>
    Q4_K,

    /// <summary>5 bits: blocks of 256, in it 8 groups with a scale and a minimum.</summary>
    Q5_K,

    /// <summary>6 bits: blocks of 256, in it 16 groups with a scale.</summary>
    Q6_K,
}

/// <summary>Facts about element types.</summary>
public static class ElementTypes
{
    /// <summary>Bytes of one element; the block-quantized types have a size by blocks only, <see cref="Quantization.BlockTypes"/>.</summary>
    public static int Size(this ElementType type) => type switch
    {
        ElementType.F64 or ElementType.I64 or ElementType.U64 => 8,
        ElementType.F32 or ElementType.I32 or ElementType.U32 => 4,
        ElementType.F16 or ElementType.BF16 or ElementType.I16 or ElementType.U16 => 2,
        ElementType.U8 or ElementType.I8 or ElementType.BOOL or ElementType.F8_E4M3 or ElementType.F8_E5M2 => 1,
        _ => throw new NotSupportedException($"element type {type} has no size"),
    };

    /// <summary>The elements can be widened to fp32 and used as weights.</summary>
    public static bool IsFloatingPoint(this ElementType type) =>
        type is ElementType.F32 or ElementType.F16 or ElementType.BF16 or ElementType.F64 or ElementType.F8_E4M3 or ElementType.F8_E5M2;
}

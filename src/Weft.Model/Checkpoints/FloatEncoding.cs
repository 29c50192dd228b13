using System.Runtime.InteropServices;
using Weft.Model.Quantization;

namespace Weft.Model.Checkpoints;

/// <summary>fp32 numbers as the bytes of a floating-point type, rounded to nearest, ties to even.</summary>
internal static class FloatEncoding
{
    /// <summary>Elements that are narrowed together.</summary>
    private const int Chunk = 1 << 16;

    /// <exception cref="NotSupportedException">The type is none of F32, F16 and BF16.</exception>
    public static void Write(Stream stream, ElementType type, ReadOnlySpan<float> values)
    {
        ushort[] narrow = type == ElementType.F32 ? [] : new ushort[Math.Min(Chunk, values.Length)];
        for (; !values.IsEmpty; values = values[Math.Min(Chunk, values.Length)..])
        {
            ReadOnlySpan<float> part = values[..Math.Min(Chunk, values.Length)];
            for (int i = 0; i < part.Length && narrow.Length > 0; i++)
                narrow[i] = Narrow(type, part[i]);
            stream.Write(type == ElementType.F32 ? MemoryMarshal.AsBytes(part) : MemoryMarshal.AsBytes(narrow.AsSpan(0, part.Length)));
        }
    }

    /// <summary>The number is finite and stays so in the type.</summary>
    public static bool Holds(ElementType type, float value) => float.IsFinite(value) && type switch
    {
        ElementType.F16 => Half.IsFinite((Half)value),
        ElementType.BF16 => (NarrowBFloat16(value) & 0x7F80) != 0x7F80,
        _ => !type.IsBlockQuantized() || Math.Abs(value) <= Quantizer.Largest,
    };

    /// <summary>The first number that the type cannot hold; -1 where there is none.</summary>
    public static int FirstOutside(ElementType type, ReadOnlySpan<float> values)
    {
        // Every type holds what is small, and weights are.
        int first = values.IndexOfAnyExceptInRange(-Quantizer.Largest, Quantizer.Largest);
        for (int i = first; i >= 0 && i < values.Length; i++)
            if (!Holds(type, values[i]))
                return i;
        return -1;
    }

    private static ushort Narrow(ElementType type, float value) => type switch
    {
        ElementType.F16 => BitConverter.HalfToUInt16Bits((Half)value),
        ElementType.BF16 => NarrowBFloat16(value),
        _ => throw new NotSupportedException($"weights are written as F32, F16 or BF16, not as {type}"),
    };

    /// <summary>Just below half adds nothing, just above adds one; exactly half adds the lowest kept bit, so that it becomes even.</summary>
    private static ushort NarrowBFloat16(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return (ushort)((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
    }
}

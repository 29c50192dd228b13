using System.Runtime.Intrinsics;

namespace Weft.Model.Quantization;

/// <summary>
/// Eight groups of a block side by side: vector i holds element i of each of them, one group a lane. A search that is sequential within a group, whose
/// sums therefore have one order only, runs in all lanes at once and gives in each the bits that it gives alone.
/// </summary>
internal static class GroupLanes
{
    /// <summary>Groups side by side.</summary>
    public const int Count = 8;

    /// <summary>1.5·2²³: added to a number below 2²², it leaves that number, rounded to nearest, in the lowest bits of the mantissa.</summary>
    private const float RoundingShift = 12582912f;

    private const int Mantissa = 0x7FFFFF, MantissaOfShift = 0x400000;

    /// <summary>Lays groups side by side.</summary>
    /// <param name="groups">Eight groups one after another.</param>
    /// <param name="elements">Receives one vector for each element of a group.</param>
    public static void Load(ReadOnlySpan<float> groups, Span<Vector256<float>> elements)
    {
        int n = elements.Length;
        for (int i = 0; i < n; i++)
            elements[i] = Vector256.Create(groups[i], groups[i + n], groups[i + (2 * n)], groups[i + (3 * n)],
                groups[i + (4 * n)], groups[i + (5 * n)], groups[i + (6 * n)], groups[i + (7 * n)]);
    }

    /// <summary>The nearest integers, ties to even. Beyond 2²² it is what the mantissa keeps: llama.cpp's blocks are made so, and the searches survive it.</summary>
    public static Vector256<float> Nearest(Vector256<float> values)
    {
        Vector256<int> bits = (values + Vector256.Create(RoundingShift)).AsInt32();
        return Vector256.ConvertToSingle((bits & Vector256.Create(Mantissa)) - Vector256.Create(MantissaOfShift));
    }

    /// <summary>The nearest integer as <see cref="Nearest(Vector256{float})"/> gives it.</summary>
    public static int Nearest(float value) => (BitConverter.SingleToInt32Bits(value + RoundingShift) & Mantissa) - MantissaOfShift;

    /// <summary>The integers within bounds; ordinary numbers only.</summary>
    public static Vector256<float> Clamp(Vector256<float> values, float low, float high) =>
        Vector256.MaxNative(Vector256.Create(low), Vector256.MinNative(Vector256.Create(high), values));

    /// <summary>Eight codes as bytes; those of a sign in two's complement.</summary>
    public static void Store(Vector256<int> codes, Span<byte> destination)
    {
        Vector128<short> narrow = Vector128.Narrow(codes.GetLower(), codes.GetUpper());
        Vector128.Narrow(narrow, narrow).AsByte().GetLower().CopyTo(destination);
    }
}

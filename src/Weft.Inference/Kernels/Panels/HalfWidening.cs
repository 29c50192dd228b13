using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Weft.Inference.Kernels.Panels;

/// <summary>fp16 and bf16 to fp32 in vectors, exactly: .NET offers the processor's own instruction for fp16 in no width.</summary>
internal static class HalfWidening
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Widen(Vector256<ushort> halves)
    {
        Vector512<uint> bits = Vector512.Create(Vector256.WidenLower(halves), Vector256.WidenUpper(halves));
        Vector512<uint> magnitude = bits & Vector512.Create(0x7fffu), sign = (bits & Vector512.Create(0x8000u)) << 16;
        // Also puts numbers below fp16's normal ones right.
        Vector512<uint> number = ((magnitude << 13).AsSingle() * Vector512.Create(HalfBits.ExponentDifference)).AsUInt32();
        // Infinity and what is no number have the greatest exponent in both types.
        Vector512<uint> special = Vector512.GreaterThanOrEqual(magnitude, Vector512.Create(0x7c00u)) & Vector512.Create(0x7f800000u);
        return (number | special | sign).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> WidenBFloat16(Vector256<ushort> numbers) =>
        (Vector512.Create(Vector256.WidenLower(numbers), Vector256.WidenUpper(numbers)) << 16).AsSingle();
}

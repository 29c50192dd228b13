using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Weft.Inference.Kernels.Panels;

/// <summary>fp16 and bf16 to fp32 in registers of one width, exactly. .NET offers the processor's own instruction for fp16 in no width.</summary>
/// <typeparam name="TVector">Lanes of fp32.</typeparam>
internal unsafe interface IHalfLanes<TVector>
    where TVector : struct
{
    /// <summary>The first numbers of pairs of bf16.</summary>
    static abstract TVector FirstBFloat16(byte* pairs);

    /// <summary>The second ones.</summary>
    static abstract TVector SecondBFloat16(byte* pairs);

    /// <summary>fp16 that is finite: the product puts exponents right, also of numbers below the normal ones, but leaves the greatest exponent a finite one.</summary>
    static abstract TVector Finite(byte* halves);

    /// <summary>fp16 of any kind.</summary>
    static abstract TVector Any(byte* halves);

    /// <summary>The greatest magnitudes of fp16 so far, in unsigned 16 bits; a vector holds twice as many of them as of fp32.</summary>
    static abstract TVector Greatest(TVector greatest, byte* halves);

    /// <summary>Whether one of the magnitudes is infinite or no number.</summary>
    static abstract bool HasInfinite(TVector greatest);
}

/// <summary>Numbers that the widths share.</summary>
internal static class HalfBits
{
    /// <summary>2^112: what the exponents of fp16 and fp32 differ by.</summary>
    public const float ExponentDifference = 5.192296858534828e33f;

    /// <summary>Of a number with its sign repeated above it, moved to where fp32 has the fraction: the sign and the number.</summary>
    public const uint SignAndNumber = 0x8fffe000;

    /// <summary>The least magnitude that is not finite, moved up by the sign's place.</summary>
    public const ushort Infinite = 0xf800;
}

/// <summary>512 bits.</summary>
internal readonly unsafe struct HalfLanes512 : IHalfLanes<Vector512<float>>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> FirstBFloat16(byte* pairs) => (Vector512.Load((uint*)pairs) << 16).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> SecondBFloat16(byte* pairs) => (Vector512.Load((uint*)pairs) & Vector512.Create(0xffff0000u)).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Finite(byte* halves)
    {
        Vector256<short> source = Vector256.Load((short*)halves);
        Vector512<int> wide = Avx512F.IsSupported ? Avx512F.ConvertToVector512Int32(source) : Vector512.Create(Vector256.WidenLower(source), Vector256.WidenUpper(source));
        return ((wide << 13).AsUInt32() & Vector512.Create(HalfBits.SignAndNumber)).AsSingle() * Vector512.Create(HalfBits.ExponentDifference);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Any(byte* halves) => HalfWidening.Widen(Vector256.Load((ushort*)halves));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Greatest(Vector512<float> greatest, byte* halves)
    {
        Vector512<ushort> numbers = Vector512.Load((ushort*)halves);
        return Vector512.Max(greatest.AsUInt16(), numbers + numbers).AsSingle();
    }

    public static bool HasInfinite(Vector512<float> greatest) => Vector512.GreaterThanOrEqualAny(greatest.AsUInt16(), Vector512.Create(HalfBits.Infinite));
}

/// <summary>256 bits.</summary>
internal readonly unsafe struct HalfLanes256 : IHalfLanes<Vector256<float>>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> FirstBFloat16(byte* pairs) => (Vector256.Load((uint*)pairs) << 16).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> SecondBFloat16(byte* pairs) => (Vector256.Load((uint*)pairs) & Vector256.Create(0xffff0000u)).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Finite(byte* halves) => Finite(Load(halves));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Any(byte* halves)
    {
        Vector256<int> wide = Load(halves);
        // Infinity and what is no number have the greatest exponent in both types.
        Vector256<int> infinite = Vector256.GreaterThan(wide & Vector256.Create(0x7fff), Vector256.Create(0x7bff)) & Vector256.Create(0x7f800000);
        return Finite(wide) | infinite.AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Greatest(Vector256<float> greatest, byte* halves)
    {
        Vector256<ushort> numbers = Vector256.Load((ushort*)halves);
        return Vector256.Max(greatest.AsUInt16(), numbers + numbers).AsSingle();
    }

    public static bool HasInfinite(Vector256<float> greatest) => Vector256.GreaterThanOrEqualAny(greatest.AsUInt16(), Vector256.Create(HalfBits.Infinite));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Load(byte* halves) => Avx2.IsSupported
        ? Avx2.ConvertToVector256Int32((short*)halves)
        : Vector256.Create(Vector128.WidenLower(Vector128.Load((short*)halves)), Vector128.WidenUpper(Vector128.Load((short*)halves)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Finite(Vector256<int> wide) =>
        ((wide << 13).AsUInt32() & Vector256.Create(HalfBits.SignAndNumber)).AsSingle() * Vector256.Create(HalfBits.ExponentDifference);
}

/// <summary>128 bits.</summary>
internal readonly unsafe struct HalfLanes128 : IHalfLanes<Vector128<float>>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> FirstBFloat16(byte* pairs) => (Vector128.Load((uint*)pairs) << 16).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> SecondBFloat16(byte* pairs) => (Vector128.Load((uint*)pairs) & Vector128.Create(0xffff0000u)).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Finite(byte* halves) =>
        ((Load(halves) << 13).AsUInt32() & Vector128.Create(HalfBits.SignAndNumber)).AsSingle() * Vector128.Create(HalfBits.ExponentDifference);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Any(byte* halves)
    {
        Vector128<float> number = Finite(halves);
        Vector128<int> infinite = Vector128.GreaterThan(Load(halves) & Vector128.Create(0x7fff), Vector128.Create(0x7bff)) & Vector128.Create(0x7f800000);
        return number | infinite.AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Greatest(Vector128<float> greatest, byte* halves)
    {
        Vector128<ushort> numbers = Vector128.Load((ushort*)halves);
        return Vector128.Max(greatest.AsUInt16(), numbers + numbers).AsSingle();
    }

    public static bool HasInfinite(Vector128<float> greatest) => Vector128.GreaterThanOrEqualAny(greatest.AsUInt16(), Vector128.Create(HalfBits.Infinite));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Load(byte* halves) => Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(long*)halves).AsInt16());
}

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

using Weft.Inference.Kernels.Panels;

namespace Weft.Training.Kernels;

/// <summary>32 numbers of bf16 at a time, as two vectors of fp32.</summary>
internal static unsafe class BFloat16Vectors
{
    /// <summary>Numbers at a time.</summary>
    public const int Step = 32;

    /// <summary>32 numbers, which fp32 holds exactly.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<float> First, Vector512<float> Second) Load(ushort* numbers)
    {
        (Vector512<uint> first, Vector512<uint> second) = Vector512.Widen(Vector512.Load(numbers));
        return ((first << 16).AsSingle(), (second << 16).AsSingle());
    }

    /// <summary>32 numbers to the nearest of bf16, the even one of two.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<float> first, Vector512<float> second, ushort* numbers) => Narrow(first.AsUInt32(), second.AsUInt32()).Store(numbers);

    /// <summary>The same, of the bits of fp32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ushort> Narrow(Vector512<uint> first, Vector512<uint> second) =>
        Vector512.Narrow(RowPacking.Round(first) >> 16, RowPacking.Round(second) >> 16);

    /// <summary>The greatest of 16 numbers.</summary>
    public static float Greatest(Vector512<float> numbers)
    {
        float most = float.NegativeInfinity;
        for (int lane = 0; lane < Vector512<float>.Count; lane++)
            most = MathF.Max(most, numbers[lane]);
        return most;
    }

    /// <summary>One number.</summary>
    public static float Widen(ushort number) => BitConverter.UInt32BitsToSingle((uint)number << 16);
}

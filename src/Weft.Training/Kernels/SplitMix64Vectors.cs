using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Weft.Training.Kernels;

/// <summary>Eight numbers of <see cref="SplitMix64"/> at a time.</summary>
internal static class SplitMix64Vectors
{
    /// <summary>What <see cref="SplitMix64.At"/> begins with, of 8 numbers from <paramref name="n"/> on.</summary>
    public static Vector512<ulong> Counters(ulong key, ulong n) =>
        Vector512.Create(key + ((n + 1) * SplitMix64.Golden)) + (Vector512.CreateSequence(0UL, 1UL) * Vector512.Create(SplitMix64.Golden));

    /// <summary>The counters of the next 8 numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Next(Vector512<ulong> counters) => counters + Vector512.Create(unchecked(8 * SplitMix64.Golden));

    /// <summary>8 numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Mix(Vector512<ulong> counters)
    {
        Vector512<ulong> z = counters;
        z = (z ^ (z >>> 30)) * Vector512.Create(SplitMix64.First);
        z = (z ^ (z >>> 27)) * Vector512.Create(SplitMix64.Second);
        return z ^ (z >>> 31);
    }
}

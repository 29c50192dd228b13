using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Weft.Training.Kernels;

/// <summary>
/// SplitMix64 (Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators", doi:10.1145/2660193.2660195): its n-th number is a function of the key and n
/// alone, so that any number can be had again without a state.
/// </summary>
internal static class SplitMix64
{
    /// <summary>2^64 over the golden ratio, odd: successive counters are far from each other.</summary>
    internal const ulong Golden = 0x9E3779B97F4A7C15;

    /// <summary>Factors of the mixing.</summary>
    internal const ulong First = 0xBF58476D1CE4E5B9, Second = 0x94D049BB133111EB;

    /// <summary>Number <paramref name="n"/>, from 0, of the sequence that belongs to <paramref name="key"/>.</summary>
    public static ulong At(ulong key, ulong n)
    {
        ulong z = key + ((n + 1) * Golden);
        z = (z ^ (z >> 30)) * First;
        z = (z ^ (z >> 27)) * Second;
        return z ^ (z >> 31);
    }

    /// <summary>What <see cref="At"/> begins with, of 8 numbers from <paramref name="n"/> on.</summary>
    public static Vector512<ulong> Counters(ulong key, ulong n) =>
        Vector512.Create(key + ((n + 1) * Golden)) + (Vector512.CreateSequence(0UL, 1UL) * Vector512.Create(Golden));

    /// <summary>The counters of the next 8 numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Next(Vector512<ulong> counters) => counters + Vector512.Create(unchecked(8 * Golden));

    /// <summary>8 numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Mix(Vector512<ulong> counters)
    {
        Vector512<ulong> z = counters;
        z = (z ^ (z >>> 30)) * Vector512.Create(First);
        z = (z ^ (z >>> 27)) * Vector512.Create(Second);
        return z ^ (z >>> 31);
    }
}

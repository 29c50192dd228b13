namespace Weft.Data;

/// <summary>
/// Random numbers as a pure function of (seed, counter): SplitMix64's finaliser (Steele, Lea, Flood: Fast Splittable
/// Pseudorandom Number Generators, OOPSLA 2014) over a Weyl sequence. A generator without state resumes anywhere.
/// </summary>
internal static class CounterRandom
{
    private const ulong GoldenGamma = 0x9E3779B97F4A7C15;

    public static ulong At(ulong seed, ulong counter) => unchecked(Mix(Mix(seed + GoldenGamma) + (counter + 1) * GoldenGamma));

    /// <summary>Uniform in [0, bound), by the high half of a 128-bit product; the bias is below bound / 2^64.</summary>
    public static long Below(long bound, ulong seed, ulong counter)
    {
        ulong high = Math.BigMul(At(seed, counter), (ulong)bound, out _);
        return (long)high;
    }

    private static ulong Mix(ulong z)
    {
        unchecked
        {
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return z ^ (z >> 31);
        }
    }
}

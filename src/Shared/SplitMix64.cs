namespace Weft;

/// <summary>
/// SplitMix64 (Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators", doi:10.1145/2660193.2660195): its n-th number is a function of the key and n
/// alone, so that any number can be had again without a state.
/// Linked as an internal class into each library that draws by it.
/// </summary>
internal static class SplitMix64
{
    /// <summary>2^64 over the golden ratio, odd: successive counters are far from each other.</summary>
    internal const ulong Golden = 0x9E3779B97F4A7C15;

    /// <summary>Factors of the mixing.</summary>
    internal const ulong First = 0xBF58476D1CE4E5B9, Second = 0x94D049BB133111EB;

    /// <summary>Number <paramref name="n"/>, from 0, of the sequence that belongs to <paramref name="key"/>.</summary>
    public static ulong At(ulong key, ulong n) => Mix(key + ((n + 1) * Golden));

    /// <summary>The next number, where numbers are drawn one after the other.</summary>
    /// <param name="state">The key before the first of them.</param>
    public static ulong Next(ref ulong state) => Mix(state += Golden);

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * First;
        z = (z ^ (z >> 27)) * Second;
        return z ^ (z >> 31);
    }
}

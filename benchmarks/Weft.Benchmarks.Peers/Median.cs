namespace Weft.Benchmarks.Peers;

/// <summary>The middle of some numbers, all greater than 0.</summary>
internal static class Median
{
    /// <summary>
    /// Of an even number the geometric mean of the two in the middle, so that a ratio and its inverse agree: of 2 and 1/2 it is 1, where
    /// the usual mean would favour whoever is divided. Null where there is no number.
    /// </summary>
    public static double? Of(IEnumerable<double?> numbers)
    {
        double[] sorted = [.. numbers.OfType<double>().Order()];
        return sorted.Length == 0 ? null : Math.Sqrt(sorted[(sorted.Length - 1) / 2] * sorted[sorted.Length / 2]);
    }
}

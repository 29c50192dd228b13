namespace Weft.Benchmarks.Peers;

/// <summary>The middle of some numbers, or the mean of the two there.</summary>
internal static class Median
{
    /// <summary>Null where there is no number.</summary>
    public static double? Of(IEnumerable<double?> numbers)
    {
        double[] sorted = [.. numbers.OfType<double>().Order()];
        return sorted.Length == 0 ? null : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}

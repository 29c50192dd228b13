namespace Weft.Evaluation.Metrics.Chrf;

/// <summary>What chrF needs to know of a segment, order by order, first of characters, then of words. The statistics of a corpus are the sum.</summary>
/// <param name="Hypothesis">N-grams of the hypothesis; 0 where the reference has none of that order.</param>
/// <param name="Reference">N-grams of the reference.</param>
/// <param name="Matches">N-grams of both.</param>
public sealed record ChrfStatistics(IReadOnlyList<long> Hypothesis, IReadOnlyList<long> Reference, IReadOnlyList<long> Matches)
{
    /// <summary>The statistics of both.</summary>
    public static ChrfStatistics operator +(ChrfStatistics one, ChrfStatistics other) => Add(one, other);

    /// <summary>The statistics of both.</summary>
    public static ChrfStatistics Add(ChrfStatistics one, ChrfStatistics other)
    {
        ArgumentNullException.ThrowIfNull(one);
        ArgumentNullException.ThrowIfNull(other);
        return new(Sum(one.Hypothesis, other.Hypothesis), Sum(one.Reference, other.Reference), Sum(one.Matches, other.Matches));
    }

    private static long[] Sum(IReadOnlyList<long> one, IReadOnlyList<long> other) => [.. one.Zip(other, (a, b) => a + b)];
}

namespace Weft.Evaluation.Metrics.Bleu;

/// <summary>What BLEU needs to know of a segment. The statistics of a corpus are the sum of its segments'.</summary>
/// <param name="Matches">N-grams that a reference has too, for n from 1, each at most as often as in the reference that has it most often.</param>
/// <param name="Totals">N-grams of the hypothesis, for n from 1.</param>
/// <param name="HypothesisLength">In tokens.</param>
/// <param name="ReferenceLength">In tokens, of the reference that is nearest in length; the shorter of two.</param>
public sealed record BleuStatistics(IReadOnlyList<long> Matches, IReadOnlyList<long> Totals, long HypothesisLength, long ReferenceLength)
{
    /// <summary>The statistics of both.</summary>
    public static BleuStatistics operator +(BleuStatistics one, BleuStatistics other) => Add(one, other);

    /// <summary>The statistics of both.</summary>
    public static BleuStatistics Add(BleuStatistics one, BleuStatistics other)
    {
        ArgumentNullException.ThrowIfNull(one);
        ArgumentNullException.ThrowIfNull(other);
        return new([.. one.Matches.Zip(other.Matches, (a, b) => a + b)], [.. one.Totals.Zip(other.Totals, (a, b) => a + b)],
            one.HypothesisLength + other.HypothesisLength, one.ReferenceLength + other.ReferenceLength);
    }
}

namespace Weft.Evaluation.Metrics.Rouge;

/// <summary>One of ROUGE's scores, each number from 0 to 1.</summary>
/// <param name="Precision">Share of the hypothesis that the reference has too.</param>
/// <param name="Recall">Share of the reference that the hypothesis has too.</param>
public readonly record struct RougeScore(double Precision, double Recall)
{
    /// <summary>Their harmonic mean; 0 where both are 0.</summary>
    public double F => Precision + Recall > 0 ? 2 * Precision * Recall / (Precision + Recall) : 0;

    /// <summary>Of what both share.</summary>
    /// <param name="shared">Units of both.</param>
    /// <param name="hypothesis">Units of the hypothesis; where it has none, the precision is 0.</param>
    /// <param name="reference">Units of the reference; where it has none, the recall is 0.</param>
    internal static RougeScore Of(long shared, long hypothesis, long reference) =>
        new((double)shared / Math.Max(hypothesis, 1), (double)shared / Math.Max(reference, 1));
}

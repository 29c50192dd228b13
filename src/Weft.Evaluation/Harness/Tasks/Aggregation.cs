namespace Weft.Evaluation.Harness.Tasks;

/// <summary>What a metric finds at one answer.</summary>
/// <param name="Value">A share, or a log-likelihood.</param>
/// <param name="Weight">How many words or bytes it is of.</param>
public readonly record struct Measure(double Value, double Weight = 1);

/// <summary>How the measures of answers become a score.</summary>
/// <param name="Score">Makes the score of the sum of values and the sum of weights.</param>
/// <param name="HigherIsBetter">Which direction is good.</param>
public sealed record Aggregation(Func<double, double, double> Score, bool HigherIsBetter)
{
    /// <summary>The mean.</summary>
    public static Aggregation Mean { get; } = new((sum, weight) => sum / weight, true);

    /// <summary>exp of the negative mean log-likelihood.</summary>
    public static Aggregation Perplexity { get; } = new((sum, weight) => Math.Exp(-sum / weight), false);

    /// <summary>The negative mean log-likelihood in bits.</summary>
    public static Aggregation Bits { get; } = new((sum, weight) => -sum / weight / Math.Log(2), false);

    /// <summary>The score is a mean of values, so that its standard error is a formula.</summary>
    internal bool IsMean => ReferenceEquals(Score, Mean.Score);
}

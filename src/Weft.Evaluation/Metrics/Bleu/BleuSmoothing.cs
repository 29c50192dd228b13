namespace Weft.Evaluation.Metrics.Bleu;

/// <summary>
/// What stands for a precision of zero, whose logarithm there is not (Chen and Cherry, "A Systematic Comparison of Smoothing Techniques for
/// Sentence-Level BLEU", 2014).
/// </summary>
public abstract record BleuSmoothing
{
    private BleuSmoothing()
    {
    }

    /// <summary>Nothing: one order without a match makes the score 0.</summary>
    public sealed record None : BleuSmoothing;

    /// <summary>Each further order without a match counts half as much as the one before: 1/2, 1/4 … of a match (method 3, NIST's).</summary>
    public sealed record Exponential : BleuSmoothing;

    /// <summary>An order without a match counts <paramref name="Value"/> matches (method 1).</summary>
    /// <param name="Value">0 or more.</param>
    public sealed record Floor(double Value = 0.1) : BleuSmoothing;

    /// <summary>Orders from 2 on count <paramref name="Value"/> matches and n-grams more (method 2, Lin and Och).</summary>
    /// <param name="Value">0 or more.</param>
    public sealed record AddK(double Value = 1) : BleuSmoothing;
}

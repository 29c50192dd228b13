namespace Weft.Evaluation.Harness.Tasks;

// N answers, B draws.

/// <summary>A score and how sure it is.</summary>
/// <param name="Value">The score.</param>
/// <param name="StandardError">Sample standard deviation over √N of means, else the standard deviation over bootstrap draws; null of a single answer.</param>
/// <param name="Low">95 % of bootstrap draws lie from here</param>
/// <param name="High">to here.</param>
/// <param name="Count">N.</param>
public sealed record Estimate(double Value, double? StandardError, double Low, double High, int Count)
{
    /// <summary>B.</summary>
    private const int Draws = 1000;

    /// <summary>One in so many draws lies below the interval, and as many above it.</summary>
    private const int Tail = 40;

    /// <summary>The score of answers, with its bootstrap (Efron, "Bootstrap Methods: Another Look at the Jackknife", 1979).</summary>
    /// <param name="measures">[N], at least one.</param>
    /// <param name="aggregation">How they become a score.</param>
    /// <param name="seed">Of the random numbers.</param>
    public static Estimate Of(IReadOnlyList<Measure> measures, Aggregation aggregation, ulong seed = 0)
    {
        ArgumentNullException.ThrowIfNull(measures);
        ArgumentNullException.ThrowIfNull(aggregation);
        if (measures.Count == 0)
            throw new ArgumentException("there are no answers to measure; give at least one", nameof(measures));
        double[] draws = new double[Draws];
        for (int draw = 0; draw < Draws; draw++)
        {
            double sum = 0, weight = 0;
            for (int i = 0; i < measures.Count; i++)
            {
                Measure drawn = measures[(int)Math.BigMul(SplitMix64.Next(ref seed), (ulong)measures.Count, out _)];
                sum += drawn.Value;
                weight += drawn.Weight;
            }
            draws[draw] = aggregation.Score(sum, weight);
        }
        Array.Sort(draws);
        double value = aggregation.Score(measures.Sum(measure => measure.Value), measures.Sum(measure => measure.Weight));
        double? error = measures.Count == 1 ? null
            : aggregation.IsMean ? Deviation([.. measures.Select(measure => measure.Value)]) / Math.Sqrt(measures.Count)
            : Deviation(draws);
        return new(value, error, draws[Draws / Tail], draws[^((Draws / Tail) + 1)], measures.Count);
    }

    /// <summary>With N - 1 in the denominator.</summary>
    private static double Deviation(double[] values)
    {
        double mean = values.Average();
        return Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Length - 1));
    }
}

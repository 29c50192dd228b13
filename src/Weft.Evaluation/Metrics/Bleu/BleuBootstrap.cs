namespace Weft.Evaluation.Metrics.Bleu;

// S segments, O orders of n-grams.

/// <summary>
/// Whether the difference of two systems' BLEU is one of the systems or of the text that was chosen (Koehn, "Statistical Significance Tests for
/// Machine Translation Evaluation", 2004), computed as sacreBLEU's paired bootstrap. The random numbers are others than NumPy's, so that the last
/// digits of p and of the interval differ.
/// </summary>
/// <param name="Score">Of the system.</param>
/// <param name="Baseline">Score of the baseline.</param>
/// <param name="Mean">Of the system's scores over all drawn texts.</param>
/// <param name="Interval">Half the width of the interval that holds 95 % of them.</param>
/// <param name="P">How probable so large a difference is if the systems are equally good.</param>
public sealed record BleuBootstrap(double Score, double Baseline, double Mean, double Interval, double P)
{
    /// <summary>One in so many of the scores lies below the interval, and as many above it.</summary>
    private const int Tail = 40;

    /// <summary>Compares two systems on texts that are drawn from the segments with repetition.</summary>
    /// <param name="metric">Scores them.</param>
    /// <param name="system">[S] statistics of the system.</param>
    /// <param name="baseline">[S] statistics of the baseline on the same segments.</param>
    /// <param name="draws">How many texts are drawn; sacreBLEU takes 1,000.</param>
    /// <param name="seed">Of the random numbers.</param>
    /// <exception cref="ArgumentException">The systems have not as many segments, or none, or nothing is drawn.</exception>
    public static BleuBootstrap Compare(BleuMetric metric, IReadOnlyList<BleuStatistics> system, IReadOnlyList<BleuStatistics> baseline, int draws = 1000, ulong seed = 12345)
    {
        ArgumentNullException.ThrowIfNull(metric);
        ArgumentNullException.ThrowIfNull(system);
        ArgumentNullException.ThrowIfNull(baseline);
        ArgumentOutOfRangeException.ThrowIfLessThan(draws, 1);
        if (system.Count == 0 || system.Count != baseline.Count)
            throw new ArgumentException($"the system has {system.Count} segments and the baseline {baseline.Count}; give as many of both, and at least one", nameof(baseline));
        long[][] ofSystem = [.. system.Select(Flatten)], ofBaseline = [.. baseline.Select(Flatten)];
        double[] scores = new double[draws], differences = new double[draws];
        int[] drawn = new int[system.Count];
        for (int draw = 0; draw < draws; draw++)
        {
            for (int i = 0; i < drawn.Length; i++)
                drawn[i] = (int)Math.BigMul(SplitMix64.Next(ref seed), (ulong)drawn.Length, out _);
            scores[draw] = Rescore(metric, ofSystem, drawn);
            differences[draw] = Math.Abs(scores[draw] - Rescore(metric, ofBaseline, drawn));
        }
        double score = metric.Score(system).Score, other = metric.Score(baseline).Score, shift = differences.Average();
        // One more on both sides, so that no finite number of draws gives a p of 0.
        double p = (differences.Count(difference => difference - shift > Math.Abs(score - other)) + 1.0) / (draws + 1);
        Array.Sort(scores);
        int below = draws / Tail;
        return new(score, other, scores.Average(), (scores[^(below + 1)] - scores[below]) / 2, p);
    }

    /// <summary>[2 + 2 O] numbers that are summed over segments.</summary>
    private static long[] Flatten(BleuStatistics statistics) => [statistics.HypothesisLength, statistics.ReferenceLength, .. statistics.Matches, .. statistics.Totals];

    private static double Rescore(BleuMetric metric, long[][] segments, int[] drawn)
    {
        long[] sum = new long[segments[0].Length];
        foreach (int segment in drawn)
            for (int i = 0; i < sum.Length; i++)
                sum[i] += segments[segment][i];
        int orders = (sum.Length - 2) / 2;
        return metric.Score([new BleuStatistics(sum[2..(2 + orders)], sum[(2 + orders)..], sum[0], sum[1])]).Score;
    }
}

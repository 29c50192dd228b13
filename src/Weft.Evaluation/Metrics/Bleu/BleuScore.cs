using Weft.Evaluation.Metrics.Text;

namespace Weft.Evaluation.Metrics.Bleu;

/// <summary>A BLEU score and what it is made of.</summary>
/// <param name="Score">0 to 100.</param>
/// <param name="Precisions">Of n-grams for n from 1, smoothed, 0 to 100; all 0 where nothing matches.</param>
/// <param name="BrevityPenalty">1, or less where the hypotheses are shorter than the references.</param>
/// <param name="Statistics">What was counted.</param>
public sealed record BleuScore(double Score, IReadOnlyList<double> Precisions, double BrevityPenalty, BleuStatistics Statistics)
{
    /// <summary>sacreBLEU's log(0).</summary>
    private const double LogarithmOfZero = -9999999999;

    /// <summary>Length of the hypotheses over that of the references; 0 where these are empty.</summary>
    public double LengthRatio => Statistics.ReferenceLength > 0 ? (double)Statistics.HypothesisLength / Statistics.ReferenceLength : 0;

    /// <summary>sacreBLEU's line behind the score: precisions, brevity penalty, ratio and lengths.</summary>
    public string Details => $"{string.Join('/', Precisions.Select(precision => PythonText.Fixed(precision, 1)))} (BP = {PythonText.Fixed(BrevityPenalty, 3)} "
        + $"ratio = {PythonText.Fixed(LengthRatio, 3)} hyp_len = {Statistics.HypothesisLength} ref_len = {Statistics.ReferenceLength})";

    /// <summary>The score of what was counted (Papineni et al., "BLEU: a Method for Automatic Evaluation of Machine Translation", 2002).</summary>
    /// <param name="statistics">Of a segment or a corpus; as many orders as are to count.</param>
    /// <param name="smoothing">What stands for a precision of zero.</param>
    /// <param name="effectiveOrder">Orders that the hypothesis is too short for do not count.</param>
    public static BleuScore Of(BleuStatistics statistics, BleuSmoothing smoothing, bool effectiveOrder)
    {
        ArgumentNullException.ThrowIfNull(statistics);
        ArgumentNullException.ThrowIfNull(smoothing);
        double penalty = Penalty(statistics.HypothesisLength, statistics.ReferenceLength);
        int orders = statistics.Totals.Count;
        double[] precisions = new double[orders];
        if (statistics.Matches.All(matches => matches == 0))
            return new(0, precisions, penalty, statistics);
        int counted = orders;
        double withoutMatch = 1;
        for (int order = 0; order < orders; order++)
        {
            double added = order > 0 && smoothing is BleuSmoothing.AddK addK ? addK.Value : 0;
            double matches = statistics.Matches[order] + added, total = statistics.Totals[order] + added;
            if (total == 0)
                break;
            if (effectiveOrder)
                counted = order + 1;
            precisions[order] = matches > 0 ? 100 * matches / total : smoothing switch
            {
                BleuSmoothing.Exponential => 100 / ((withoutMatch *= 2) * total),
                BleuSmoothing.Floor floor => 100 * floor.Value / total,
                _ => 0,
            };
        }
        double sum = precisions.Take(counted).Sum(precision => precision == 0 ? LogarithmOfZero : Math.Log(precision));
        return new(penalty * Math.Exp(sum / counted), precisions, penalty, statistics);
    }

    private static double Penalty(long hypothesis, long reference) =>
        hypothesis >= reference ? 1 : hypothesis > 0 ? Math.Exp(1 - (double)reference / hypothesis) : 0;
}

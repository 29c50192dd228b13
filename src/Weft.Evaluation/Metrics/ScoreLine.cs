using Weft.Evaluation.Metrics.Text;

namespace Weft.Evaluation.Metrics;

/// <summary>Scores as the reference implementations print them.</summary>
public static class ScoreLine
{
    /// <summary>sacreBLEU's line, <c>BLEU|nrefs:1|… = 26.60 58.1/… (BP = …)</c>.</summary>
    /// <param name="metric">Such as BLEU or chrF2++.</param>
    /// <param name="signature">What was computed.</param>
    /// <param name="score">The score.</param>
    /// <param name="decimals">Digits behind the point.</param>
    /// <param name="details">What stands behind the score; empty for nothing.</param>
    public static string Format(string metric, string signature, double score, int decimals, string details = "") =>
        $"{metric}|{signature} = {Round(score, decimals)}{(details.Length > 0 ? " " : "")}{details}";

    /// <summary>A number as Python prints it: what lies exactly between two decimals goes to the even one.</summary>
    /// <param name="value">A finite number.</param>
    /// <param name="decimals">Digits behind the point, 0 or more.</param>
    public static string Round(double value, int decimals) => PythonText.Fixed(value, decimals);
}

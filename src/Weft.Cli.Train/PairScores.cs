using System.Text.Json;
using Weft.Evaluation.Metrics.Bleu;
using Weft.Evaluation.Metrics.Chrf;
using Weft.Evaluation.Metrics.Rouge;

namespace Weft.Cli.Train;

/// <summary>How near answers are to what was to be answered, by the measures of translations and of summaries.</summary>
/// <param name="Bleu">BLEU with sacreBLEU's defaults, 0 to 100.</param>
/// <param name="Chrf">chrF2 with sacreBLEU's defaults, 0 to 100.</param>
/// <param name="Rouge">Names and mean F of ROUGE-1, -2 and -L without stems, 0 to 1.</param>
/// <param name="Pairs">How many answers there are.</param>
internal sealed record PairScores(double Bleu, double Chrf, IReadOnlyList<(string Name, double F)> Rouge, int Pairs)
{
    /// <summary>Measures.</summary>
    /// <param name="answers">One for each target.</param>
    /// <param name="targets">At least one.</param>
    public static PairScores Of(IReadOnlyList<string> answers, IReadOnlyList<string> targets)
    {
        RougeKind[] kinds = [new RougeKind.NGrams(1), new RougeKind.NGrams(2), new RougeKind.LongestCommonSubsequence()];
        var rouge = new RougeMetric();
        return new(new BleuMetric().Score(answers, targets).Score, new ChrfMetric().Score(answers, targets),
            [.. kinds.Select(kind => (kind.Name, rouge.Score(kind, answers, targets).F))], targets.Count);
    }

    /// <summary>All of it, behind a prefix of their names.</summary>
    public void Write(Utf8JsonWriter json, string prefix)
    {
        json.WriteNumber($"{prefix}bleu", Bleu);
        json.WriteNumber($"{prefix}chrf", Chrf);
        foreach ((string name, double f) in Rouge)
            json.WriteNumber(prefix + name, f);
        json.WriteNumber($"{prefix}pairs", Pairs);
    }

    /// <summary>As a line.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"BLEU {Bleu:F2}, chrF2 {Chrf:F2}, {string.Join(", ", Rouge.Select(kind => FormattableString.Invariant($"{kind.Name} {kind.F:F4}")))} over {Pairs:N0} pairs");
}

using System.Text;
using Weft.Evaluation.Metrics.Text;

namespace Weft.Evaluation.Metrics.Chrf;

/// <summary>chrF (Popović, 2015) and chrF++ (Popović, 2017), the F-score of n-grams of characters, with the numbers and the signature of sacreBLEU.</summary>
public sealed class ChrfMetric
{
    /// <summary>What stands for a precision or recall that there is not, as in chrF++.py.</summary>
    private const double Epsilon = 1e-16;

    private readonly ChrfOptions _options;

    /// <summary>Makes the metric.</summary>
    /// <param name="options">Null for sacreBLEU's defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option cannot be computed.</exception>
    public ChrfMetric(ChrfOptions? options = null)
    {
        _options = options ?? new();
        _options.Check();
    }

    /// <summary>chrF2, or chrF2++ with words.</summary>
    public string Name => $"chrF{_options.Beta}{new string('+', _options.WordOrder)}";

    /// <summary>The score of all segments together, 0 to 100.</summary>
    /// <param name="hypotheses">One for each segment.</param>
    /// <param name="references">One list or several, each with one reference for each segment.</param>
    /// <exception cref="ArgumentException">There is no segment or no reference, or a list of references has another length.</exception>
    public double Score(IReadOnlyList<string> hypotheses, params IReadOnlyList<IReadOnlyList<string>> references) =>
        Score(References.BySegment(hypotheses, references).Select(segment => Measure(segment.Hypothesis, segment.References)));

    /// <summary>The score of one segment, 0 to 100.</summary>
    public double ScoreSentence(string hypothesis, params IReadOnlyList<string> references) => Score([Measure(hypothesis, references)]);

    /// <summary>The score of segments that were measured before, 0 to 100.</summary>
    public double Score(IEnumerable<ChrfStatistics> segments) => Score(segments.Aggregate(ChrfStatistics.Add));

    /// <summary>Counts one segment, with the reference that gives it the best score.</summary>
    /// <exception cref="ArgumentException">There is no reference.</exception>
    public ChrfStatistics Measure(string hypothesis, params IReadOnlyList<string> references)
    {
        References.Require(references);
        Dictionary<string, int>[] given = Count(hypothesis);
        ChrfStatistics? best = null;
        double highest = -1;
        foreach (string reference in references)
        {
            ChrfStatistics statistics = Compare(given, Count(reference));
            double score = Score(statistics);
            if (score > highest)
                (best, highest) = (statistics, score);
        }
        return best!;
    }

    /// <summary>What was computed, in sacreBLEU's words: whoever repeats it gets the same score.</summary>
    /// <param name="references">How many references each segment has.</param>
    public string Signature(int references) => References.Signature(references,
        $"case:{(_options.Lowercase ? "lc" : "mixed")}|eff:{(_options.EpsilonSmoothing ? "no" : "yes")}"
        + $"|nc:{_options.CharacterOrder}|nw:{_options.WordOrder}|space:{(_options.Whitespace ? "yes" : "no")}");

    private double Score(ChrfStatistics statistics)
    {
        double factor = (double)_options.Beta * _options.Beta, sum = 0, precisions = 0, recalls = 0;
        int orders = statistics.Matches.Count, longEnough = 0;
        for (int order = 0; order < orders; order++)
        {
            long hypothesis = statistics.Hypothesis[order], reference = statistics.Reference[order], matches = statistics.Matches[order];
            double precision = hypothesis > 0 ? (double)matches / hypothesis : Epsilon, recall = reference > 0 ? (double)matches / reference : Epsilon;
            double weights = factor * precision + recall;
            sum += weights > 0 ? (1 + factor) * precision * recall / weights : Epsilon;
            if (hypothesis == 0 || reference == 0)
                continue;
            precisions += precision;
            recalls += recall;
            longEnough++;
        }
        if (_options.EpsilonSmoothing)
            return 100 * sum / orders;
        if (precisions + recalls == 0)
            return 0;
        (precisions, recalls) = (precisions / longEnough, recalls / longEnough);
        return 100 * ((1 + factor) * precisions * recalls / (factor * precisions + recalls));
    }

    private static ChrfStatistics Compare(Dictionary<string, int>[] hypothesis, Dictionary<string, int>[] reference) => new(
        [.. hypothesis.Zip(reference, (given, wanted) => wanted.Count > 0 ? Total(given) : 0)],
        [.. reference.Select(Total)],
        [.. hypothesis.Zip(reference, NGrams.Matches)]);

    private static long Total(Dictionary<string, int> counts) => counts.Values.Sum(count => (long)count);

    private Dictionary<string, int>[] Count(string line)
    {
        ArgumentNullException.ThrowIfNull(line);
        line = _options.Lowercase ? PythonText.ToLower(line) : line;
        NGrams characters = NGrams.OfCharacters(_options.Whitespace ? line : string.Concat(PythonText.Split(line)));
        Dictionary<string, int>[] counts = characters.CountAll(_options.CharacterOrder);
        return _options.WordOrder == 0 ? counts : [.. counts, .. NGrams.OfWords([.. PythonText.Split(line).SelectMany(PartPunctuation)]).CountAll(_options.WordOrder)];
    }

    /// <summary>One sign of punctuation is taken off a word, behind it or else before it, so that "(hi)" becomes "(hi" and ")" as in chrF++.py.</summary>
    private static IEnumerable<string> PartPunctuation(string word)
    {
        Rune.DecodeFromUtf16(word, out _, out int first);
        if (first == word.Length)
            return [word];
        if (IsPunctuation(word[^1]))
            return [word[..^1], word[^1..]];
        return IsPunctuation(word[0]) ? [word[..1], word[1..]] : [word];
    }

    private static bool IsPunctuation(char c) => char.IsAscii(c) && (char.IsPunctuation(c) || char.IsSymbol(c));
}

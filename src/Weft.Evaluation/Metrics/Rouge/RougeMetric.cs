using Weft.Evaluation.Metrics.Text;

namespace Weft.Evaluation.Metrics.Rouge;

// H words of the hypothesis, R words of the reference.

/// <summary>
/// ROUGE (Lin, "ROUGE: A Package for Automatic Evaluation of Summaries", 2004) with the numbers of Google's rouge-score. Its words are made of the
/// letters a to z and digits: other alphabets have none.
/// </summary>
/// <param name="stem">Words of more than three letters are compared by their stems.</param>
public sealed class RougeMetric(bool stem = false)
{
    private const int LongestUnstemmed = 3;

    /// <summary>The mean over all segments, of each the reference with the greatest F.</summary>
    /// <param name="kind">What is compared.</param>
    /// <param name="hypotheses">One for each segment.</param>
    /// <param name="references">One list or several, each with one reference for each segment.</param>
    /// <returns>Means of precision, recall and F; the mean F is not the F of the means.</returns>
    /// <exception cref="ArgumentException">There is no segment or no reference, or a list of references has another length.</exception>
    public (double Precision, double Recall, double F) Score(
        RougeKind kind, IReadOnlyList<string> hypotheses, params IReadOnlyList<IReadOnlyList<string>> references)
    {
        RougeScore[] scores = [.. References.BySegment(hypotheses, references).Select(segment => ScoreSegment(kind, segment.Hypothesis, segment.References))];
        return (scores.Average(score => score.Precision), scores.Average(score => score.Recall), scores.Average(score => score.F));
    }

    /// <summary>One segment, with the first of the references that give the greatest F.</summary>
    /// <exception cref="ArgumentException">There is no reference.</exception>
    public RougeScore ScoreSegment(RougeKind kind, string hypothesis, params IReadOnlyList<string> references)
    {
        ArgumentNullException.ThrowIfNull(hypothesis);
        References.Require(references);
        return references.Select(reference => Compare(kind, hypothesis, reference)).MaxBy(score => score.F);
    }

    /// <summary>The words that are compared.</summary>
    public IReadOnlyList<string> Tokenize(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        List<string> words = [];
        string lower = PythonText.ToLower(text);
        for (int start = 0, end; start < lower.Length; start = end + 1)
        {
            end = start;
            while (end < lower.Length && char.IsAsciiLetterOrDigit(lower[end]))
                end++;
            if (end > start)
                words.Add(stem && end - start > LongestUnstemmed ? PorterStemmer.Stem(lower[start..end]) : lower[start..end]);
        }
        return words;
    }

    private RougeScore Compare(RougeKind kind, string hypothesis, string reference) => kind switch
    {
        RougeKind.NGrams ngrams => CompareNGrams(NGrams.OfWords(Tokenize(hypothesis)), NGrams.OfWords(Tokenize(reference)), ngrams.N),
        RougeKind.LongestCommonSubsequence => CompareSequences(Tokenize(hypothesis), Tokenize(reference)),
        RougeKind.SummaryLevel => CompareSummaries(Lines(hypothesis), Lines(reference)),
        _ => throw new NotSupportedException($"ROUGE knows no {kind}"),
    };

    private static RougeScore CompareNGrams(NGrams hypothesis, NGrams reference, int n) => RougeScore.Of(
        NGrams.Matches(hypothesis.Count(n), reference.Count(n)), hypothesis.Length - n + 1, reference.Length - n + 1);

    private static RougeScore CompareSequences(IReadOnlyList<string> hypothesis, IReadOnlyList<string> reference) =>
        RougeScore.Of(CommonLengths(reference, hypothesis)[reference.Count, hypothesis.Count], hypothesis.Count, reference.Count);

    /// <summary>Section 3.2 of the paper, with the rule of ROUGE 1.5.5 that no word counts more often than both sides have it.</summary>
    private static RougeScore CompareSummaries(IReadOnlyList<string>[] hypothesis, IReadOnlyList<string>[] reference)
    {
        Dictionary<string, int> given = CountWords(hypothesis), wanted = CountWords(reference);
        int hits = 0;
        foreach (IReadOnlyList<string> line in reference)
        {
            SortedSet<int> union = [.. hypothesis.SelectMany(other => CommonPositions(line, other))];
            foreach (string word in union.Select(position => line[position]))
            {
                if (given.GetValueOrDefault(word) == 0 || wanted[word] == 0)
                    continue;
                hits++;
                given[word]--;
                wanted[word]--;
            }
        }
        return RougeScore.Of(hits, hypothesis.Sum(line => line.Count), reference.Sum(line => line.Count));
    }

    private IReadOnlyList<string>[] Lines(string text) => [.. text.Split('\n').Select(Tokenize)];

    private static Dictionary<string, int> CountWords(IReadOnlyList<string>[] lines) => lines.SelectMany(line => line).CountBy(word => word).ToDictionary();

    /// <summary>[R + 1, H + 1] lengths of the longest common subsequences of the beginnings.</summary>
    private static int[,] CommonLengths(IReadOnlyList<string> reference, IReadOnlyList<string> hypothesis)
    {
        int[,] lengths = new int[reference.Count + 1, hypothesis.Count + 1];
        for (int i = 1; i <= reference.Count; i++)
            for (int j = 1; j <= hypothesis.Count; j++)
                lengths[i, j] = reference[i - 1] == hypothesis[j - 1] ? lengths[i - 1, j - 1] + 1 : Math.Max(lengths[i - 1, j], lengths[i, j - 1]);
        return lengths;
    }

    /// <summary>Positions in the reference of one longest common subsequence: the one that rouge-score reads out, on which the union depends.</summary>
    private static List<int> CommonPositions(IReadOnlyList<string> reference, IReadOnlyList<string> hypothesis)
    {
        int[,] lengths = CommonLengths(reference, hypothesis);
        List<int> positions = [];
        for (int i = reference.Count, j = hypothesis.Count; i > 0 && j > 0;)
            if (reference[i - 1] == hypothesis[j - 1])
            {
                positions.Add(--i);
                j--;
            }
            else if (lengths[i, j - 1] > lengths[i - 1, j])
                j--;
            else
                i--;
        return positions;
    }
}

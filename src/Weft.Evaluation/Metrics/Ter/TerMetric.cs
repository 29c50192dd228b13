using Weft.Evaluation.Metrics.Text;

namespace Weft.Evaluation.Metrics.Ter;

/// <summary>
/// TER (Snover et al., "A Study of Translation Edit Rate with Targeted Human Annotation", 2006) with the numbers and the signature of sacreBLEU,
/// whose search follows that of Tercom.
/// </summary>
/// <param name="options">Null for sacreBLEU's defaults.</param>
public sealed class TerMetric(TerOptions? options = null)
{
    private readonly TerOptions _options = options ?? new();

    /// <summary>All segments together.</summary>
    /// <param name="hypotheses">One for each segment.</param>
    /// <param name="references">One list or several, each with one reference for each segment.</param>
    /// <exception cref="ArgumentException">There is no segment or no reference, or a list of references has another length.</exception>
    public TerScore Score(IReadOnlyList<string> hypotheses, params IReadOnlyList<IReadOnlyList<string>> references) =>
        References.BySegment(hypotheses, references).Select(segment => ScoreSentence(segment.Hypothesis, segment.References)).Aggregate(TerScore.Add);

    /// <summary>One segment.</summary>
    /// <exception cref="ArgumentException">There is no reference.</exception>
    public TerScore ScoreSentence(string hypothesis, params IReadOnlyList<string> references)
    {
        References.Require(references);
        Dictionary<string, int> ids = new(StringComparer.Ordinal);
        int[] given = Number(Read(hypothesis), ids);
        long fewest = long.MaxValue, words = 0;
        foreach (string reference in references)
        {
            // sacreBLEU takes references apart twice. It shows where a possessive stood before other white space than a space.
            int[] wanted = Number(Read(string.Join(' ', Read(reference))), ids);
            fewest = Math.Min(fewest, ShiftSearch.CountEdits(given, wanted));
            words += wanted.Length;
        }
        return new(fewest, (double)words / references.Count);
    }

    /// <summary>What was computed, in sacreBLEU's words: whoever repeats it gets the same score.</summary>
    /// <param name="references">How many references each segment has.</param>
    public string Signature(int references) => References.Signature(references,
        $"case:{(_options.CaseSensitive ? "mixed" : "lc")}|tok:tercom|norm:{YesNo(_options.Normalized)}"
        + $"|punct:{YesNo(!_options.NoPunctuation)}|asian:{YesNo(_options.AsianSupport)}");

    private static string YesNo(bool value) => value ? "yes" : "no";

    private List<string> Read(string line)
    {
        ArgumentNullException.ThrowIfNull(line);
        return TerTokenizer.Tokenize(PythonText.TrimEnd(line), _options);
    }

    /// <summary>Words as numbers: equal words have equal ones.</summary>
    private static int[] Number(List<string> words, Dictionary<string, int> ids)
    {
        int[] numbers = new int[words.Count];
        for (int i = 0; i < numbers.Length; i++)
            if (!ids.TryGetValue(words[i], out numbers[i]))
                ids.Add(words[i], numbers[i] = ids.Count);
        return numbers;
    }
}

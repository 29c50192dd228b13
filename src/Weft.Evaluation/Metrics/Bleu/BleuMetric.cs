using Weft.Evaluation.Metrics.Text;

namespace Weft.Evaluation.Metrics.Bleu;

/// <summary>BLEU with the numbers and the signature of sacreBLEU (Post, "A Call for Clarity in Reporting BLEU Scores", 2018).</summary>
public sealed class BleuMetric
{
    private readonly BleuOptions _options;

    /// <summary>Makes the metric.</summary>
    /// <param name="options">Null for sacreBLEU's defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option cannot be computed.</exception>
    public BleuMetric(BleuOptions? options = null)
    {
        _options = options ?? new();
        _options.Check();
    }

    /// <summary>Counts of all segments together.</summary>
    /// <param name="hypotheses">One for each segment.</param>
    /// <param name="references">One list or several, each with one reference for each segment.</param>
    /// <exception cref="ArgumentException">There is no segment or no reference, or a list of references has another length.</exception>
    public BleuScore Score(IReadOnlyList<string> hypotheses, params IReadOnlyList<IReadOnlyList<string>> references) =>
        Score(References.BySegment(hypotheses, references).Select(segment => Measure(segment.Hypothesis, segment.References)));

    /// <summary>The score of one segment. <see cref="BleuOptions.EffectiveOrder"/> is meant for this.</summary>
    public BleuScore ScoreSentence(string hypothesis, params IReadOnlyList<string> references) => Score([Measure(hypothesis, references)]);

    /// <summary>The score of segments that were measured before.</summary>
    public BleuScore Score(IEnumerable<BleuStatistics> segments) =>
        BleuScore.Of(segments.Aggregate(BleuStatistics.Add), _options.Smoothing, _options.EffectiveOrder);

    /// <summary>Counts one segment.</summary>
    /// <exception cref="ArgumentException">There is no reference.</exception>
    public BleuStatistics Measure(string hypothesis, params IReadOnlyList<string> references)
    {
        References.Require(references);
        int orders = _options.MaximumOrder;
        NGrams words = Read(hypothesis);
        Dictionary<string, int>[] allowed = [.. Enumerable.Range(0, orders).Select(_ => new Dictionary<string, int>(StringComparer.Ordinal))];
        long nearest = -1;
        foreach (string reference in references)
        {
            NGrams others = Read(reference);
            for (int order = 0; order < orders; order++)
                foreach ((string ngram, int count) in others.Count(order + 1))
                    allowed[order][ngram] = Math.Max(allowed[order].GetValueOrDefault(ngram), count);
            if (nearest < 0 || IsNearer(others.Length, nearest, words.Length))
                nearest = others.Length;
        }
        return new(
            [.. allowed.Select((counts, order) => NGrams.Matches(words.Count(order + 1), counts))],
            [.. allowed.Select((_, order) => (long)Math.Max(0, words.Length - order))],
            words.Length, nearest);
    }

    /// <summary>What was computed, in sacreBLEU's words: whoever repeats it gets the same score.</summary>
    /// <param name="references">How many references each segment has.</param>
    public string Signature(int references) => References.Signature(references,
        $"case:{(_options.Lowercase ? "lc" : "mixed")}|eff:{(_options.EffectiveOrder ? "yes" : "no")}"
        + $"|tok:{BleuTokenizer.Name(_options.Tokenization)}|smooth:{SmoothingName}");

    private string SmoothingName => _options.Smoothing switch
    {
        BleuSmoothing.None => "none",
        BleuSmoothing.Exponential => "exp",
        BleuSmoothing.Floor floor => $"floor[{PythonText.Fixed(floor.Value, 2)}]",
        BleuSmoothing.AddK addK => $"add-k[{PythonText.Fixed(addK.Value, 2)}]",
        _ => throw new NotSupportedException($"BLEU knows no smoothing {_options.Smoothing}"),
    };

    private NGrams Read(string line)
    {
        ArgumentNullException.ThrowIfNull(line);
        return NGrams.OfWords(BleuTokenizer.Tokenize(PythonText.TrimEnd(_options.Lowercase ? PythonText.ToLower(line) : line), _options.Tokenization));
    }

    private static bool IsNearer(long candidate, long nearest, long length)
    {
        long distance = Math.Abs(candidate - length), best = Math.Abs(nearest - length);
        return distance < best || (distance == best && candidate < nearest);
    }
}

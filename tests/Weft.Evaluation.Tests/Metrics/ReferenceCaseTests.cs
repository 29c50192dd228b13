using System.Text.Json;
using Weft.Evaluation.Metrics;
using Weft.Evaluation.Metrics.Bleu;
using Weft.Evaluation.Metrics.Chrf;
using Weft.Evaluation.Metrics.Rouge;
using Weft.Evaluation.Metrics.Squad;
using Weft.Evaluation.Metrics.Ter;
using Weft.Evaluation.Metrics.Text;

namespace Weft.Evaluation.Tests.Metrics;

/// <summary>
/// Random inputs, odd ones among them, with what the reference implementations made of them: sacreBLEU 2.6.0 on Python 3.11, NLTK's stemmer, and the
/// published algorithms of rouge-score and SQuAD. reference-cases.jsonl holds one case a line.
/// </summary>
public sealed class ReferenceCaseTests
{
    /// <summary>Logarithms and exponentials of two mathematical libraries differ in their last bits.</summary>
    private const double LastBits = 1e-11;

    /// <summary>More cases of a kind than this are in the file, so that none goes unread.</summary>
    private const int Fewest = 25;

    private static readonly string File = Path.Combine(TestAssets.RepositoryRoot, "tests", "Weft.Evaluation.Tests", "Metrics", "reference-cases.jsonl");

    [Fact]
    public void Bleu() => Each("bleu", item =>
    {
        JsonElement options = item.GetProperty("o");
        double? value = options.GetProperty("smooth_value") is { ValueKind: JsonValueKind.Number } given ? given.GetDouble() : null;
        var chosen = new BleuOptions
        {
            Tokenization = SacreBleuOptions.Tokenization(options.GetProperty("tokenize").GetString()!),
            Lowercase = options.GetProperty("lowercase").GetBoolean(),
            Smoothing = SacreBleuOptions.Smoothing(options.GetProperty("smooth_method").GetString()!, value),
            MaximumOrder = options.GetProperty("max_ngram_order").GetInt32(),
            EffectiveOrder = options.GetProperty("effective_order").GetBoolean(),
        };
        string[] hypotheses = Texts(item.GetProperty("hyps"));
        string[][] references = [.. item.GetProperty("refs").EnumerateArray().Select(Texts)];
        var metric = new BleuMetric(chosen);
        BleuScore score = metric.Score(hypotheses, references);
        Assert.Equal(item.GetProperty("score").GetDouble(), score.Score, LastBits * Math.Max(1, score.Score));
        Assert.Equal(item.GetProperty("text").GetString(), ScoreLine.Format("BLEU", metric.Signature(references.Length), score.Score, 2, score.Details));
        Assert.Equal(item.GetProperty("tokens").EnumerateArray().Select(Texts), hypotheses.Select(hypothesis =>
            BleuTokenizer.Tokenize(PythonText.TrimEnd(chosen.Lowercase ? PythonText.ToLower(hypothesis) : hypothesis), chosen.Tokenization).ToArray()));
    });

    [Fact]
    public void Chrf() => Each("chrf", item =>
    {
        JsonElement options = item.GetProperty("o");
        var metric = new ChrfMetric(new()
        {
            CharacterOrder = options.GetProperty("char_order").GetInt32(),
            WordOrder = options.GetProperty("word_order").GetInt32(),
            Beta = options.GetProperty("beta").GetInt32(),
            Lowercase = options.GetProperty("lowercase").GetBoolean(),
            Whitespace = options.GetProperty("whitespace").GetBoolean(),
            EpsilonSmoothing = options.GetProperty("eps_smoothing").GetBoolean(),
        });
        string[][] references = [.. item.GetProperty("refs").EnumerateArray().Select(Texts)];
        double score = metric.Score(Texts(item.GetProperty("hyps")), references);
        Assert.Equal(item.GetProperty("score").GetDouble(), score, LastBits * Math.Max(1, score));
        Assert.Equal(item.GetProperty("text").GetString(), ScoreLine.Format(metric.Name, metric.Signature(references.Length), score, 2));
    });

    [Fact]
    public void Ter() => Each("ter", item =>
    {
        JsonElement options = item.GetProperty("o");
        var chosen = new TerOptions
        {
            Normalized = options.GetProperty("normalized").GetBoolean(),
            NoPunctuation = options.GetProperty("no_punct").GetBoolean(),
            AsianSupport = options.GetProperty("asian_support").GetBoolean(),
            CaseSensitive = options.GetProperty("case_sensitive").GetBoolean(),
        };
        string[] hypotheses = Texts(item.GetProperty("hyps"));
        string[][] references = [.. item.GetProperty("refs").EnumerateArray().Select(Texts)];
        var metric = new TerMetric(chosen);
        TerScore score = metric.Score(hypotheses, references);
        Assert.Equal(item.GetProperty("tokens").EnumerateArray().Select(Texts), hypotheses.Select(hypothesis => TerTokenizer.Tokenize(PythonText.TrimEnd(hypothesis), chosen).ToArray()));
        Assert.Equal(item.GetProperty("edits").GetInt64(), score.Edits);
        Assert.Equal(item.GetProperty("text").GetString(), ScoreLine.Format("TER", metric.Signature(references.Length), score.Score, 2));
    });

    [Fact]
    public void Rouge() => Each("rouge", item =>
    {
        var metric = new RougeMetric(item.GetProperty("stem").GetBoolean());
        foreach (JsonProperty expected in item.GetProperty("scores").EnumerateObject())
        {
            RougeScore score = metric.ScoreSegment(RougeKind.Parse(expected.Name)!, item.GetProperty("hyp").GetString()!, item.GetProperty("ref").GetString()!);
            Assert.Equal(expected.Value[0].GetDouble(), score.Precision, LastBits);
            Assert.Equal(expected.Value[1].GetDouble(), score.Recall, LastBits);
            Assert.Equal(expected.Value[2].GetDouble(), score.F, LastBits);
        }
    });

    [Fact]
    public void Squad() => Each("squad", item =>
    {
        string prediction = item.GetProperty("pred").GetString()!, answer = item.GetProperty("gold").GetString()!;
        Assert.Equal(item.GetProperty("norm").GetString(), SquadAnswer.Normalize(prediction));
        Assert.Equal(item.GetProperty("exact").GetBoolean(), SquadAnswer.IsExact(prediction, answer));
        Assert.Equal(item.GetProperty("f1v1").GetDouble(), SquadAnswer.F1(prediction, answer, SquadRelease.V1), LastBits);
        Assert.Equal(item.GetProperty("f1v2").GetDouble(), SquadAnswer.F1(prediction, answer, SquadRelease.V2), LastBits);
    });

    [Fact]
    public void Stems() => Each("stem", item => Assert.Equal(item.GetProperty("stem").GetString(), PorterStemmer.Stem(item.GetProperty("word").GetString()!)));

    [Fact]
    public void Rounded_numbers() => Each("fixed", item =>
        Assert.Equal(item.GetProperty("text").GetString(), ScoreLine.Round(item.GetProperty("value").GetDouble(), item.GetProperty("decimals").GetInt32())));

    private static string[] Texts(JsonElement list) => [.. list.EnumerateArray().Select(text => text.GetString()!)];

    private static void Each(string kind, Action<JsonElement> check)
    {
        int count = 0;
        foreach (string line in System.IO.File.ReadLines(File))
        {
            using JsonDocument document = JsonDocument.Parse(line);
            if (document.RootElement.GetProperty("kind").GetString() != kind)
                continue;
            check(document.RootElement);
            count++;
        }
        Assert.True(count >= Fewest, $"{count} cases of {kind} in {File}");
    }
}

using System.Globalization;
using System.Text.Json;
using Weft.Evaluation.Metrics;
using Weft.Evaluation.Metrics.Bleu;
using Weft.Evaluation.Metrics.Chrf;
using Weft.Evaluation.Metrics.Ter;

namespace Weft.Evaluation.Tests.Metrics;

/// <summary>The cases of sacreBLEU's own tests, to the digits that they are published with.</summary>
public sealed class SacreBleuVectorTests
{
    /// <summary>Published with eight decimals; the last one may be rounded.</summary>
    private const double OfBleu = 1e-6;

    /// <summary>Published with three decimals, some with fewer.</summary>
    private const double OfSentences = 1e-3;

    private const double OfChrf = 1e-4;

    /// <summary>On sacreBLEU's scale of 0 to 1.</summary>
    private const double OfTer = 1e-5;

    [Fact]
    public void Bleu_of_a_corpus() => Each("bleu", "corpus", item =>
    {
        string? tokenize = item.GetProperty("options").TryGetProperty("tokenize", out JsonElement name) ? name.GetString() : null;
        Assert.Equal(Number(item, "expected"), new BleuMetric(new() { Tokenization = Tokenization(tokenize) }).Score(Hypotheses(item), References(item)).Score, OfBleu);
    });

    [Fact]
    public void Bleu_without_tokens_of_its_own() => Each("bleu", "raw", item =>
    {
        string[] hypotheses = Hypotheses(item);
        Assert.Equal(Number(item, "expected"), Floor(0.01).Score(hypotheses, References(item)).Score / 100, 1e-8);
    });

    [Fact]
    public void Bleu_with_a_floor() => Each("bleu", "offset", item =>
    {
        Assert.Equal(Number(item, "expected_with_offset"), Floor(0.1).Score(Hypotheses(item), References(item)).Score / 100, 1e-8);
        Assert.Equal(Number(item, "expected_without_offset"), Floor(0).Score(Hypotheses(item), References(item)).Score / 100, 1e-8);
    });

    [Fact]
    public void Statistics_of_bleu() => Each("bleu", "statistics", item =>
    {
        BleuStatistics statistics = Floor(0).Measure(Hypotheses(item)[0], [.. References(item).Select(list => list[0])]);
        Assert.Equal(Numbers(item, "common"), statistics.Matches);
        Assert.Equal(Numbers(item, "total"), statistics.Totals);
    });

    [Fact]
    public void Bleu_of_statistics() => Each("bleu", "score_from_statistics", item =>
    {
        var statistics = new BleuStatistics(Numbers(item, "common"), Numbers(item, "total"), (long)Number(item, "hyp_len"), (long)Number(item, "ref_len"));
        BleuSmoothing smoothing = item.TryGetProperty("offset", out JsonElement offset) ? new BleuSmoothing.Floor(offset.GetDouble()) : new BleuSmoothing.Exponential();
        Assert.Equal(Number(item, "expected"), BleuScore.Of(statistics, smoothing, effectiveOrder: false).Score / 100, 1e-8);
    });

    [Fact]
    public void Bleu_of_other_orders() => Each("bleu", "max_ngram_order", item =>
    {
        var metric = new BleuMetric(new() { MaximumOrder = (int)Number(item, "max_ngram_order") });
        Assert.Equal(item.GetProperty("expected_text").GetString(), ScoreLine.Round(metric.Score(Hypotheses(item), References(item)).Score, 2));
    });

    [Fact]
    public void Bleu_of_sentences() => Each("bleu", "sentence", item =>
    {
        double? value = item.GetProperty("smooth_value") is { ValueKind: JsonValueKind.Number } given ? given.GetDouble() : null;
        var metric = new BleuMetric(new()
        {
            EffectiveOrder = true,
            Lowercase = item.GetProperty("lowercase").GetBoolean(),
            Tokenization = Tokenization(item.GetProperty("tokenize").GetString()),
            Smoothing = SacreBleuOptions.Smoothing(item.GetProperty("smooth_method").GetString()!, value),
        });
        Assert.Equal(Number(item, "expected"), metric.ScoreSentence(item.GetProperty("hypothesis").GetString()!, Texts(item.GetProperty("references"))).Score, OfSentences);
    });

    [Theory]
    [InlineData("corpus")]
    [InlineData("effective_order")]
    [InlineData("keep_whitespace")]
    [InlineData("sentence")]
    public void Chrf(string group) => Each("chrf", group, item =>
    {
        JsonElement options = item.GetProperty("options");
        var metric = new ChrfMetric(new()
        {
            CharacterOrder = (int)Number(options, "char_order"),
            WordOrder = (int)Number(options, "word_order"),
            Beta = (int)Number(options, "beta"),
            EpsilonSmoothing = !options.TryGetProperty("eps_smoothing", out JsonElement smoothed) || smoothed.GetBoolean(),
            Whitespace = options.TryGetProperty("remove_whitespace", out JsonElement removed) && !removed.GetBoolean(),
        });
        Assert.Equal(Number(item, "expected"), metric.Score(Hypotheses(item), Texts(item.GetProperty("references"))), OfChrf);
    });

    [Fact]
    public void Ter() => Each("ter", "corpus", item =>
        Assert.Equal(Number(item, "expected"), new TerMetric().Score(Hypotheses(item), Texts(item.GetProperty("references"))).Score / 100, OfTer));

    [Theory]
    [InlineData("tokenizer_default")]
    [InlineData("tokenizer_no_punct")]
    [InlineData("tokenizer_norm")]
    [InlineData("tokenizer_asian")]
    public void Tokens_of_ter(string group) => Each("ter", group, item =>
    {
        JsonElement options = item.GetProperty("options");
        bool Has(string name) => options.TryGetProperty(name, out JsonElement value) && value.GetBoolean();
        var chosen = new TerOptions { Normalized = Has("normalized"), NoPunctuation = Has("no_punct"), AsianSupport = Has("asian_support") };
        Assert.Equal(item.GetProperty("expected").GetString(), string.Join(' ', TerTokenizer.Tokenize(item.GetProperty("input").GetString()!, chosen)));
    });

    /// <summary>As sacreBLEU's raw_corpus_bleu, from which these numbers are: it takes the effective order, whatever the note in the file says.</summary>
    private static BleuMetric Floor(double value) => new(new() { EffectiveOrder = true, Tokenization = BleuTokenization.None, Smoothing = new BleuSmoothing.Floor(value) });

    private static BleuTokenization Tokenization(string? name) => SacreBleuOptions.Tokenization(name ?? "13a");

    private static void Each(string file, string group, Action<JsonElement> check)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(TestAssets.Require($"metrics/sacrebleu/{file}.json")));
        JsonElement[] cases = [.. document.RootElement.GetProperty("groups").EnumerateArray()
            .Single(item => item.GetProperty("group").GetString() == group).GetProperty("cases").EnumerateArray()];
        Assert.NotEmpty(cases);
        foreach (JsonElement item in cases)
            check(item);
    }

    private static string[] Hypotheses(JsonElement item) => Texts(item.GetProperty("hypotheses"));

    private static string[][] References(JsonElement item) => [.. item.GetProperty("references").EnumerateArray().Select(Texts)];

    private static string[] Texts(JsonElement list) => [.. list.EnumerateArray().Select(text => text.GetString()!)];

    private static double Number(JsonElement item, string name) => double.Parse(item.GetProperty(name).GetRawText(), CultureInfo.InvariantCulture);

    private static long[] Numbers(JsonElement item, string name) => [.. item.GetProperty(name).EnumerateArray().Select(number => number.GetInt64())];
}

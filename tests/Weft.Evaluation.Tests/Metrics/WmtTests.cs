using System.IO.Compression;
using System.Text.Json;
using Weft.Evaluation.Metrics;
using Weft.Evaluation.Metrics.Bleu;
using Weft.Evaluation.Metrics.Chrf;

namespace Weft.Evaluation.Tests.Metrics;

/// <summary>Seven systems of WMT 2017, English to German, 3,004 lines each, with the scores that other programs published.</summary>
public sealed class WmtTests
{
    [Fact]
    public void Bleu_of_every_system_is_that_of_mteval()
    {
        (string[] reference, Dictionary<string, string[]> systems) = Read();
        var metric = new BleuMetric();
        Assert.All(Expected(), expected => Assert.Equal(ScoreLine.Round(expected.GetProperty("bleu_13a_mteval").GetDouble(), 2),
            ScoreLine.Round(metric.Score(systems[expected.GetProperty("name").GetString()!], reference).Score, 2)));
    }

    [Theory]
    [InlineData("chrf", 0)]
    [InlineData("chrf++", 2)]
    public void Chrf_is_that_of_its_author(string name, int wordOrder)
    {
        (string[] reference, Dictionary<string, string[]> systems) = Read();
        var metric = new ChrfMetric(new() { WordOrder = wordOrder, EpsilonSmoothing = true });
        JsonElement[] scored = [.. Expected().Where(expected => expected.TryGetProperty(name, out _))];
        Assert.NotEmpty(scored);
        Assert.All(scored, expected => Assert.Equal(ScoreLine.Round(expected.GetProperty(name).GetDouble(), 4),
            ScoreLine.Round(metric.Score(systems[expected.GetProperty("name").GetString()!], reference), 4)));
    }

    [Fact]
    public void The_paired_bootstrap_is_that_of_moses_within_what_chance_allows()
    {
        // sacreBLEU holds itself to a hundredth too; a p of 0.4 from 2,000 draws has a standard deviation of 0.011.
        const double allowed = 0.03, allowedOfSmall = 0.01;
        (string[] reference, Dictionary<string, string[]> systems) = Read();
        var metric = new BleuMetric(new() { Tokenization = BleuTokenization.None });
        BleuStatistics[] Measure(string name) => [.. systems[name].Zip(reference, (line, other) => metric.Measure(line, other))];
        JsonElement[] expected = [.. Expected().Where(item => item.TryGetProperty("paired_bootstrap_p_vs_baseline", out _))];
        Assert.NotEmpty(expected);
        BleuStatistics[] baseline = Measure(Expected().Select(item => item.GetProperty("name").GetString()!).Single(name => expected.All(item => item.GetProperty("name").GetString() != name)));
        Assert.All(expected, item =>
        {
            double p = item.GetProperty("paired_bootstrap_p_vs_baseline").GetDouble();
            BleuBootstrap compared = BleuBootstrap.Compare(metric, Measure(item.GetProperty("name").GetString()!), baseline, draws: 2000);
            Assert.Equal(p, compared.P, p < 0.05 ? allowedOfSmall : allowed);
            Assert.Equal(compared.Score, compared.Mean, compared.Interval / 2);
            Assert.InRange(compared.Interval, 0.3, 0.8);
        });
        // A system beside itself: no difference is greater than none.
        Assert.Equal(1.0 / 11, BleuBootstrap.Compare(metric, baseline, baseline, draws: 10).P, 1e-12);
    }

    private static JsonElement[] Expected()
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(TestAssets.Require("metrics/wmt17-en-de/expected.json")));
        return [.. document.RootElement.GetProperty("scores").EnumerateArray().Select(score => score.Clone())];
    }

    private static (string[] Reference, Dictionary<string, string[]> Systems) Read()
    {
        using var stream = new GZipStream(File.OpenRead(TestAssets.Require("metrics/wmt17-en-de/systems.json.gz")), CompressionMode.Decompress);
        using JsonDocument document = JsonDocument.Parse(stream);
        JsonElement root = document.RootElement;
        return (Lines(root.GetProperty("reference")), root.GetProperty("systems").EnumerateArray().Append(root.GetProperty("baseline"))
            .ToDictionary(system => system.GetProperty("name").GetString()!, system => Lines(system.GetProperty("lines"))));
    }

    private static string[] Lines(JsonElement list) => [.. list.EnumerateArray().Select(line => line.GetString()!)];
}

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

using System.Text.Json;
using Weft.Evaluation.Metrics.Bleu;
using Weft.Evaluation.Metrics.Rouge;

namespace Weft.Cli.Train.Tests;

/// <summary><c>weft baseline</c> of pairs.</summary>
public sealed class PairBaselineTests
{
    private const string Recipe = "text: { paths: [NONE], columns: { source: en, target: de, validation: ['HELD'] } }\nmodel: { architecture: marian, layers: 1, width: 32, heads: 2 }\ntraining: { steps: 1 }\n";

    [Fact]
    public void The_nearest_neighbour_is_scored()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("recipe.yaml"), Recipe.Replace("HELD", folder.File("held.tsv"), StringComparison.Ordinal));
        string[] learnt = ["the red dog runs in the park\tder rote Hund läuft im Park", "two men eat an apple at home\tzwei Männer essen zu Hause einen Apfel", "a child sleeps on the train\tein Kind schläft im Zug"];
        File.WriteAllLines(folder.File("train.tsv"), ["en\tde", .. learnt]);
        File.WriteAllLines(folder.File("held.tsv"), ["en\tde", "the red dogs run in the park\tdie roten Hunde laufen im Park", "two men eat an apple\tzwei Männer essen einen Apfel"]);
        (int exitCode, string output, string error) = SmallRun.Run(CancellationToken.None, "baseline", folder.File("recipe.yaml"), "--text", folder.File("train.tsv"), "--json");
        Assert.True(exitCode == 0, error);
        Assert.Contains("3 pairs to train, 2 validation, 0 test", error, StringComparison.Ordinal);
        using JsonDocument json = JsonDocument.Parse(output);
        Assert.Equal(["test_bleu", "test_chrf", "test_rouge1", "test_rouge2", "test_rougeL", "test_pairs"], json.RootElement.EnumerateObject().Select(property => property.Name));
        string[] answers = ["der rote Hund läuft im Park", "zwei Männer essen zu Hause einen Apfel"], wanted = ["die roten Hunde laufen im Park", "zwei Männer essen einen Apfel"];
        Assert.Equal(new BleuMetric().Score(answers, wanted).Score, json.RootElement.GetProperty("test_bleu").GetDouble());
        Assert.Equal(new RougeMetric().Score(new RougeKind.LongestCommonSubsequence(), answers, wanted).F, json.RootElement.GetProperty("test_rougeL").GetDouble());
        Assert.InRange(json.RootElement.GetProperty("test_rouge2").GetDouble(), 0.01, json.RootElement.GetProperty("test_rouge1").GetDouble());
        Assert.InRange(json.RootElement.GetProperty("test_chrf").GetDouble(), 20, 90);
        Assert.Equal(2, json.RootElement.GetProperty("test_pairs").GetInt32());
        (_, output, _) = SmallRun.Run(CancellationToken.None, "baseline", folder.File("recipe.yaml"), "--text", folder.File("train.tsv"));
        Assert.Matches(@"^nearest neighbour: BLEU [\d.]+, chrF2 [\d.]+, rouge1 0\.\d{4}, rouge2 0\.\d{4}, rougeL 0\.\d{4} over 2 pairs\r?\n$", output);
    }
}

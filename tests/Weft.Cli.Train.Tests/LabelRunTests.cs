using System.Text.Json;

namespace Weft.Cli.Train.Tests;

/// <summary><c>weft finetune</c> and <c>weft baseline</c>.</summary>
public class LabelRunTests
{
    private const string Recipe =
        """
        name: labels
        seed: 7
        threads: 1
        task: { text: 1, label: 2, files: [rows.tsv] }
        tokenizer: { vocabulary: 300 }
        model: { architecture: bert, layers: 1, width: 32, heads: 2, context: 32 }
        training: { steps: 40, batch: 16, learning-rate: 5e-3, precision: float32, evaluate-every: 10, best: accuracy }

        """;

    [Fact]
    public void Fine_tuning_leaves_a_classifier_its_scores_and_a_report()
    {
        using var folder = new TemporaryFolder();
        Write(folder);
        (int exitCode, string output, string error) = SmallRun.Run(CancellationToken.None, "finetune", folder.File("recipe.yaml"), "--text", folder.File("rows.tsv"), "--out", folder.File("run"), "--json");
        Assert.True(exitCode == 0, error);
        using JsonDocument json = JsonDocument.Parse(output);
        Assert.Equal(["model", "report", "test_loss", "test_accuracy", "test_macro_f1", "test_micro_f1", "labels", "train_tokens_per_second", "runtime_difference", "samples"],
            json.RootElement.EnumerateObject().Select(property => property.Name));
        Assert.InRange(json.RootElement.GetProperty("test_accuracy").GetDouble(), 0.5, 1);
        Assert.Equal(["bad", "good"], json.RootElement.GetProperty("labels").EnumerateArray().Select(label => label.GetProperty("label").GetString()));
        Assert.Equal(5, json.RootElement.GetProperty("samples").GetArrayLength());
        Assert.Contains("  accuracy ", error, StringComparison.Ordinal);
        Assert.Contains("[8/8] Report", error, StringComparison.Ordinal);
        string report = File.ReadAllText(folder.File("run/report.html"));
        Assert.Contains("<dt>Accuracy</dt>", report, StringComparison.Ordinal);
        Assert.Contains("<h2>Labels</h2>", report, StringComparison.Ordinal);
        Assert.DoesNotContain("Perplexity", report, StringComparison.Ordinal);

        (exitCode, output, error) = SmallRun.Run(CancellationToken.None, "finetune", folder.File("recipe.yaml"), "--text", folder.File("rows.tsv"), "--out", folder.File("run"), "--resume");
        Assert.True(exitCode == 0, error);
        Assert.StartsWith("test accuracy ", output, StringComparison.Ordinal);
        Assert.Contains($" classify {folder.File("run")}", output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_baseline_reads_the_same_rows()
    {
        using var folder = new TemporaryFolder();
        Write(folder);
        (int exitCode, string output, string error) = SmallRun.Run(CancellationToken.None, "baseline", folder.File("recipe.yaml"), "--text", folder.File("rows.tsv"), "--json");
        Assert.True(exitCode == 0, error);
        using JsonDocument json = JsonDocument.Parse(output);
        Assert.Equal(1, json.RootElement.GetProperty("test_accuracy").GetDouble());
        Assert.Contains("exact duplicates dropped", error, StringComparison.Ordinal);
        (_, output, _) = SmallRun.Run(CancellationToken.None, "baseline", folder.File("recipe.yaml"), "--text", folder.File("rows.tsv"));
        Assert.StartsWith("linear n-grams after ", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Recipes_without_a_task_and_without_weights_are_refused()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("recipe.yaml"), "training: { steps: 1 }\n");
        (int exitCode, _, string error) = SmallRun.Run(CancellationToken.None, "finetune", folder.File("recipe.yaml"));
        Assert.Equal(2, exitCode);
        Assert.Contains("neither a task nor training.init-from", error, StringComparison.Ordinal);
        (exitCode, _, error) = SmallRun.Run(CancellationToken.None, "baseline", folder.File("recipe.yaml"));
        Assert.Equal(1, exitCode);
        Assert.Contains("the recipe has no task", error, StringComparison.Ordinal);
    }

    private static void Write(TemporaryFolder folder)
    {
        File.WriteAllText(folder.File("recipe.yaml"), Recipe);
        File.WriteAllLines(folder.File("rows.tsv"), Enumerable.Range(0, 300).Select(i => $"row {i} was {(i % 2 == 0 ? "fine" : "dull")}\t{(i % 2 == 0 ? "good" : "bad")}"));
    }
}

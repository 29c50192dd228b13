using System.Text.Json;

namespace Weft.Cli.Train.Tests;

/// <summary><c>weft finetune</c> on preferences.</summary>
public class PreferenceRunTests
{
    private const string Recipe =
        """
        seed: 7
        threads: 1
        task: { kind: preference, lead-in: " " }
        model: { context: 16 }
        training: { steps: 20, batch: 8, learning-rate: 5e-3, precision: float32, evaluate-every: 5, best: accuracy }

        """;

    [Fact]
    public void A_model_learns_which_answers_are_preferred_and_says_how_well()
    {
        using var small = new SmallRun();
        Assert.Equal(0, small.Train("base").ExitCode);
        File.WriteAllText(small.At("preferences.yaml"), Recipe);
        File.WriteAllLines(small.At("rows.jsonl"), Enumerable.Range(0, 100).Select(i => $$"""{"prompt": "Line {{i}}", "chosen": "of {{i % 7}}.", "rejected": "of {{i % 7}}!"}"""));
        string[] command = ["finetune", small.At("preferences.yaml"), "--init-from", small.At("base"), "--text", small.At("rows.jsonl"), "--out", small.At("run")];
        (int exitCode, string output, string error) = SmallRun.Run(CancellationToken.None, [.. command, "--json"]);
        Assert.True(exitCode == 0, error);
        using JsonDocument json = JsonDocument.Parse(output);
        Assert.Equal(["model", "report", "test_loss", "test_accuracy", "test_reward_margin", "train_tokens_per_second", "runtime_difference", "samples"],
            json.RootElement.EnumerateObject().Select(property => property.Name));
        Assert.Equal(1, json.RootElement.GetProperty("test_accuracy").GetDouble());
        // What the model writes begins with the prompts of held-out rows.
        Assert.All(json.RootElement.GetProperty("samples").EnumerateArray(), sample => Assert.StartsWith("Line ", sample.GetProperty("prompt").GetString(), StringComparison.Ordinal));
        Assert.Contains("  margin ", error, StringComparison.Ordinal);
        string report = File.ReadAllText(small.At("run/report.html"));
        Assert.Contains("<dt>Reward margin</dt>", report, StringComparison.Ordinal);
        Assert.DoesNotContain("Perplexity", report, StringComparison.Ordinal);

        (exitCode, output, error) = SmallRun.Run(CancellationToken.None, [.. command, "--resume"]);
        Assert.True(exitCode == 0, error);
        Assert.StartsWith("test accuracy 1.0000, reward margin ", output, StringComparison.Ordinal);
    }
}

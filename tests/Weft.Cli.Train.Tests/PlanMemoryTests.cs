using System.Globalization;
using System.Text.Json;

namespace Weft.Cli.Train.Tests;

public class PlanMemoryTests
{
    [Fact]
    public void The_table_and_the_json_say_the_same_and_train_nothing()
    {
        using var run = new SmallRun();
        (int exitCode, string output, string error) = SmallRun.Run(CancellationToken.None, "plan-memory", run.RecipeFile, "--vocab", "300", "--json");
        Assert.True(exitCode == 0, error);
        using JsonDocument json = JsonDocument.Parse(output);
        JsonElement root = json.RootElement;
        Assert.Equal(["peak_bytes", "machine_bytes", "fits", "moment", "parts"], root.EnumerateObject().Select(property => property.Name));
        Assert.True(root.GetProperty("fits").GetBoolean());
        (string Name, long Bytes)[] parts = [.. root.GetProperty("parts").EnumerateArray().Select(part => (part.GetProperty("name").GetString()!, part.GetProperty("bytes").GetInt64()))];
        Assert.Equal(parts.Sum(part => part.Bytes), root.GetProperty("peak_bytes").GetInt64());

        (_, string table, _) = SmallRun.Run(CancellationToken.None, "plan-memory", run.RecipeFile, "--vocab", "300");
        foreach ((string name, long bytes) in parts)
            Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"{name,-30}{bytes / 1e6,12:N1} MB"), table, StringComparison.Ordinal);
        Assert.Contains(root.GetProperty("moment").GetString()!, table, StringComparison.Ordinal);
        Assert.Contains("It fits", table, StringComparison.Ordinal);
    }

    [Fact]
    public void What_no_machine_has_is_said_not_to_fit()
    {
        using var run = new SmallRun();
        File.WriteAllText(run.RecipeFile, "model: { layers: 60, width: 16384, heads: 128 }\ntraining: { steps: 1 }\n");
        (int exitCode, string output, string error) = SmallRun.Run(CancellationToken.None, "plan-memory", run.RecipeFile, "--vocab", "50000");
        Assert.True(exitCode == 0, error);
        Assert.Contains("It does not fit", output, StringComparison.Ordinal);
        Assert.Contains("training.windows-per-pass", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--vocab is 'many'", "--vocab", "many")]
    [InlineData("missing.txt")]
    public void Mistakes_are_named(string expected, params string[] more)
    {
        using var run = new SmallRun();
        File.WriteAllText(run.RecipeFile, $"text: {{ paths: [{run.At("missing.txt")}] }}\ntraining: {{ steps: 1 }}\n");
        (int exitCode, _, string error) = SmallRun.Run(CancellationToken.None, ["plan-memory", run.RecipeFile, .. more]);
        Assert.NotEqual(0, exitCode);
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }
}

using System.Text.Json;
using Weft.Training;

namespace Weft.Cli.Train.Tests;

public class LearningRateTests
{
    [Fact]
    public void A_range_test_suggests_a_rate_and_leaves_no_folder()
    {
        using var run = new SmallRun();
        string[] before = [.. Directory.EnumerateFileSystemEntries(run.At("."))];
        (int exitCode, string output, string error) = SmallRun.Run(CancellationToken.None, "train", run.RecipeFile, "--text", run.Text, "--find-learning-rate", "--json");
        Assert.True(exitCode == 0, error);
        using JsonDocument json = JsonDocument.Parse(output);
        Assert.Equal(["suggested", "steepest", "diverged", "points"], json.RootElement.EnumerateObject().Select(property => property.Name));
        Assert.InRange(json.RootElement.GetProperty("suggested").GetDouble(), 1e-5, 1);
        Assert.True(json.RootElement.GetProperty("points").GetArrayLength() > 20);
        Assert.Contains("[4/4] Range test", error, StringComparison.Ordinal);
        Assert.Equal(before, Directory.EnumerateFileSystemEntries(run.At(".")));
    }

    [Theory]
    [InlineData("--resume")]
    [InlineData("--out", "somewhere")]
    public void A_run_s_folder_is_refused(params string[] more)
    {
        using var run = new SmallRun();
        (int exitCode, _, string error) = SmallRun.Run(CancellationToken.None, ["train", run.RecipeFile, "--find-learning-rate", .. more]);
        Assert.Equal(2, exitCode);
        Assert.Contains("--find-learning-rate starts no run", error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_table_has_a_row_for_each_few_steps_and_says_what_to_try()
    {
        RangePoint[] points = [.. Enumerable.Range(0, 45).Select(i => new RangePoint(1e-5 * Math.Pow(1.3, i), i < 44 ? 4 - (0.05 * i) : double.NaN))];
        var output = new StringWriter();
        LearningRateTable.Write(new(points, 2e-3, 0.05), output);
        string[] lines = output.ToString().Split('\n');
        Assert.Equal(1 + 15 + 1 + 2 + 1, lines.Length); // three steps a row
        Assert.Equal("   1.7e-5    3.950  ########################################", lines[1].TrimEnd('\r'));
        Assert.Equal("    1.0e0      NaN", lines[15].TrimEnd('\r'));
        Assert.Contains("runs away at 5.0e-2", lines[17], StringComparison.Ordinal);
        Assert.Contains("falls fastest at 2.0e-3; try training.learning-rate: 2.0e-3", lines[18], StringComparison.Ordinal);
    }

    [Fact]
    public void A_loss_that_never_falls_is_said_plainly()
    {
        var output = new StringWriter();
        LearningRateTable.Write(new([new(1e-3, 2), new(1e-2, 3)], null, null), output);
        Assert.Contains("does not run away up to 1.0e-2", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("no rate can be suggested", output.ToString(), StringComparison.Ordinal);
    }
}

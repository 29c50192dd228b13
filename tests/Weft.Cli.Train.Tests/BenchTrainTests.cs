using System.Globalization;

namespace Weft.Cli.Train.Tests;

public class BenchTrainTests
{
    /// <summary>The race itself takes a minute; one contestant shows that each gives a speed and its memory.</summary>
    [Theory]
    [InlineData("products")]
    [InlineData("packed")]
    public void A_contestant_prints_its_speed_and_its_memory(string name)
    {
        (int exitCode, string output, string error) = SmallRun.Run(TestContext.Current.CancellationToken, "bench-train", "--contestant", name, "--vocab", "64", "--threads", "1");
        Assert.True(exitCode == 0, error);
        string[] words = output.Trim().Split(' ');
        Assert.Equal(2, words.Length);
        Assert.True(double.Parse(words[0], CultureInfo.InvariantCulture) > 0);
        Assert.True(long.Parse(words[1], CultureInfo.InvariantCulture) > 1 << 20);
    }

    [Theory]
    [InlineData("--vocab is '1'; use whole numbers from 2", "--vocab", "1")]
    [InlineData("--contestant is 'nobody'; use trainer, baseline", "--contestant", "nobody")]
    public void What_cannot_be_measured_is_refused_by_name(string expected, params string[] options)
    {
        (int exitCode, _, string error) = SmallRun.Run(TestContext.Current.CancellationToken, ["bench-train", .. options]);
        Assert.Equal(2, exitCode);
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }
}

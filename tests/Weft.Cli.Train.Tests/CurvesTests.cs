using System.Globalization;
using System.Text.Json;
using System.Xml.Linq;

namespace Weft.Cli.Train.Tests;

/// <summary><c>weft curves</c> on records written here.</summary>
public sealed class CurvesTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("weft-curves");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Runs_of_different_steps_are_drawn_in_one_picture_with_their_names()
    {
        string first = Directory.CreateDirectory(At("a & b")).FullName;
        File.WriteAllLines(Path.Combine(first, "metrics.jsonl"),
            ["{\"step\":1,\"loss\":4}", "{\"step\":2,\"loss\":3.5,\"validation_loss\":3.25}", "{\"step\":4,\"validation_loss\":3}", "{\"step\":4,\"validation_loss\":2.75}"]);
        File.WriteAllText(At("other.jsonl"), "{\"step\":3,\"validation_loss\":2.5}\n\n{\"step\":6,\"validation_loss\":2.625}\n");
        (int exitCode, string output, string error) = SmallRun.Run(CancellationToken.None, "curves", first, At("other.jsonl"), "--out", At("p.svg"), "--json");
        Assert.True(exitCode == 0, error);
        JsonElement[] curves = [.. JsonDocument.Parse(output).RootElement.GetProperty("curves").EnumerateArray()];
        Assert.Equal(["a & b", "other"], curves.Select(curve => curve.GetProperty("name").GetString()));
        // The second record of step 4 is the one that counts.
        Assert.Equal([2.75, 2.5], curves.Select(curve => curve.GetProperty("lowest").GetDouble()));
        Assert.Equal([4, 3], curves.Select(curve => curve.GetProperty("lowest_step").GetInt32()));
        Assert.Equal([2.75, 2.625], curves.Select(curve => curve.GetProperty("last").GetDouble()));

        XElement picture = XElement.Load(At("p.svg"));
        XNamespace svg = "http://www.w3.org/2000/svg";
        Assert.Equal(["a & b", "other"], picture.Elements(svg + "text").Select(text => text.Value));
        // Two values each: a line that bridges the steps between, and a marker for each.
        Assert.Equal([2, 2], picture.Descendants(svg + "g").Where(g => g.Attribute("class")!.Value.StartsWith("marks", StringComparison.Ordinal)).Select(g => g.Elements().Count()));
        double[][] heights = [.. picture.Descendants(svg + "g").Where(g => g.Attribute("class")!.Value.StartsWith("marks", StringComparison.Ordinal))
            .Select(g => g.Elements().Select(circle => double.Parse(circle.Attribute("cy")!.Value, CultureInfo.InvariantCulture)).ToArray())];
        Assert.True(heights[0][0] < heights[0][1] && heights[0][1] < heights[1][1] && heights[1][1] < heights[1][0], "3.25, 2.75, 2.625 and 2.5 lie from top to bottom");
    }

    [Theory]
    [InlineData("no.jsonl' does not exist", null)]
    [InlineData("line 2, is no JSON object", "{\"step\":1,\"validation_loss\":2}\n{\"step\":")]
    [InlineData("line 1, is no JSON object", "[1]")]
    [InlineData("no number 'validation_loss' beside a step; it has loss, step", "{\"step\":1,\"loss\":2,\"validation_loss\":null}")]
    public void Files_that_cannot_be_drawn_are_named_and_nothing_is_written(string expected, string? content)
    {
        if (content is not null)
            File.WriteAllText(At("no.jsonl"), content);
        (int exitCode, _, string error) = SmallRun.Run(CancellationToken.None, "curves", At("no.jsonl"), "--out", At("p.svg"));
        Assert.Equal(1, exitCode);
        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.False(File.Exists(At("p.svg")));
    }

    private string At(string name) => Path.Combine(_folder.FullName, name);
}

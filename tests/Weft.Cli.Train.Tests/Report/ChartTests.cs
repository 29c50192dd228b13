using System.Globalization;
using System.Text.RegularExpressions;

using Weft.Cli.Train.Report;

namespace Weft.Cli.Train.Tests.Report;

public sealed class ChartTests
{
    [Fact]
    public void Ticks_are_round_and_inside()
    {
        Assert.Equal([0, 500, 1000, 1500, 2000], new Axis(0, 2000).Ticks(5));
        Assert.Equal([3, 4, 5, 6, 7, 8], new Axis(2.7, 8.4).Ticks(6));
        Assert.Equal([1, 10, 100, 1000], new Axis(1, 2000, Logarithmic: true).Ticks(5));
        Assert.Equal([1, 2, 5, 10], new Axis(1, 12, Logarithmic: true).Ticks(5));
    }

    [Fact]
    public void Axis_needs_a_finite_value()
    {
        Assert.Null(Axis.Around([double.NaN, double.PositiveInfinity], fromZero: false));
        Axis single = Axis.Around([5], fromZero: false)!;
        Assert.InRange(single.Position(5), 0.49, 0.51);
    }

    [Fact]
    public void Smoothing_keeps_a_straight_line_and_skips_gaps()
    {
        double[] line = [.. Enumerable.Range(0, 500).Select(i => 2.0 * i)];
        double[] smooth = Smoothing.Smooth(line);
        Assert.Equal(line[250], smooth[250], 1e-9);
        line[250] = double.NaN;
        Assert.Equal(500, Smoothing.Smooth(line)[250], 1e-9);
        Assert.Equal([double.NaN], Smoothing.Smooth([double.NaN]));
    }

    [Fact]
    public void Points_stay_inside_the_plot()
    {
        double[] steps = [.. Enumerable.Range(1, 5000).Select(i => (double)i)];
        var random = new Random(2);
        var chart = new LineChart
        {
            Id = "c",
            Title = "Loss",
            Unit = "nats",
            Steps = steps,
            Curves = [new("loss", "Loss", "raw", [.. steps.Select(_ => random.NextDouble())])],
        };
        var page = new Markup();
        chart.WriteTo(page);
        string path = Regex.Match(page.ToString(), " d=\"([^\"]*)\"").Groups[1].Value;
        double[][] points =
        [
            .. path.Split('M', 'L').Skip(1).Select(p => p.Split(' ').Select(n => double.Parse(n, CultureInfo.InvariantCulture)).ToArray()),
        ];
        Assert.InRange(points.Length, 900, 2 * chart.Width);
        Assert.All(points, point =>
        {
            Assert.InRange(point[0], 0, chart.Width);
            Assert.InRange(point[1], 0, chart.Height);
        });
    }

    [Theory]
    [InlineData(" the", "·the")]
    [InlineData("\n\t", "↵⇥")]
    [InlineData("abcdefghijklmnop", "abcdefghijkl…")]
    public void Token_labels_show_white_space(string token, string label) => Assert.Equal(label, HeatMap.Label(token));

    [Theory]
    [InlineData(3e-5, "3e-5")]
    [InlineData(0.0005, "0.0005")]
    [InlineData(8.125, "8.12")]
    [InlineData(18_200, "18,200")]
    [InlineData(double.NaN, "–")]
    public void Short_numbers(double value, string expected) => Assert.Equal(expected, Figures.Short(value));
}

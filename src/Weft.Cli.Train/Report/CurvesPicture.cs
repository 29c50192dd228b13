using System.Collections.Immutable;

namespace Weft.Cli.Train.Report;

/// <summary>One value of one run over its steps.</summary>
/// <param name="Name">For the legend.</param>
/// <param name="Points">Step and value, by step.</param>
internal sealed record RecordedCurve(string Name, IReadOnlyList<(double Step, double Value)> Points)
{
    /// <summary>More values are a line without markers, smoothed.</summary>
    private const int MostMarked = 200;

    /// <summary>Whether each value gets a marker.</summary>
    public bool IsSparse => Points.Count <= MostMarked;
}

/// <summary>Curves of several runs in one SVG file that needs nothing else.</summary>
internal static class CurvesPicture
{
    private const int Width = 960, Height = 400;

    /// <summary>Colours that readers with any colour vision tell apart (Okabe and Ito, "Color Universal Design").</summary>
    private static readonly ImmutableArray<string> Colours = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000"];

    /// <summary>Most runs of a picture: each has a colour of its own.</summary>
    public static int MostCurves => Colours.Length;

    /// <summary>Draws them.</summary>
    /// <param name="value">What is drawn, for the vertical axis.</param>
    /// <param name="curves">At least one, each with a value.</param>
    public static string ToSvg(string value, IReadOnlyList<RecordedCurve> curves)
    {
        double[] steps = [.. curves.SelectMany(curve => curve.Points).Select(point => point.Step).Distinct().Order()];
        var chart = new LineChart
        {
            Id = "curves",
            Title = value,
            Unit = value,
            Steps = steps,
            Curves = [.. curves.Select((curve, i) => new Curve($"c{i}", curve.Name, $"c{i}", Aligned(curve, steps)) { Sparse = curve.IsSparse })],
            Width = Width,
            Height = Height,
        };
        var page = new Markup();
        page.Add($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" width=\"{Width}\" height=\"{Height}\">");
        WriteStyle(page, curves.Count);
        page.AddLiteral("<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>");
        chart.WriteTo(page);
        WriteLegend(page, curves);
        page.AddLiteral("</svg>\n");
        return page.ToString();
    }

    private static double[] Aligned(RecordedCurve curve, double[] steps)
    {
        double[] values = [.. curve.Points.Select(point => point.Value)];
        if (!curve.IsSparse)
            values = Smoothing.Smooth(values);
        double[] aligned = new double[steps.Length];
        Array.Fill(aligned, double.NaN);
        for (int i = 0; i < values.Length; i++)
            aligned[Array.BinarySearch(steps, curve.Points[i].Step)] = values[i];
        return aligned;
    }

    private static void WriteStyle(Markup page, int curves)
    {
        page.AddLiteral("<style>text { font: 12px sans-serif; fill: #555 } .grid { stroke: #ddd } .base { stroke: #888 } .cross { display: none } .curve { fill: none; stroke-width: 1.6; stroke-linejoin: round } .marks circle { fill: #fff; stroke-width: 1.4 }");
        for (int i = 0; i < curves; i++)
            page.Add($" .curve.c{i}, .marks.c{i} circle {{ stroke: {Colours[i]} }}");
        page.AddLiteral("</style>");
    }

    private static void WriteLegend(Markup page, IReadOnlyList<RecordedCurve> curves)
    {
        const int LineHeight = 18, First = 44, Right = Width - 30;
        for (int i = 0; i < curves.Count; i++)
        {
            page.Add($"<line x1=\"{Right - 20}\" x2=\"{Right}\" y1=\"{First + (LineHeight * i) - 4}\" y2=\"{First + (LineHeight * i) - 4}\" class=\"curve c{i}\"/>");
            page.Add($"<text x=\"{Right - 26}\" y=\"{First + (LineHeight * i)}\" text-anchor=\"end\">{curves[i].Name}</text>");
        }
    }
}

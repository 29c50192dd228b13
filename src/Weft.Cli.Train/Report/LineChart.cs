using System.Globalization;
using System.Text;

namespace Weft.Cli.Train.Report;

/// <summary>One line of a chart.</summary>
/// <param name="Key">Its name in the page's data, where the pointer's read-out finds it.</param>
/// <param name="Name">Its name for readers.</param>
/// <param name="Style">CSS class.</param>
/// <param name="Values">One a step; NaN leaves a gap.</param>
internal sealed record Curve(string Key, string Name, string Style, IReadOnlyList<double> Values)
{
    /// <summary>Few values between many gaps: gaps are bridged and each value gets a marker.</summary>
    public bool Sparse { get; init; }
}

/// <summary>Lines over training steps, as inline SVG.</summary>
internal sealed record LineChart
{
    private const double Left = 52;
    private const double Right = 14;
    private const double Top = 24;
    private const double Bottom = 42;

    public required string Id { get; init; }

    public required string Title { get; init; }

    /// <summary>Written above the vertical axis.</summary>
    public required string Unit { get; init; }

    /// <summary>Steps, ascending and positive.</summary>
    public required IReadOnlyList<double> Steps { get; init; }

    public required IReadOnlyList<Curve> Curves { get; init; }

    public int Width { get; init; } = 960;

    public int Height { get; init; } = 340;

    public bool LogarithmicSteps { get; init; }

    public bool FromZero { get; init; }

    /// <summary>CSS class of the whole chart.</summary>
    public string Style { get; init; } = "";

    private double PlotWidth => Width - Left - Right;

    private double PlotHeight => Height - Top - Bottom;

    public void WriteTo(Markup page)
    {
        Axis? vertical = Axis.Around(Curves.SelectMany(curve => curve.Values), FromZero);
        if (vertical is null || Steps.Count == 0)
        {
            page.Add($"<p class=\"empty\">{Title}: nothing was recorded.</p>");
            return;
        }
        double last = Steps[^1];
        Axis horizontal = LogarithmicSteps
            ? new(Math.Max(Steps[0], 1), Math.Max(last, Steps[0] + 1), Logarithmic: true)
            : new(Math.Min(Steps[0], 1) - 1, Math.Max(last, 1));
        page.Add($"<svg class=\"chart {Style}\" viewBox=\"0 0 {Width} {Height}\" role=\"img\" tabindex=\"0\" ");
        page.Add($"aria-labelledby=\"{Id}-title {Id}-desc\" data-left=\"{Left}\" data-right=\"{Width - Right}\" data-top=\"{Top}\" ");
        page.Add($"data-bottom=\"{Height - Bottom}\" data-min=\"{horizontal.Minimum}\" data-max=\"{horizontal.Maximum}\" ");
        page.Add($"data-log=\"{(LogarithmicSteps ? "1" : "0")}\" data-keys=\"{string.Join(',', Curves.Select(curve => curve.Key))}\" ");
        page.Add($"data-names=\"{string.Join('|', Curves.Select(curve => curve.Name))}\" data-title=\"{Title}\">");
        page.Add($"<title id=\"{Id}-title\">{Title}</title><desc id=\"{Id}-desc\">{Describe()}</desc>");
        WriteAxes(page, horizontal, vertical);
        foreach (Curve curve in Curves)
            WriteCurve(page, curve, horizontal, vertical);
        page.AddLiteral("<line class=\"cross\" visibility=\"hidden\"/></svg>");
    }

    private void WriteAxes(Markup page, Axis horizontal, Axis vertical)
    {
        double right = Width - Right;
        double bottom = Height - Bottom;
        page.AddLiteral("<g class=\"axes\">");
        foreach (double tick in vertical.Ticks((int)(PlotHeight / 34)))
        {
            double y = Y(vertical, tick);
            page.Add($"<line class=\"grid\" x1=\"{Left}\" x2=\"{right}\" y1=\"{y:0.#}\" y2=\"{y:0.#}\"/>");
            page.Add($"<text x=\"{Left - 8}\" y=\"{y + 4:0.#}\" text-anchor=\"end\">{Figures.Short(tick)}</text>");
        }
        page.Add($"<line class=\"base\" x1=\"{Left}\" x2=\"{right}\" y1=\"{bottom}\" y2=\"{bottom}\"/>");
        foreach (double tick in horizontal.Ticks((int)(PlotWidth / 72)))
        {
            double x = X(horizontal, tick);
            // A label at the very edge would be cut off when centred on its tick.
            string anchor = x > right - 18 ? "end" : "middle";
            page.Add($"<line class=\"base\" x1=\"{x:0.#}\" x2=\"{x:0.#}\" y1=\"{bottom}\" y2=\"{bottom + 4}\"/>");
            page.Add($"<text x=\"{x:0.#}\" y=\"{bottom + 18}\" text-anchor=\"{anchor}\">{Figures.Compact(tick)}</text>");
        }
        page.Add($"<text class=\"unit\" x=\"0\" y=\"14\">{Unit}</text>");
        string scale = LogarithmicSteps ? "step, logarithmic" : "step";
        page.Add($"<text class=\"unit\" x=\"{right}\" y=\"{bottom + 36}\" text-anchor=\"end\">{scale}</text></g>");
    }

    private void WriteCurve(Markup page, Curve curve, Axis horizontal, Axis vertical)
    {
        var points = new List<(double X, double Y)>();
        for (int i = 0; i < Math.Min(Steps.Count, curve.Values.Count); i++)
        {
            if (double.IsFinite(curve.Values[i]))
                points.Add((X(horizontal, Steps[i]), Y(vertical, curve.Values[i])));
            else if (!curve.Sparse)
                points.Add((X(horizontal, Steps[i]), double.NaN));
        }
        page.Add($"<path class=\"curve {curve.Style}\" d=\"{Path(curve.Sparse ? points : Thin(points))}\"/>");
        if (!curve.Sparse)
            return;
        page.Add($"<g class=\"marks {curve.Style}\">");
        foreach ((double x, double y) in Spread(points))
            page.Add($"<circle cx=\"{x:0.#}\" cy=\"{y:0.#}\" r=\"3.2\"/>");
        page.AddLiteral("</g>");
    }

    private double X(Axis axis, double step) => Left + (axis.Position(step) * PlotWidth);

    private double Y(Axis axis, double value) => Top + ((1 - axis.Position(value)) * PlotHeight);

    /// <summary>At most two points a pixel column, its lowest and its highest: looks the same, takes a fraction of the space.</summary>
    private static IEnumerable<(double X, double Y)> Thin(List<(double X, double Y)> points)
    {
        foreach (IGrouping<int, (double X, double Y)> column in points.GroupBy(point => (int)point.X))
        {
            (double X, double Y)[] finite = [.. column.Where(point => !double.IsNaN(point.Y))];
            if (finite.Length < 3)
            {
                foreach ((double X, double Y) point in column)
                    yield return point;
                continue;
            }
            (double X, double Y) low = finite.MinBy(point => point.Y);
            (double X, double Y) high = finite.MaxBy(point => point.Y);
            yield return low.X <= high.X ? low : high;
            yield return low.X <= high.X ? high : low;
        }
    }

    /// <summary>Leaves out markers that would overlap the one before.</summary>
    private static IEnumerable<(double X, double Y)> Spread(List<(double X, double Y)> points)
    {
        double last = double.NegativeInfinity;
        foreach ((double X, double Y) point in points.Where(point => point.X - last >= 7))
        {
            last = point.X;
            yield return point;
        }
    }

    private static string Path(IEnumerable<(double X, double Y)> points)
    {
        var path = new StringBuilder();
        bool pen = false;
        foreach ((double x, double y) in points)
        {
            if (!double.IsNaN(y))
                path.Append(CultureInfo.InvariantCulture, $"{(pen ? 'L' : 'M')}{x:0.#} {y:0.#}");
            pen = !double.IsNaN(y);
        }
        return path.ToString();
    }

    private string Describe() => string.Join(" ", Curves.Select(curve =>
    {
        double[] finite = [.. curve.Values.Where(double.IsFinite)];
        return finite.Length == 0
            ? $"{curve.Name}: no values."
            : $"{curve.Name}: from {Figures.Short(finite[0])} to {Figures.Short(finite[^1])}, lowest {Figures.Short(finite.Min())}, "
                + $"highest {Figures.Short(finite.Max())}.";
    }));
}

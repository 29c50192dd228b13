namespace Weft.Cli.Train.Report;

/// <summary>Maps values to [0, 1] along one edge of a chart.</summary>
internal sealed record Axis(double Minimum, double Maximum, bool Logarithmic = false)
{
    /// <summary>Room left above and below the curves, as a part of their range.</summary>
    private const double Padding = 0.05;

    /// <summary>An axis that holds all finite values with some room; null where there are none.</summary>
    public static Axis? Around(IEnumerable<double> values, bool fromZero)
    {
        double minimum = double.PositiveInfinity;
        double maximum = double.NegativeInfinity;
        foreach (double value in values.Where(double.IsFinite))
        {
            minimum = Math.Min(minimum, value);
            maximum = Math.Max(maximum, value);
        }
        if (minimum > maximum)
            return null;
        if (fromZero && minimum > 0)
            minimum = 0;
        double room = maximum > minimum ? (maximum - minimum) * Padding : Math.Max(Math.Abs(maximum) * Padding, 1e-9);
        return new(minimum == 0 ? 0 : minimum - room, maximum + room);
    }

    public double Position(double value) => Logarithmic
        ? Math.Log(value / Minimum) / Math.Log(Maximum / Minimum)
        : (value - Minimum) / (Maximum - Minimum);

    /// <summary>Round values inside the axis, at most about <paramref name="count"/> of them.</summary>
    public IReadOnlyList<double> Ticks(int count) => Logarithmic ? LogarithmicTicks(count) : LinearTicks(count);

    private List<double> LinearTicks(int count)
    {
        double rough = (Maximum - Minimum) / count;
        double unit = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        double step = unit * (rough / unit) switch { <= 1 => 1, <= 2 => 2, <= 2.5 => 2.5, <= 5 => 5, _ => 10 };
        var ticks = new List<double>();
        for (double i = Math.Ceiling(Minimum / step); i * step <= Maximum; i++)
            ticks.Add(i == 0 ? 0 : i * step);
        return ticks;
    }

    private List<double> LogarithmicTicks(int count)
    {
        List<double> Multiples(params double[] mantissas)
        {
            var ticks = new List<double>();
            for (double decade = Math.Pow(10, Math.Floor(Math.Log10(Minimum))); decade <= Maximum; decade *= 10)
                ticks.AddRange(mantissas.Select(m => m * decade).Where(tick => tick >= Minimum && tick <= Maximum));
            return ticks;
        }

        List<double> fine = Multiples(1, 2, 5);
        return fine.Count <= count ? fine : Multiples(1);
    }
}

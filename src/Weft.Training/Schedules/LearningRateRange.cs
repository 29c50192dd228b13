namespace Weft.Training;

/// <summary>One step of a range test.</summary>
/// <param name="Rate">Its learning rate.</param>
/// <param name="Loss">Mean loss before its update, in nats a target; not a number where the step overflowed.</param>
public sealed record RangePoint(double Rate, double Loss);

/// <summary>What a range test found: how the loss moves while the rate rises exponentially.</summary>
/// <param name="Points">One a step, in order.</param>
/// <param name="Steepest">The rate at which the loss falls fastest; null where it never falls.</param>
/// <param name="Diverged">The rate of the last step where the loss ran away; null where it did not.</param>
public sealed record LearningRateRange(IReadOnlyList<RangePoint> Points, double? Steepest, double? Diverged)
{
    /// <summary>Share of the points whose slope is taken together.</summary>
    private const int WindowsPerRange = 8;

    private const int FewestPoints = 5;

    /// <summary>A run far below the rate at which it would break: the usual margin.</summary>
    private const double Margin = 10;

    /// <summary>A highest rate to try: where the loss falls fastest, but no more than a tenth of where it runs away; null where it never falls.</summary>
    public double? Suggested => Steepest is { } steepest ? Math.Min(steepest, (Diverged ?? double.PositiveInfinity) / Margin) : null;

    /// <summary>Finds the steepest place of a list of points.</summary>
    /// <param name="points">Of rising rates.</param>
    /// <param name="diverged">The last loss ran away.</param>
    internal static LearningRateRange Of(IReadOnlyList<RangePoint> points, bool diverged)
    {
        int width = Math.Max(FewestPoints, points.Count / WindowsPerRange);
        double lowest = 0;
        double? steepest = null;
        for (int first = 0; first + width <= points.Count; first++)
        {
            RangePoint[] window = [.. points.Skip(first).Take(width)];
            double slope = Slope(window);
            if (slope < lowest)
                (lowest, steepest) = (slope, Math.Sqrt(window[0].Rate * window[^1].Rate));
        }
        return new(points, steepest, diverged ? points[^1].Rate : null);
    }

    /// <summary>Least squares of losses over logarithms of rates; a window with a loss that is no number has none.</summary>
    private static double Slope(RangePoint[] points)
    {
        double middle = points.Average(point => Math.Log(point.Rate)), mean = points.Average(point => point.Loss);
        return points.Sum(point => (Math.Log(point.Rate) - middle) * (point.Loss - mean)) / points.Sum(point => Math.Pow(Math.Log(point.Rate) - middle, 2));
    }
}

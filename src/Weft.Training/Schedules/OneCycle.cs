namespace Weft.Training;

/// <summary>
/// Learning rate up and down again in one cycle (Smith and Topin 2017, arXiv:1708.07120), with torch's numbers: from a low rate to the highest,
/// then to next to nothing. The optimizer's momentum stays as it is.
/// </summary>
/// <param name="Peak">Highest rate.</param>
/// <param name="Steps">Length of the run.</param>
public sealed record OneCycle(double Peak, int Steps) : LearningRateSchedule(Peak)
{
    /// <summary>Share of the steps on the way up.</summary>
    public double Rise { get; init; } = 0.3;

    /// <summary>The highest rate over the first one.</summary>
    public double StartDivisor { get; init; } = 25;

    /// <summary>The first rate over the last one.</summary>
    public double EndDivisor { get; init; } = 1e4;

    /// <summary>Both ways are straight lines instead of half cosines.</summary>
    public bool Linear { get; init; }

    /// <inheritdoc/>
    public override double At(int index)
    {
        double first = Peak / StartDivisor, last = first / EndDivisor;
        // Torch's steps of the turn and of the end, the first of which need not be whole.
        double top = Math.Max(0, (Rise * Steps) - 1), down = Steps - 1 - top;
        index = Math.Min(index, Steps - 1);
        if (index < top)
            return Between(first, Peak, index / top);
        return down > 0 ? Between(Peak, last, (index - top) / down) : Peak;
    }

    private double Between(double from, double to, double progress)
    {
        double share = Linear ? progress : (1 - Math.Cos(Math.PI * progress)) / 2;
        return from + ((to - from) * share);
    }
}

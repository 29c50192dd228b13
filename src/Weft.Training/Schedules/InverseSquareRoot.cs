namespace Weft.Training;

/// <summary>
/// Learning rate of the original Transformer (Vaswani et al. 2017, arXiv:1706.03762, section 5.3): linear from zero over the warm-up, then
/// down with the root of the steps. It needs no length of the run.
/// </summary>
/// <param name="Peak">Highest rate, that of the last step of the warm-up.</param>
/// <param name="WarmupSteps">Length of the linear part; less than one counts as one.</param>
public sealed record InverseSquareRoot(double Peak, int WarmupSteps) : LearningRateSchedule(Peak)
{
    /// <summary>The paper's rates: width^-0.5 · min(step^-0.5, step · warm-up^-1.5), with steps from 1.</summary>
    /// <param name="width">Hidden size.</param>
    /// <param name="warmupSteps">Length of the linear part.</param>
    /// <param name="factor">Multiplies all rates.</param>
    public static InverseSquareRoot OfWidth(int width, int warmupSteps, double factor = 1) =>
        new(factor / Math.Sqrt((double)width * Math.Max(1, warmupSteps)), warmupSteps);

    /// <inheritdoc/>
    public override double At(int index)
    {
        double steps = index + 1.0, warmup = Math.Max(1, WarmupSteps);
        return Peak * Math.Min(steps / warmup, Math.Sqrt(warmup / steps));
    }
}

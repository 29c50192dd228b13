namespace Weft.Training;

/// <summary>
/// Learning rate: linear from zero over the warm-up, then half a cosine down to the final rate (Loshchilov and Hutter 2016,
/// arXiv:1608.03983, without restarts).
/// </summary>
/// <param name="Peak">Highest rate, reached at the end of the warm-up.</param>
/// <param name="Final">Rate of the last step.</param>
/// <param name="WarmupSteps">Length of the linear part.</param>
/// <param name="Steps">Length of the run.</param>
public sealed record WarmupCosine(double Peak, double Final, int WarmupSteps, int Steps) : LearningRateSchedule(Peak)
{
    /// <inheritdoc/>
    public override double At(int index)
    {
        if (index < WarmupSteps)
            return WarmUp(index, WarmupSteps);
        if (index >= Steps)
            return Final;
        double progress = (index - WarmupSteps) / (double)Math.Max(1, Steps - WarmupSteps);
        return Final + (0.5 * (1 + Math.Cos(Math.PI * progress)) * (Peak - Final));
    }
}

namespace Weft.Training;

/// <summary>Learning rate: linear from zero over the warm-up, then constant.</summary>
/// <param name="Peak">The rate after the warm-up.</param>
/// <param name="WarmupSteps">Length of the linear part.</param>
public sealed record WarmupConstant(double Peak, int WarmupSteps) : LearningRateSchedule(Peak)
{
    /// <inheritdoc/>
    public override double At(int index) => index < WarmupSteps ? WarmUp(index, WarmupSteps) : Peak;
}

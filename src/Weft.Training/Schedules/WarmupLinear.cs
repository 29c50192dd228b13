namespace Weft.Training;

/// <summary>Learning rate: linear from zero over the warm-up, then linear down to the final rate, as BERT was trained.</summary>
/// <param name="Peak">Highest rate, reached at the end of the warm-up.</param>
/// <param name="Final">Rate at the end.</param>
/// <param name="WarmupSteps">Length of the way up.</param>
/// <param name="Steps">Length of the run.</param>
public sealed record WarmupLinear(double Peak, double Final, int WarmupSteps, int Steps) : LearningRateSchedule(Peak)
{
    /// <inheritdoc/>
    public override double At(int index) =>
        index < WarmupSteps ? WarmUp(index, WarmupSteps) : Peak + ((Final - Peak) * Progress(index, WarmupSteps, Steps));
}

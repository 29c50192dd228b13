namespace Weft.Training;

/// <summary>
/// Learning rate: linear from zero over the warm-up, constant, then down to the final rate over the last steps (Hu et al. 2024,
/// arXiv:2404.06395; Hägele et al. 2024, arXiv:2405.18392). A run is made longer by going on from before its decay.
/// </summary>
/// <param name="Peak">The constant rate.</param>
/// <param name="Final">Rate at the end.</param>
/// <param name="WarmupSteps">Length of the linear part.</param>
/// <param name="Steps">Length of the run.</param>
public sealed record WarmupStableDecay(double Peak, double Final, int WarmupSteps, int Steps) : LearningRateSchedule(Peak)
{
    /// <summary>Steps of the way down, the last ones of the run.</summary>
    public required int DecaySteps { get; init; }

    /// <summary>The way down.</summary>
    public DecayShape Shape { get; init; } = DecayShape.OneMinusSqrt;

    /// <inheritdoc/>
    public override double At(int index)
    {
        int stable = Math.Max(WarmupSteps, Steps - DecaySteps);
        if (index < WarmupSteps)
            return WarmUp(index, WarmupSteps);
        if (index < stable)
            return Peak;
        double progress = Progress(index, stable, Steps);
        return Final + ((Peak - Final) * (1 - (Shape == DecayShape.OneMinusSqrt ? Math.Sqrt(progress) : progress)));
    }
}

/// <summary>How a rate falls over its last steps.</summary>
public enum DecayShape
{
    /// <summary>By one minus the root of the progress: at once, then slowly.</summary>
    OneMinusSqrt,

    /// <summary>By the same amount each step.</summary>
    Linear,
}

namespace Weft.Training;

/// <summary>Where a run stands after one step.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="Steps">Steps of the whole run.</param>
/// <param name="Tokens">Tokens seen.</param>
/// <param name="Loss">Mean loss of the step, in nats per token.</param>
/// <param name="ValidationLoss">Mean validation loss, where this step was validated.</param>
/// <param name="LearningRate">Rate of the step.</param>
/// <param name="GradientNorm">Norm of all gradients before clipping.</param>
/// <param name="TokensPerSecond">Speed of training, validation and saving left out.</param>
/// <param name="Elapsed">Time spent, earlier parts of a resumed run included.</param>
/// <param name="Remaining">Estimate of the time to the last step.</param>
public sealed record TrainingSnapshot(
    int Step, int Steps, long Tokens, double Loss, double? ValidationLoss, double LearningRate, double GradientNorm,
    double TokensPerSecond, TimeSpan Elapsed, TimeSpan Remaining)
{
    /// <summary>How well a classifier did at the last validation; null of other models, and before the first.</summary>
    public LabelScores? ValidationScores { get; init; }

    /// <summary>How the pairs of the step were judged before its update; null where the model does not learn from preferences.</summary>
    public PreferenceScores? Preferences { get; init; }

    /// <summary>How those of the last validation were; null where there are none, and before the first.</summary>
    public PreferenceScores? ValidationPreferences { get; init; }

    /// <summary>Batches so far whose update was not made, since training diverged on them.</summary>
    public int Skipped { get; init; }
}

/// <summary>One step as it is kept for reports.</summary>
/// <param name="Step">Steps done, from 1.</param>
/// <param name="Loss">Mean loss, in nats per token.</param>
/// <param name="ValidationLoss">Mean validation loss; NaN where the step was not validated.</param>
/// <param name="LearningRate">Rate of the step.</param>
/// <param name="GradientNorm">Norm before clipping.</param>
/// <param name="Seconds">Duration of the step.</param>
public sealed record TrainingRecord(int Step, double Loss, double ValidationLoss, double LearningRate, double GradientNorm, double Seconds)
{
    /// <summary>Numbers of one record, as it is stored.</summary>
    internal const int Width = 6;

    internal IEnumerable<double> ToNumbers() => [Step, Loss, ValidationLoss, LearningRate, GradientNorm, Seconds];

    internal static TrainingRecord FromNumbers(ReadOnlySpan<double> n) => new((int)n[0], n[1], n[2], n[3], n[4], n[5]);
}

namespace Weft.Training.Logs;

/// <summary>The numbers of one step, as logs keep them.</summary>
public sealed record RunMetrics
{
    /// <summary>Steps done, from 1.</summary>
    public required int Step { get; init; }

    /// <summary>Tokens seen so far.</summary>
    public required long Tokens { get; init; }

    /// <summary>Tokens of this step.</summary>
    public required long StepTokens { get; init; }

    /// <summary>Mean loss, in nats per token.</summary>
    public required double Loss { get; init; }

    /// <summary>Mean validation loss; null where the step was not validated.</summary>
    public double? ValidationLoss { get; init; }

    /// <summary>Share of the validation rows whose labels a classifier has right; null of other models, and where the step was not validated.</summary>
    public double? ValidationAccuracy { get; init; }

    /// <summary>How the pairs of the step were judged; null of models that learn no preferences.</summary>
    public PreferenceScores? Preferences { get; init; }

    /// <summary>How the validation's pairs were; null where the step was not validated, too.</summary>
    public PreferenceScores? ValidationPreferences { get; init; }

    /// <summary>Rate of the step.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Norm of all gradients before clipping.</summary>
    public required double GradientNorm { get; init; }

    /// <summary>Speed of training, validation and saving left out.</summary>
    public required double TokensPerSecond { get; init; }

    /// <summary>Duration of the step, without validation and saving.</summary>
    public required double StepSeconds { get; init; }

    /// <summary>Of that, the time spent waiting for data; null where it was not measured.</summary>
    public double? DataSeconds { get; init; }

    /// <summary>Time spent on the run so far, earlier parts included; null where it was not kept.</summary>
    public double? Seconds { get; init; }

    /// <summary>When the step ended.</summary>
    public required DateTimeOffset Time { get; init; }
}

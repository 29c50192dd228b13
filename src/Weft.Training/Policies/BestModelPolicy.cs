using Weft.Training.Runs.Checkpoints;

namespace Weft.Training;

/// <summary>A number by which evaluations are compared.</summary>
/// <param name="Name">Its name in recipes.</param>
/// <param name="HigherIsBetter">Its direction.</param>
/// <param name="Of">Reads it off an evaluation.</param>
public sealed record Metric(string Name, bool HigherIsBetter, Func<EvaluationResult, double> Of)
{
    /// <summary>Mean loss over the validation split.</summary>
    public static Metric ValidationLoss { get; } = new("validation-loss", HigherIsBetter: false, result => result.Loss);

    /// <summary>Share of the validation rows whose labels a classifier has right, or of the pairs whose chosen answer is rewarded more.</summary>
    public static Metric Accuracy { get; } = new("accuracy", HigherIsBetter: true, result => result.Labels?.Accuracy ?? result.Preferences?.Accuracy ?? double.NaN);

    /// <summary>All that a recipe can name.</summary>
    public static IReadOnlyList<Metric> Known { get; } = [ValidationLoss, Accuracy];

    /// <summary>What is no number is never better.</summary>
    internal bool IsBetter(double value, double than) => HigherIsBetter ? value > than : value < than;
}

/// <summary>Which weights of a run are the best, and when no better ones are to be hoped for.</summary>
/// <param name="Metric">By what.</param>
/// <param name="Patience">The run ends after this many evaluations in a row without improvement (Prechelt 1998, "Early stopping - but when?"); null: never.</param>
public sealed record BestModelPolicy(Metric Metric, int? Patience = null)
{
    /// <summary>The progress after one evaluation more.</summary>
    internal RunProgress Judge(RunProgress progress, EvaluationResult result)
    {
        double value = Metric.Of(result);
        bool better = progress.Best is null ? !double.IsNaN(value) : Metric.IsBetter(value, progress.Best.Value);
        return better ? progress with { Best = new(progress.Step, value), EvaluationsSinceBest = 0 }
            : progress with { EvaluationsSinceBest = progress.EvaluationsSinceBest + 1 };
    }

    /// <summary>It is time to stop.</summary>
    internal bool IsExhausted(RunProgress progress) => progress.EvaluationsSinceBest >= Patience;
}

namespace Weft.Cli.Train.Report;

/// <summary>The run's steps as columns, few enough for a page.</summary>
internal sealed record RunCurves(
    double[] Steps, double[] Loss, double[] SmoothedLoss, double[] ValidationLoss, double[] LearningRate, double[] GradientNorm,
    double[] TokensPerSecond)
{
    /// <summary>Steps kept: twice the pixels of a wide chart, and about 150 kB as text.</summary>
    private const int MaximumSteps = 2400;

    /// <summary>One of so many steps is kept, besides every validated one.</summary>
    public required int KeptEvery { get; init; }

    public static RunCurves Of(IReadOnlyList<StepRecord> steps)
    {
        // Smoothed before thinning, so that the mean is over all steps.
        double[] smooth = Smoothing.Smooth([.. steps.Select(step => step.Loss)]);
        double[] speed = Smoothing.Smooth([.. steps.Select(step => step.TokensPerSecond)]);
        int every = Math.Max(1, (int)Math.Ceiling((double)steps.Count / MaximumSteps));
        bool keepValidated = steps.Count(step => double.IsFinite(step.ValidationLoss)) <= MaximumSteps;
        int[] kept = [.. Enumerable.Range(0, steps.Count).Where(i =>
            i % every == 0 || i == steps.Count - 1 || (keepValidated && double.IsFinite(steps[i].ValidationLoss)))];
        return new(
            Column(step => step.Step), Column(step => step.Loss), [.. kept.Select(i => smooth[i])], Column(step => step.ValidationLoss),
            Column(step => step.LearningRate), Column(step => step.GradientNorm), [.. kept.Select(i => speed[i])])
        {
            KeptEvery = every,
        };

        double[] Column(Func<StepRecord, double> value) => [.. kept.Select(i => value(steps[i]))];
    }
}

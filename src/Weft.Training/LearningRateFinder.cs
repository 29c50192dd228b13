using Weft.Model.Spec;
using Weft.Training.Batches;
using Weft.Training.Modules;

using static TorchSharp.torch;

namespace Weft.Training;

/// <summary>
/// Smith's range test (2015, arXiv:1506.01186): a throw-away model is trained for a few steps while the rate rises exponentially, until the
/// loss runs away. The source's place in the data is put back.
/// </summary>
/// <param name="spec">The model.</param>
/// <param name="plan">Optimizer, batch, clipping and precision; steps and schedule are not used.</param>
/// <param name="batches">Draws the batches; it stays the caller's.</param>
public sealed class LearningRateFinder(ModelSpec spec, TrainingPlan plan, IBatchSource batches)
{
    /// <summary>Share of earlier losses in the smoothed one.</summary>
    private const double Smoothing = 0.9;

    /// <summary>The loss has run away where it is this many times the lowest, and more than at the beginning, both smoothed.</summary>
    private const double Divergence = 1.5;

    /// <summary>The first rate.</summary>
    public double First { get; init; } = 1e-6;

    /// <summary>The last rate, where the loss does not run away before.</summary>
    public double Last { get; init; } = 10;

    /// <summary>Steps from the first to the last.</summary>
    public int Steps { get; init; } = 120;

    /// <summary>Of the model's weights.</summary>
    public long Seed { get; init; }

    /// <summary>Sets the weights that the test begins with; null for those that the seed draws.</summary>
    public Action<TrainableModel>? Begin { get; init; }

    /// <summary>Runs the test.</summary>
    /// <param name="report">Called after each step.</param>
    /// <param name="cancellation">Checked before each step.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public LearningRateRange Run(Action<RangePoint>? report, CancellationToken cancellation)
    {
        Check();
        using var model = new TrainableModel(spec, Seed, plan.FurtherTokens, plan.Device.ToTorch(), plan.Adapter);
        Begin?.Invoke(model);
        using var update = new ModelUpdate(model, plan with { Precision = plan.Precision.Resolve(plan.Device.IsCuda) });
        set_num_threads(plan.Threads);
        string cursor = batches.Cursor;
        long draw = 0;
        try
        {
            return Raise(rate => update.Run(batches.DrawTaught(), draw++, rate, (_, _) => true).Loss, report, cancellation);
        }
        finally
        {
            batches.Cursor = cursor;
        }
    }

    private LearningRateRange Raise(Func<double, double> step, Action<RangePoint>? report, CancellationToken cancellation)
    {
        var points = new List<RangePoint>(Steps);
        double sum = 0, share = 0, begin = double.NaN, lowest = double.PositiveInfinity;
        for (int i = 0; i < Steps; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            double rate = First * Math.Pow(Last / First, i / (double)Math.Max(1, Steps - 1));
            var point = new RangePoint(rate, step(rate));
            points.Add(point);
            report?.Invoke(point);
            if (!double.IsFinite(point.Loss))
                return LearningRateRange.Of(points, diverged: true);
            // Divided by what the weights sum up to, so that the first losses are not drawn towards zero.
            sum = (Smoothing * sum) + ((1 - Smoothing) * point.Loss);
            share = (Smoothing * share) + (1 - Smoothing);
            double smoothed = sum / share;
            begin = i == 0 ? smoothed : begin;
            lowest = Math.Min(lowest, smoothed);
            if (smoothed > Divergence * lowest && smoothed > begin)
                return LearningRateRange.Of(points, diverged: true);
        }
        return LearningRateRange.Of(points, diverged: false);
    }

    private void Check()
    {
        if (!(First > 0 && Last > First && double.IsFinite(Last)))
            throw new ArgumentException($"rates rise from {First} to {Last}; give a first above 0 and a last above it");
        if (Steps < 2)
            throw new ArgumentException($"a range of {Steps} steps shows nothing; give at least 2");
    }
}

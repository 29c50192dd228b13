using Weft.Training.Batches;
using Weft.Training.Modules;
using Weft.Training.Objectives;
using Weft.Training.Optimizers;

using static TorchSharp.torch;

namespace Weft.Training;

/// <summary>One update of a model: gradients of a batch in passes, clipping, the optimizer, the average of the weights.</summary>
internal sealed class ModelUpdate : IDisposable
{
    private readonly TrainableModel _model;
    private readonly TrainingPlan _plan;
    private readonly IOptimizer _optimizer;
    private readonly WeightAverage? _average;
    private readonly LossScaler? _scaler;

    /// <param name="model">Stays the caller's to dispose.</param>
    /// <param name="plan">How; its precision is resolved.</param>
    public ModelUpdate(TrainableModel model, TrainingPlan plan)
    {
        (_model, _plan) = (model, plan);
        model.Checkpoints = plan.CheckpointsActivations;
        _optimizer = plan.Optimizer.Create(model.Parameters);
        _average = plan.Average is { } average ? new(model.Parameters, average) : null;
        _scaler = plan.Precision == Precision.Float16 ? new(new()) : null;
    }

    /// <summary>How the model judged the pairs of the last batch, before the update; null where there are none.</summary>
    public PreferenceScores? Preferences { get; private set; }

    /// <summary>What a checkpoint keeps beside the weights and the number of steps.</summary>
    public IEnumerable<(string Name, Tensor Value)> State => Named("optimizer", _optimizer.State)
        .Concat(Named("average", _average?.State ?? []))
        .Concat(Named("loss_scale", _scaler?.State ?? []));

    /// <summary>Tells how many steps the loaded state has seen.</summary>
    public void SetStep(int step)
    {
        int updates = step - (_scaler?.SkippedSteps ?? 0);
        _optimizer.SetStep(updates);
        _average?.SetStep(updates);
    }

    /// <summary>Puts the average of the weights into the model, where there is one, until the result is disposed.</summary>
    public IDisposable? TakeAverage() => _average?.SwapIn();

    /// <summary>One update, unless <paramref name="accept"/> refuses what it would be made from, or gradients in fp16 overflow.</summary>
    /// <param name="batch">What is learnt from.</param>
    /// <param name="draw">Batches drawn before it, which decides what dropout drops.</param>
    /// <param name="rate">Learning rate.</param>
    /// <param name="accept">Is given the mean loss of a target and the norm of the gradients before clipping; not asked where gradients overflow.</param>
    /// <returns>The same two; the norm is no number where gradients in fp16 overflowed.</returns>
    public (double Loss, double GradientNorm) Run(TrainingBatch batch, long draw, double rate, Func<double, double, bool> accept)
    {
        using var scope = NewDisposeScope();
        // One over all targets of the step: where it is split into passes of unequal lengths, each target still counts the same.
        double weight = 1.0 / batch.LossCount, sum = 0;
        int rows = _plan.WindowsPerPass * batch.RowsPerExample;
        Preferences = null;
        var dropout = Dropout.Of(_plan.Dropout, _plan.Seed, draw, _plan.Adapter?.Dropout ?? 0);
        for (int first = 0; first < batch.Rows; first += rows)
        {
            using var pass = NewDisposeScope();
            TrainingBatch part = batch.Slice(first, Math.Min(rows, batch.Rows - first));
            Dropout? ofPass = dropout is { } whole ? whole with { FirstRow = first } : null;
            double scaled = weight * (_scaler?.Scale ?? 1);
            sum += ForwardBackward(part, scaled, ofPass);
        }
        (double loss, double norm) = (sum * weight, double.NaN);
        if (_scaler?.Unscale(_model.Parameters) != false)
        {
            norm = Gradients.Clip(_model.Parameters, _plan.GradientClip);
            if (accept(loss, norm))
            {
                _optimizer.Step(rate);
                _average?.Update();
            }
        }
        Gradients.Clear(_model.Parameters);
        return (loss, norm);
    }

    /// <summary>The loss of a pass, whose gradients are added to those of the model.</summary>
    private double ForwardBackward(TrainingBatch part, double weight, Dropout? dropout)
    {
        if (_plan.Preference is { } preference)
        {
            (double loss, PreferenceScores scores) = PreferenceLoss.ForwardBackward(_model, part, _plan.Precision, preference, (weight, dropout));
            Preferences = Preferences?.With(scores) ?? scores;
            return loss;
        }
        if (_plan.Labels is { } labels)
            return LabelLoss.ForwardBackward(_model, part, _plan.Precision, weight, labels, dropout, _plan.Teacher);
        return _plan.Teacher is { } teacher
            ? DistilledLoss.ForwardBackward(_model, teacher, part, _plan.Precision, (weight, dropout))
            : TokenLoss.ForwardBackward(_model, part, _plan.Precision, weight, _plan.Loss, dropout);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _optimizer.Dispose();
        _average?.Dispose();
        _scaler?.Dispose();
    }

    private static IEnumerable<(string, Tensor)> Named(string prefix, IEnumerable<(string Name, Tensor Value)> state) =>
        state.Select(pair => ($"{prefix}.{pair.Name}", pair.Value));
}

using System.Diagnostics;

using Weft.Training.Batches;
using Weft.Training.Logs;
using Weft.Training.Modules;
using Weft.Training.Objectives;
using Weft.Training.Optimizers;

using static TorchSharp.torch;

namespace Weft.Training;

/// <summary>
/// The training loop: draw a batch, accumulate gradients, clip, update; once in a while validate and save. Seeded and resumable: a run
/// that was killed and resumed gives the same losses, bit for bit on one machine, as one that was not.
/// </summary>
public sealed class Trainer : IDisposable
{
    /// <summary>Long enough to even out what else the machine does.</summary>
    private static readonly TimeSpan MeasureTime = TimeSpan.FromSeconds(3);

    private readonly TrainableModel _model;
    private readonly IBatchSource _batches;
    private readonly IEvaluationSet _validation;
    private readonly TrainingPlan _plan;
    private readonly IOptimizer _optimizer;
    private readonly TrainingState _state;
    private double _lastSecondsPerStep;

    /// <summary>Makes a trainer; the model and the data stay the caller's to dispose.</summary>
    public Trainer(TrainableModel model, IBatchSource batches, IEvaluationSet validation, TrainingPlan plan)
    {
        _model = model;
        _batches = batches;
        _validation = validation;
        _plan = plan with { Precision = plan.Precision.Resolve() };
        _optimizer = plan.Optimizer.Create(model.Parameters);
        _state = new(model, _optimizer, batches);
        set_num_threads(plan.Threads);
    }

    /// <summary>One record for each step done so far, of earlier parts of a resumed run as well.</summary>
    public IReadOnlyList<TrainingRecord> History => _state.History;

    /// <summary>Time spent, earlier parts of a resumed run included.</summary>
    public TimeSpan Elapsed => _state.Elapsed;

    /// <summary>Goes on from a saved state.</summary>
    /// <exception cref="Model.Checkpoints.CheckpointException">The file is damaged or belongs to another run.</exception>
    public void Resume(string stateFile, string fingerprint) => _state.Load(stateFile, fingerprint);

    /// <summary>Trains to the plan's last step.</summary>
    /// <param name="stateFile">Where the state is saved now and then, at the end, and when the run is cancelled.</param>
    /// <param name="fingerprint">Identifies the run; see <see cref="Resume"/>.</param>
    /// <param name="report">Called after each step.</param>
    /// <param name="cancellation">Ends the run after the step in work; the state is saved.</param>
    /// <returns>True when the last step is done, false when the run was cancelled.</returns>
    /// <exception cref="NotFiniteNumberException">The loss is no longer a number; the last saved state is kept.</exception>
    public bool Run(string stateFile, string fingerprint, Action<TrainingSnapshot>? report, CancellationToken cancellation)
    {
        while (_state.Step < _plan.Steps && !cancellation.IsCancellationRequested)
        {
            long started = Stopwatch.GetTimestamp();
            double rate = _plan.Schedule.At(_state.Step);
            (double loss, double norm) = Step(_model, _optimizer, _plan, _batches.Draw(), rate);
            if (!double.IsFinite(loss) || !double.IsFinite(norm))
                throw new NotFiniteNumberException(
                    $"training diverged at step {_state.Step + 1}: loss {loss}, gradient norm {norm}; lower the learning rate ({_plan.Schedule.Peak})");
            TimeSpan spent = Stopwatch.GetElapsedTime(started);

            // Once in a while: validate.
            bool last = _state.Step + 1 == _plan.Steps;
            double validation = last ? Evaluate(_validation, long.MaxValue, CancellationToken.None).Loss
                : (_state.Step + 1) % _plan.EvaluateEvery == 0 ? Evaluate(_validation, _plan.EvaluationWindows, CancellationToken.None).Loss
                : double.NaN;
            _state.History.Add(new(_state.Step + 1, loss, validation, rate, norm, spent.TotalSeconds));
            _state.Elapsed += Stopwatch.GetElapsedTime(started);

            // Once in a while: save.
            if (last || _state.Step % _plan.SaveEvery == 0)
                _state.Save(stateFile, fingerprint);
            report?.Invoke(Snapshot(spent));
        }
        if (_state.Step == _plan.Steps)
            return true;
        _state.Save(stateFile, fingerprint);
        return false;
    }

    /// <summary>Loss over held-out data.</summary>
    /// <param name="data">The data.</param>
    /// <param name="rows">Most rows to read; fewer than there are come from all over the data.</param>
    /// <param name="cancellation">Checked between batches.</param>
    public EvaluationResult Evaluate(IEvaluationSet data, long rows, CancellationToken cancellation)
    {
        using Activity? activity = TrainingTelemetry.Source.StartActivity("evaluate");
        double sum = 0;
        long targets = 0;
        foreach (TrainingBatch batch in data.Batches(rows, _plan.WindowsPerPass))
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            sum += TokenLoss.Loss(_model, batch, _plan.Precision);
            targets += batch.TargetCount;
        }
        return new(sum, targets, data.Bytes);
    }

    /// <summary>Seconds that one step takes here, measured on throw-away steps that leave no trace in weights, moments or cursor.</summary>
    public static double MeasureStepSeconds(Model.Spec.ModelSpec spec, TrainingPlan plan)
    {
        using var model = new TrainableModel(spec, seed: 0);
        using IOptimizer optimizer = plan.Optimizer.Create(model.Parameters);
        set_num_threads(plan.Threads);
        long[] ids = new long[plan.BatchSize * (plan.ContextLength + 1)];
        for (int i = 0; i < ids.Length; i++)
            ids[i] = i % spec.VocabularySize;
        TrainingBatch batch = CausalWindows.Split(ids, plan.BatchSize, plan.ContextLength);
        Precision precision = plan.Precision.Resolve();
        // TorchScript compiles during the first runs, which do not count.
        const int WarmUp = 3, Fewest = 5;
        var seconds = new List<double>();
        long begin = Stopwatch.GetTimestamp();
        for (int i = -WarmUp; i < Fewest || Stopwatch.GetElapsedTime(begin) < MeasureTime; i++)
        {
            long started = Stopwatch.GetTimestamp();
            Step(model, optimizer, plan with { Precision = precision }, batch, 1e-6);
            if (i >= 0)
                seconds.Add(Stopwatch.GetElapsedTime(started).TotalSeconds);
        }
        seconds.Sort();
        return seconds[seconds.Count / 2];
    }

    /// <inheritdoc/>
    public void Dispose() => _optimizer.Dispose();

    private static (double Loss, double GradientNorm) Step(TrainableModel model, IOptimizer optimizer, TrainingPlan plan, TrainingBatch batch, double rate)
    {
        using var scope = NewDisposeScope();
        // One over all targets of the step: where it is split into passes of unequal lengths, each target still counts the same.
        double weight = 1.0 / batch.TargetCount, sum = 0;
        for (int first = 0; first < batch.Rows; first += plan.WindowsPerPass)
        {
            using var pass = NewDisposeScope();
            sum += TokenLoss.ForwardBackward(model, batch.Slice(first, Math.Min(plan.WindowsPerPass, batch.Rows - first)), plan.Precision, weight);
        }
        double norm = Gradients.Clip(model.Parameters, plan.GradientClip);
        optimizer.Step(rate);
        Gradients.Clear(model.Parameters);
        return (sum * weight, norm);
    }

    private TrainingSnapshot Snapshot(TimeSpan spent)
    {
        // Smoothed, so that one slow step on a busy machine does not make the estimate jump.
        _lastSecondsPerStep = _lastSecondsPerStep == 0 ? spent.TotalSeconds : (0.9 * _lastSecondsPerStep) + (0.1 * spent.TotalSeconds);
        TrainingRecord record = _state.History[^1];
        return new(_state.Step, _plan.Steps, _state.Step * _plan.TokensPerStep, record.Loss,
            double.IsNaN(record.ValidationLoss) ? null : record.ValidationLoss, record.LearningRate, record.GradientNorm,
            _plan.TokensPerStep / _lastSecondsPerStep, _state.Elapsed, TimeSpan.FromSeconds((_plan.Steps - _state.Step) * _lastSecondsPerStep));
    }
}

/// <summary>Loss over a split.</summary>
/// <param name="TotalLoss">Sum over tokens, in nats.</param>
/// <param name="Tokens">Tokens predicted.</param>
/// <param name="Bytes">UTF-8 bytes of the split's text.</param>
public sealed record EvaluationResult(double TotalLoss, long Tokens, long Bytes)
{
    /// <summary>Mean loss, in nats per token.</summary>
    public double Loss => TotalLoss / Tokens;

    /// <summary>e to the mean loss.</summary>
    public double Perplexity => Math.Exp(Loss);

    /// <summary>Bits needed for one byte of the text: comparable between tokenizers. Only for whole splits.</summary>
    public double BitsPerByte => TotalLoss / Math.Log(2) / Bytes;
}

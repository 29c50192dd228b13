using System.Diagnostics;

using Weft.Data;
using Weft.Training.Modules;
using Weft.Training.Objectives;
using Weft.Training.Optimizers;

using static TorchSharp.torch;

namespace Weft.Training;

/// <summary>
/// The training loop: draw windows, accumulate gradients, clip, update; once in a while validate and save. Seeded and resumable: a run
/// that was killed and resumed gives the same losses, bit for bit on one machine, as one that was not.
/// </summary>
public sealed class Trainer : IDisposable
{
    /// <summary>Long enough to even out what else the machine does.</summary>
    private static readonly TimeSpan MeasureTime = TimeSpan.FromSeconds(3);

    private readonly TrainableModel _model;
    private readonly IWindowSampler _sampler;
    private readonly TokenShard _validation;
    private readonly TrainingPlan _plan;
    private readonly AdamW _optimizer;
    private readonly TrainingState _state;
    private double _lastSecondsPerStep;

    /// <summary>Makes a trainer; the model, sampler and shard stay the caller's to dispose.</summary>
    public Trainer(TrainableModel model, IWindowSampler sampler, TokenShard validation, TrainingPlan plan)
    {
        _model = model;
        _sampler = sampler;
        _validation = validation;
        _plan = plan with { Precision = plan.Precision.Resolve() };
        _optimizer = new(model.Parameters, plan.Optimizer);
        _state = new(model, _optimizer, sampler);
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
        long[] ids = new long[_plan.BatchSize * (_plan.ContextLength + 1)];
        while (_state.Step < _plan.Steps && !cancellation.IsCancellationRequested)
        {
            long started = Stopwatch.GetTimestamp();
            _sampler.Next(ids, _plan.BatchSize, _plan.ContextLength);
            double rate = _plan.Schedule.At(_state.Step);
            (double loss, double norm) = Step(ids, rate);
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

    /// <summary>Mean loss over a split, each token but the first predicted exactly once.</summary>
    /// <param name="shard">The split.</param>
    /// <param name="windows">Most windows to read; fewer than there are come from all over the split.</param>
    /// <param name="cancellation">Checked between windows.</param>
    public EvaluationResult Evaluate(TokenShard shard, long windows, CancellationToken cancellation)
    {
        var cut = new SequentialWindows(shard, _plan.ContextLength);
        windows = Math.Min(windows, cut.Count);
        double sum = 0;
        long targets = 0;
        for (long first = 0; first < windows;)
        {
            cancellation.ThrowIfCancellationRequested();
            // Full windows go together; the short last one alone.
            int count = (int)Math.Min(_plan.WindowsPerPass, windows - first);
            if (count > 1 && cut.TargetsOf(Spread(first + count - 1)) < cut.Length)
                count--;
            int length = cut.TargetsOf(Spread(first));
            long[] ids = new long[count * (length + 1)];
            for (int i = 0; i < count; i++)
                cut.Copy(Spread(first + i), ids.AsSpan(i * (length + 1), length + 1));
            using var scope = NewDisposeScope();
            sum += CausalLanguageModeling.Loss(_model, tensor(ids, [count, length + 1]), _plan.Precision);
            targets += (long)count * length;
            first += count;
        }
        return new(sum, targets, shard.ByteCount);

        // Neighbours are alike; a few windows stand for the split only when they come from all over it.
        long Spread(long i) => i * cut.Count / windows;
    }

    /// <summary>Seconds that one step takes here, measured on throw-away steps that leave no trace in weights, moments or cursor.</summary>
    public static double MeasureStepSeconds(Model.Spec.ModelSpec spec, TrainingPlan plan)
    {
        using var model = new TrainableModel(spec, seed: 0);
        using var optimizer = new AdamW(model.Parameters, plan.Optimizer);
        set_num_threads(plan.Threads);
        long[] ids = new long[plan.BatchSize * (plan.ContextLength + 1)];
        for (int i = 0; i < ids.Length; i++)
            ids[i] = i % spec.VocabularySize;
        Precision precision = plan.Precision.Resolve();
        // TorchScript compiles during the first runs, which do not count.
        const int WarmUp = 3, Fewest = 5;
        var seconds = new List<double>();
        long begin = Stopwatch.GetTimestamp();
        for (int i = -WarmUp; i < Fewest || Stopwatch.GetElapsedTime(begin) < MeasureTime; i++)
        {
            long started = Stopwatch.GetTimestamp();
            Step(model, optimizer, plan with { Precision = precision }, ids, 1e-6);
            if (i >= 0)
                seconds.Add(Stopwatch.GetElapsedTime(started).TotalSeconds);
        }
        seconds.Sort();
        return seconds[seconds.Count / 2];
    }

    /// <inheritdoc/>
    public void Dispose() => _optimizer.Dispose();

    private (double Loss, double GradientNorm) Step(long[] ids, double rate) => Step(_model, _optimizer, _plan, ids, rate);

    private static (double Loss, double GradientNorm) Step(TrainableModel model, AdamW optimizer, TrainingPlan plan, long[] ids, double rate)
    {
        using var scope = NewDisposeScope();
        Tensor windows = tensor(ids, [plan.BatchSize, plan.ContextLength + 1]);
        double weight = 1.0 / plan.TokensPerStep;
        double sum = 0;
        for (int first = 0; first < plan.BatchSize; first += plan.WindowsPerPass)
        {
            using var pass = NewDisposeScope();
            int count = Math.Min(plan.WindowsPerPass, plan.BatchSize - first);
            sum += CausalLanguageModeling.ForwardBackward(model, windows.narrow(0, first, count), plan.Precision, weight);
        }
        return (sum * weight, optimizer.Step(rate));
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

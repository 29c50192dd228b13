using System.Diagnostics;

using Weft.Training.Batches;
using Weft.Training.Logs;
using Weft.Training.Modules;
using Weft.Training.Objectives;
using Weft.Training.Runs.Checkpoints;

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
    private readonly ModelUpdate _update;
    private readonly TrainingState _state;
    private double _lastSecondsPerStep;
    private LabelScores? _lastScores;
    private PreferenceScores? _lastPreferences;

    /// <summary>Makes a trainer; the model and the data stay the caller's to dispose.</summary>
    /// <exception cref="ArgumentException">The model is not on the plan's device.</exception>
    public Trainer(TrainableModel model, IBatchSource batches, IEvaluationSet validation, TrainingPlan plan)
    {
        if (!plan.Device.Is(model.Device))
            throw new ArgumentException($"the model is on {model.Device}, but the plan computes on {plan.Device}; make the model on that device, or change the plan");
        _model = model;
        _model.Checkpoints = plan.CheckpointsActivations;
        _batches = batches;
        _validation = validation;
        _plan = plan with { Precision = plan.Precision.Resolve(plan.Device.IsCuda) };
        _update = new(model, _plan);
        _state = new(model, _update, batches);
        set_num_threads(plan.Threads);
        manual_seed(plan.Seed).Dispose();
    }

    /// <summary>One record for each step done so far, of earlier parts of a resumed run as well; where their file was lost, of this part.</summary>
    public IReadOnlyList<TrainingRecord> History => _state.History;

    /// <summary>Updates made, in earlier parts of a resumed run as well.</summary>
    public int Step => _state.Progress.Step;

    /// <summary>Time spent, earlier parts of a resumed run included.</summary>
    public TimeSpan Elapsed => TimeSpan.FromSeconds(_state.Progress.ElapsedSeconds);

    /// <summary>Batches whose update was not made, since training diverged on them.</summary>
    public int Skipped => _state.Progress.Skipped;

    /// <summary>The best evaluation so far; null where the plan keeps no best weights, or before the first.</summary>
    public BestEvaluation? Best => _state.Progress.Best;

    /// <summary>The run ended before the plan's last step, since it no longer got better.</summary>
    public bool StoppedEarly => Step < _plan.Steps && _plan.Best?.IsExhausted(_state.Progress) == true;

    /// <summary>Goes on from the newest whole checkpoint.</summary>
    /// <returns>False where there is none yet; the run begins with its first step then.</returns>
    /// <exception cref="Model.Checkpoints.CheckpointException">All checkpoints are damaged, or the newest belongs to another run.</exception>
    public bool Resume(CheckpointFolder checkpoints) => checkpoints.Load(_state);

    /// <summary>Saves the state as it is now.</summary>
    /// <exception cref="IOException">The disk is full or the folder cannot be written; earlier checkpoints are kept.</exception>
    public void Save(CheckpointFolder checkpoints) => checkpoints.Save(_state);

    /// <summary>Sets the model's weights to the best ones of the run.</summary>
    /// <exception cref="InvalidOperationException">The plan keeps none.</exception>
    /// <exception cref="Model.Checkpoints.CheckpointException">Their file is damaged.</exception>
    public void LoadBest(CheckpointFolder checkpoints) => checkpoints.LoadBest(_state);

    /// <summary>Puts the moving average of the weights into the model, where the plan keeps one, until the result is disposed; null where it keeps none.</summary>
    public IDisposable? TakeAverage() => _update.TakeAverage();

    /// <summary>Trains to the plan's last step, or until it no longer gets better.</summary>
    /// <param name="checkpoints">Where the state is saved now and then, at the end, and when the run is cancelled.</param>
    /// <param name="report">Called after each step.</param>
    /// <param name="cancellation">Ends the run after the step in work; the state is saved.</param>
    /// <returns>True when the run is done, false when it was cancelled.</returns>
    /// <exception cref="DivergenceException">Training diverged, see <see cref="TrainingPlan.Divergence"/>; the last checkpoint is kept.</exception>
    /// <exception cref="IOException">A state cannot be saved; earlier checkpoints are kept.</exception>
    public bool Run(CheckpointFolder checkpoints, Action<TrainingSnapshot>? report, CancellationToken cancellation)
    {
        while (Step < _plan.Steps && !StoppedEarly && !cancellation.IsCancellationRequested)
        {
            long started = Stopwatch.GetTimestamp();
            double rate = _plan.Schedule.At(Step);
            TrainingBatch batch = _batches.DrawTaught();
            string? problem = null;
            (double loss, double norm) = _update.Run(batch, (long)Step + Skipped, rate,
                (loss, norm) => (problem = _plan.Divergence.FindProblem(_state.Progress.Loss, loss, norm)) is null);
            if (problem is not null)
            {
                Skip(new(Step + 1, _state.Progress.SkippedInRow + 1, problem, loss, norm) { Batch = batch }, checkpoints.InspectionFolder);
                AddTime(started);
                continue;
            }
            _state.Progress = _state.Progress with { Step = Step + 1, SkippedInRow = 0, Loss = _state.Progress.Loss.With(loss) };
            TimeSpan spent = Stopwatch.GetElapsedTime(started);

            // Once in a while: validate, keep the best.
            EvaluationResult? validation = Validate(checkpoints);
            _state.History.Add(new(Step, loss, validation?.Loss ?? double.NaN, rate, norm, spent.TotalSeconds));
            _lastScores = validation?.Labels ?? _lastScores;
            _lastPreferences = validation?.Preferences ?? _lastPreferences;
            AddTime(started);

            // Once in a while: save.
            if (Step == _plan.Steps || StoppedEarly || Step % _plan.SaveEvery == 0)
                Save(checkpoints);
            report?.Invoke(Snapshot(spent));
            if (Step % _plan.SampleEvery == 0)
                Sample();
        }
        if (Step == _plan.Steps || StoppedEarly)
            return true;
        Save(checkpoints);
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
        LabelScores? scores = _plan.Labels?.NewScores();
        PreferenceScores? preferences = null;
        foreach (TrainingBatch batch in data.Batches(rows, _plan.WindowsPerPass))
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            sum += _plan.Preference is { } preference ? Judge(batch, preference)
                : scores is null ? TokenLoss.Loss(_model, batch, _plan.Precision) : LabelLoss.Loss(_model, batch, _plan.Precision, _plan.Labels!, scores);
            targets += batch.LossCount;
        }
        return new(sum, targets, data.Bytes) { Labels = scores, Preferences = preferences };

        double Judge(TrainingBatch batch, PreferenceLossOptions options)
        {
            (double loss, PreferenceScores judged) = PreferenceLoss.Loss(_model, batch, _plan.Precision, options);
            preferences = preferences?.With(judged) ?? judged;
            return loss;
        }
    }

    /// <summary>Seconds that one step takes here, measured on throw-away steps that leave no trace in weights, moments or cursor.</summary>
    /// <param name="spec">The model.</param>
    /// <param name="plan">How it is trained.</param>
    /// <param name="sample">A batch of the run's data; null for full rows of text.</param>
    public static double MeasureStepSeconds(Model.Spec.ModelSpec spec, TrainingPlan plan, TrainingBatch? sample = null)
    {
        long[] ids = new long[plan.BatchSize * (plan.ContextLength + 1)];
        for (int i = 0; i < ids.Length; i++)
            ids[i] = i % spec.VocabularySize;
        TrainingBatch batch = sample ?? CausalWindows.Split(ids, plan.BatchSize, plan.ContextLength);
        List<double> seconds = [.. MeasureSteps(spec, plan, () => batch).Select(step => step.Seconds)];
        seconds.Sort();
        return seconds[seconds.Count / 2];
    }

    /// <summary>Targets that are learnt from in a second, measured the same way on batches of a source, which must draw as many rows as the plan's batch has.</summary>
    public static double MeasureTargetsPerSecond(Model.Spec.ModelSpec spec, TrainingPlan plan, IBatchSource batches)
    {
        List<(double Seconds, long Targets)> steps = [.. MeasureSteps(spec, plan, batches.DrawTaught)];
        return steps.Sum(step => step.Targets) / steps.Sum(step => step.Seconds);
    }

    private static IEnumerable<(double Seconds, long Targets)> MeasureSteps(Model.Spec.ModelSpec spec, TrainingPlan plan, Func<TrainingBatch> draw)
    {
        using var model = new TrainableModel(spec, seed: 0, plan.FurtherTokens, plan.Device.ToTorch(), plan.Adapter);
        using var update = new ModelUpdate(model, plan with { Precision = plan.Precision.Resolve(plan.Device.IsCuda) });
        set_num_threads(plan.Threads);
        // TorchScript compiles during the first runs, which do not count.
        const int WarmUp = 3, Fewest = 5;
        long begin = Stopwatch.GetTimestamp();
        for (int i = -WarmUp; i < Fewest || Stopwatch.GetElapsedTime(begin) < MeasureTime; i++)
        {
            TrainingBatch batch = draw();
            long started = Stopwatch.GetTimestamp();
            update.Run(batch, WarmUp + i, 1e-6, (_, _) => true);
            if (i >= 0)
                yield return (Stopwatch.GetElapsedTime(started).TotalSeconds, batch.TargetCount);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _update.Dispose();

    private void AddTime(long started) =>
        _state.Progress = _state.Progress with { ElapsedSeconds = _state.Progress.ElapsedSeconds + Stopwatch.GetElapsedTime(started).TotalSeconds };

    /// <summary>Counts a batch whose update was not made, or ends the run.</summary>
    private void Skip(InspectedBatch batch, string folder)
    {
        string file = batch.Write(folder);
        if (_plan.Divergence.MustStop(batch))
            throw _plan.Divergence.Diverged(batch, file, _plan.Schedule.Peak);
        _state.Progress = _state.Progress with { Skipped = _state.Progress.Skipped + 1, SkippedInRow = batch.Attempt };
        _plan.Divergence.Skipped?.Invoke(batch, file);
    }

    /// <summary>The validation where this step is to be validated, else null.</summary>
    private EvaluationResult? Validate(CheckpointFolder checkpoints)
    {
        bool last = Step == _plan.Steps;
        if (!last && Step % _plan.EvaluateEvery != 0)
            return null;
        using IDisposable? average = TakeAverage();
        // The best is chosen by equal windows, so the last step reads them too; what it reports is the loss of all.
        EvaluationResult? part = last && _plan.Best is null ? null : Evaluate(_validation, _plan.EvaluationWindows, CancellationToken.None);
        if (_plan.Best is { } policy)
        {
            _state.Progress = policy.Judge(_state.Progress, part!);
            if (_state.Progress.Best?.Step == Step)
                checkpoints.SaveBest(_state);
        }
        return last ? Evaluate(_validation, long.MaxValue, CancellationToken.None) : part;
    }

    /// <summary>Whoever looks at the model may draw random numbers; the run's own go on as if nobody had.</summary>
    private void Sample()
    {
        if (_plan.Sample is null)
            return;
        using var scope = NewDisposeScope();
        Tensor random = get_rng_state();
        using (TakeAverage())
            _plan.Sample(_model, Step);
        set_rng_state(random);
    }

    private TrainingSnapshot Snapshot(TimeSpan spent)
    {
        // Smoothed, so that one slow step on a busy machine does not make the estimate jump.
        _lastSecondsPerStep = _lastSecondsPerStep == 0 ? spent.TotalSeconds : (0.9 * _lastSecondsPerStep) + (0.1 * spent.TotalSeconds);
        TrainingRecord record = _state.History[^1];
        return new(Step, _plan.Steps, Step * _plan.TokensPerStep, record.Loss,
            double.IsNaN(record.ValidationLoss) ? null : record.ValidationLoss, record.LearningRate, record.GradientNorm,
            _plan.TokensPerStep / _lastSecondsPerStep, Elapsed, TimeSpan.FromSeconds((_plan.Steps - Step) * _lastSecondsPerStep))
        {
            Skipped = Skipped,
            ValidationScores = _lastScores,
            Preferences = _update.Preferences,
            ValidationPreferences = _lastPreferences,
        };
    }
}

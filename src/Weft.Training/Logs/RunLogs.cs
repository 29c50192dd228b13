namespace Weft.Training.Logs;

/// <summary>
/// All logs of a run: metrics.jsonl, the TensorBoard event file and the process's meters. They hold every step once, however often the run was
/// killed: on resume they are cut at the state's step, and steps that the crash kept from them are filled in from the state's history. A log that
/// can no longer be written ends alone, with a warning; a run of days does not die of it.
/// </summary>
public sealed class RunLogs : IDisposable
{
    private readonly List<IRunLog> _logs;
    private readonly Action<string> _warn;
    private readonly long _tokensPerStep;
    private double _waited, _stepped;

    /// <summary>Makes logs of a run that starts, or goes on.</summary>
    /// <param name="logs">The logs, which are disposed with this object.</param>
    /// <param name="warn">Told in one line what goes wrong.</param>
    /// <param name="step">Steps done so far.</param>
    /// <param name="history">What is known of them, in order; steps that are missing here can only not be filled in.</param>
    /// <param name="tokensPerStep">Tokens of a step.</param>
    public RunLogs(IEnumerable<IRunLog> logs, Action<string> warn, int step, IReadOnlyList<TrainingRecord> history, long tokensPerStep)
    {
        _logs = [.. logs];
        _warn = warn;
        _tokensPerStep = tokensPerStep;
        ForEach(log =>
        {
            int last = log.KeepUntil(step);
            foreach (TrainingRecord record in history.Where(record => record.Step > last))
                log.Write(FromHistory(record));
        });
    }

    /// <summary>Part of the time of all steps that was spent waiting for data, 0 to 1.</summary>
    public double DataShare => _stepped > 0 ? _waited / _stepped : 0;

    /// <summary>Opens the logs in a run's folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="warn">Told in one line what goes wrong.</param>
    /// <param name="step">Steps done so far.</param>
    /// <param name="history">What is known of them, in order; steps that are missing here can only not be filled in.</param>
    /// <param name="tokensPerStep">Tokens of a step.</param>
    /// <exception cref="IOException">A log cannot be opened.</exception>
    public static RunLogs Open(string folder, Action<string> warn, int step, IReadOnlyList<TrainingRecord> history, long tokensPerStep)
    {
        var metrics = new MetricsLog(Path.Combine(folder, MetricsLog.FileName));
        try
        {
            return new([metrics, new TensorBoardLog(folder), new MeterLog()], warn, step, history, tokensPerStep);
        }
        catch
        {
            metrics.Dispose();
            throw;
        }
    }

    /// <summary>Takes a step.</summary>
    /// <param name="snapshot">Where the run stands.</param>
    /// <param name="stepSeconds">Duration of the step, without validation and saving.</param>
    /// <param name="waited">Of that, the time spent waiting for data.</param>
    public void Report(TrainingSnapshot snapshot, double stepSeconds, TimeSpan waited)
    {
        _stepped += stepSeconds;
        _waited += waited.TotalSeconds;
        var metrics = new RunMetrics
        {
            Step = snapshot.Step,
            Tokens = snapshot.Tokens,
            StepTokens = _tokensPerStep,
            Loss = snapshot.Loss,
            ValidationLoss = snapshot.ValidationLoss,
            ValidationAccuracy = snapshot.ValidationLoss is null ? null : snapshot.ValidationScores?.Accuracy ?? snapshot.ValidationPreferences?.Accuracy,
            Preferences = snapshot.Preferences,
            ValidationPreferences = snapshot.ValidationLoss is null ? null : snapshot.ValidationPreferences,
            LearningRate = snapshot.LearningRate,
            GradientNorm = snapshot.GradientNorm,
            TokensPerSecond = snapshot.TokensPerSecond,
            StepSeconds = stepSeconds,
            DataSeconds = waited.TotalSeconds,
            Seconds = snapshot.Elapsed.TotalSeconds,
            Time = DateTimeOffset.UtcNow,
        };
        ForEach(log => log.Write(metrics));
    }

    /// <summary>Closes the logs.</summary>
    public void Dispose()
    {
        foreach (IRunLog log in _logs)
            log.Dispose();
        _logs.Clear();
    }

    /// <summary>What is known of a step afterwards.</summary>
    private RunMetrics FromHistory(TrainingRecord record) => new()
    {
        Step = record.Step,
        Tokens = record.Step * _tokensPerStep,
        StepTokens = _tokensPerStep,
        Loss = record.Loss,
        ValidationLoss = double.IsNaN(record.ValidationLoss) ? null : record.ValidationLoss,
        LearningRate = record.LearningRate,
        GradientNorm = record.GradientNorm,
        TokensPerSecond = _tokensPerStep / record.Seconds,
        StepSeconds = record.Seconds,
        Time = DateTimeOffset.UtcNow,
    };

    private void ForEach(Action<IRunLog> action)
    {
        for (int i = _logs.Count - 1; i >= 0; i--)
        {
            IRunLog log = _logs[i];
            try
            {
                action(log);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                _warn($"warning: {log.Name} can no longer be written ({e.Message}); the run goes on without it, and --resume fills it in");
                _logs.RemoveAt(i);
                log.Dispose();
            }
        }
    }
}

using System.Globalization;

namespace Weft.Training.Logs;

/// <summary>A run as scalars in a TensorBoard event file: <c>tensorboard --logdir runs</c> shows its curves.</summary>
public sealed class TensorBoardLog : IRunLog
{
    /// <summary>TensorBoard finds its files by this word in their names.</summary>
    public const string Prefix = "events.out.tfevents.";

    private readonly FileStream _file;

    /// <summary>Opens the event file of a folder, or starts one.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public TensorBoardLog(string folder)
    {
        // One file for the whole run, so that a resumed run can take back what it will do again.
        Name = Directory.EnumerateFiles(folder, Prefix + "*").Order(StringComparer.Ordinal).LastOrDefault() ?? Path.Combine(folder, NewName());
        _file = new FileStream(Name, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public int KeepUntil(int lastStep)
    {
        (long kept, long last) = (0, 0);
        using (var reader = new BufferedStream(new FileStream(Name, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0), 1 << 16))
            while (EventRecord.Read(reader) is { } message && EventRecord.StepOf(message) is var found && found <= lastStep)
            {
                last = found;
                kept += message.Length + EventRecord.Framing;
            }
        _file.SetLength(kept);
        _file.Position = kept;
        if (kept == 0)
            _file.Write(EventRecord.Version(DateTimeOffset.UtcNow));
        return (int)last;
    }

    /// <inheritdoc/>
    public void Write(RunMetrics metrics)
    {
        List<(string, double)> scalars =
        [
            ("train/loss", metrics.Loss),
            ("learning_rate", metrics.LearningRate),
            ("gradient_norm", metrics.GradientNorm),
            ("tokens_per_second", metrics.TokensPerSecond),
        ];
        if (metrics.ValidationLoss is { } validation)
            scalars.Add(("validation/loss", validation));
        if (metrics.ValidationAccuracy is { } accuracy && double.IsFinite(accuracy))
            scalars.Add(("validation/accuracy", accuracy));
        if (metrics.ValidationPreferences is { } validated)
            scalars.Add(("validation/reward_margin", validated.Margin));
        if (metrics.Preferences is { } judged)
            scalars.AddRange([("train/accuracy", judged.Accuracy), ("train/reward_margin", judged.Margin)]);
        if (metrics.DataSeconds is { } data)
            scalars.Add(("data_seconds", data));
        _file.Write(EventRecord.Scalars(metrics.Time, metrics.Step, scalars));
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    /// <summary>As TensorFlow names them: the time in seconds, the machine, the process.</summary>
    private static string NewName() => string.Create(CultureInfo.InvariantCulture,
        $"{Prefix}{DateTimeOffset.UtcNow.ToUnixTimeSeconds():D10}.{Environment.MachineName}.{Environment.ProcessId}.0");
}

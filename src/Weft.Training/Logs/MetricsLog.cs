using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace Weft.Training.Logs;

/// <summary>
/// One JSON object a line for each step, appended and handed to the system at once, so that other programs can follow a run. JSON has no NaN or
/// infinity: null stands for them.
/// </summary>
public sealed class MetricsLog : IRunLog
{
    /// <summary>Name of the file in a run's folder.</summary>
    public const string FileName = "metrics.jsonl";

    private readonly FileStream _file;
    private readonly ArrayBufferWriter<byte> _line = new();

    /// <summary>Opens the file, or starts it.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public MetricsLog(string path)
    {
        // No buffer: a line is one write, whole for every reader.
        _file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        Name = path;
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public int KeepUntil(int lastStep)
    {
        (long kept, int last) = (0, 0);
        using (var reader = new BufferedStream(new FileStream(Name, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0), 1 << 16))
        {
            var line = new ArrayBufferWriter<byte>();
            for (int value; (value = reader.ReadByte()) >= 0;)
            {
                line.GetSpan(1)[0] = (byte)value;
                line.Advance(1);
                if (value != '\n')
                    continue;
                // Steps follow each other; the first line that does not belong, or was torn by a crash, ends what is kept.
                if (StepOf(line.WrittenMemory) is not { } found || found <= last || found > lastStep)
                    break;
                last = found;
                kept += line.WrittenCount;
                line.ResetWrittenCount();
            }
        }
        _file.SetLength(kept);
        _file.Position = kept;
        return last;
    }

    /// <inheritdoc/>
    public void Write(RunMetrics metrics)
    {
        _line.ResetWrittenCount();
        using (var json = new Utf8JsonWriter(_line))
        {
            json.WriteStartObject();
            json.WriteNumber("step", metrics.Step);
            json.WriteNumber("tokens", metrics.Tokens);
            Number(json, "loss", metrics.Loss);
            if (metrics.ValidationLoss is { } validation)
                Number(json, "validation_loss", validation);
            if (metrics.ValidationAccuracy is { } accuracy)
                Number(json, "validation_accuracy", accuracy);
            if (metrics.ValidationPreferences is { } validated)
                Number(json, "validation_reward_margin", validated.Margin);
            if (metrics.Preferences is { } judged)
            {
                Number(json, "accuracy", judged.Accuracy);
                Number(json, "reward_margin", judged.Margin);
            }
            Number(json, "lr", metrics.LearningRate);
            Number(json, "grad_norm", metrics.GradientNorm);
            Number(json, "tokens_per_second", metrics.TokensPerSecond);
            Number(json, "step_seconds", metrics.StepSeconds);
            if (metrics.DataSeconds is { } data)
                Number(json, "data_seconds", data);
            if (metrics.Seconds is { } seconds)
                Number(json, "seconds", seconds);
            json.WriteString("time", metrics.Time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
            json.WriteEndObject();
        }
        _line.Write("\n"u8);
        _file.Write(_line.WrittenSpan);
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static void Number(Utf8JsonWriter json, string name, double value)
    {
        if (double.IsFinite(value))
            json.WriteNumber(name, value);
        else
            json.WriteNull(name);
    }

    private static int? StepOf(ReadOnlyMemory<byte> line)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(line);
            return json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("step", out JsonElement step)
                && step.ValueKind == JsonValueKind.Number && step.TryGetInt32(out int number) ? number : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

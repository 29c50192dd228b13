using System.Diagnostics;
using System.Globalization;

using Weft.Model.Checkpoints;
using Weft.Training.Batches;
using Weft.Training.Logs;
using Weft.Training.Modules;
using Weft.Training.Runs.Checkpoints;

using static TorchSharp.torch;

namespace Weft.Training;

/// <summary>
/// Everything that a run needs to go on as if it had never stopped: master weights, optimizer moments, the data cursor, torch's random state,
/// the progress of policies, and the history of losses. The step decides the schedule.
/// </summary>
internal sealed class TrainingState(TrainableModel model, ModelUpdate update, IBatchSource batches)
{
    private const string Format = "weft-training-state-2";
    private const string WeightsFormat = "weft-training-weights-2";
    private const string FormatKey = "format";
    private const string CursorKey = "cursor";
    private const string HistoryCountKey = "history_count";
    private const string HistoryChecksumKey = "history_checksum";
    private const string RandomName = "random.torch";

    /// <summary>One record a step, in order; after a damaged history those since.</summary>
    public List<TrainingRecord> History { get; } = [];

    /// <summary>How far the run is.</summary>
    public RunProgress Progress { get; set; } = new();

    /// <summary>Name of a weight in a state, and in a file of weights alone.</summary>
    /// <param name="parameter">The first of those whose rows are one tensor.</param>
    public static string NameOf(string parameter) => $"model.{parameter}";

    /// <summary>The file is a state, or weights of one.</summary>
    public static bool IsOne(string path) =>
        path.EndsWith(".safetensors", StringComparison.Ordinal) && CheckpointFile.PeekMetadata(path, FormatKey) is Format or WeightsFormat;

    /// <summary>Writes everything but the history, which has its own file.</summary>
    /// <param name="path">The file; it is the old one or the new one, never half of one.</param>
    /// <param name="identity">The run.</param>
    /// <param name="mark">How much of the history goes with it.</param>
    public void Save(string path, RunIdentity identity, HistoryMark mark)
    {
        using Activity? activity = TrainingTelemetry.Source.StartActivity("save");
        using var scope = NewDisposeScope();
        (string progressKey, string progress) = Progress.ToMetadata();
        CheckpointFile.Write(path, Tensors().Append((RandomName, get_rng_state())), new Dictionary<string, string>
        {
            [FormatKey] = Format,
            [RunIdentity.MetadataKey] = identity.ToText(),
            [progressKey] = progress,
            [CursorKey] = batches.Cursor,
            [HistoryCountKey] = mark.Count.ToString(CultureInfo.InvariantCulture),
            [HistoryChecksumKey] = mark.Checksum,
        });
    }

    /// <summary>Writes the weights alone.</summary>
    public void SaveWeights(string path, RunIdentity identity)
    {
        (string progressKey, string progress) = Progress.ToMetadata();
        CheckpointFile.Write(path, Weights(), new Dictionary<string, string>
        {
            [FormatKey] = WeightsFormat,
            [RunIdentity.MetadataKey] = identity.ToText(),
            [progressKey] = progress,
        });
    }

    /// <summary>Restores what <see cref="Save"/> wrote. Every tensor is looked at before the first is changed.</summary>
    /// <returns>The history that goes with it.</returns>
    /// <exception cref="CheckpointException">The file is of another version, model or optimizer.</exception>
    public HistoryMark Load(CheckpointFile file)
    {
        CheckFormat(file, Format);
        RunProgress progress = RunProgress.Of(file);
        if (!long.TryParse(file.Metadata(HistoryCountKey), NumberStyles.None, CultureInfo.InvariantCulture, out long count))
            throw new CheckpointException(file.Path, $"'{HistoryCountKey}' is '{file.Metadata(HistoryCountKey)}', not a number; start the run anew");
        Restore(file, [.. Tensors()]);
        using (var scope = NewDisposeScope())
            set_rng_state(tensor(file.ReadBytes(RandomName), ScalarType.Byte, CPU));
        batches.Cursor = file.Metadata(CursorKey);
        update.SetStep(progress.Step);
        Progress = progress;
        return new(count, file.Metadata(HistoryChecksumKey));
    }

    /// <summary>Sets the weights to those that <see cref="SaveWeights"/> wrote.</summary>
    /// <exception cref="CheckpointException">The file is of another version or model.</exception>
    public void LoadWeights(CheckpointFile file)
    {
        CheckFormat(file, WeightsFormat);
        Restore(file, [.. Weights()]);
    }

    private static void CheckFormat(CheckpointFile file, string expected)
    {
        if (file.Metadata(FormatKey) is var format && format != expected)
            throw new CheckpointException(file.Path, $"has the format '{format}', expected '{expected}'; start the run anew");
    }

    private static void Restore(CheckpointFile file, (string Name, Tensor Value)[] tensors)
    {
        foreach ((string name, Tensor value) in tensors)
            file.Find(name, value);
        using var _ = no_grad();
        foreach ((string name, Tensor value) in tensors)
            file.CopyInto(name, value);
    }

    private IEnumerable<(string Name, Tensor Value)> Weights() =>
        model.Parameters.Select(parameter => (NameOf(parameter.Name), (Tensor)parameter.Tensor));

    private IEnumerable<(string Name, Tensor Value)> Tensors() =>
        Weights().Concat(update.State);
}

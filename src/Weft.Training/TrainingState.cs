using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.Safetensors;
using Weft.Training.Batches;
using Weft.Training.Logs;
using Weft.Training.Modules;
using Weft.Training.Optimizers;

using static TorchSharp.torch;

namespace Weft.Training;

/// <summary>
/// Everything that a run needs to go on as if it had never stopped, in one safetensors file that is replaced atomically: master weights,
/// optimizer moments, the data cursor, torch's random state and the history of losses; the step decides the schedule.
/// </summary>
internal sealed class TrainingState(TrainableModel model, IOptimizer optimizer, IBatchSource batches)
{
    private const string Format = "weft-training-state-1";
    private const string RandomName = "random.torch";
    private const string HistoryName = "history";

    /// <summary>One record a step, in order.</summary>
    public List<TrainingRecord> History { get; } = [];

    /// <summary>Time spent training so far.</summary>
    public TimeSpan Elapsed { get; set; }

    /// <summary>Steps done.</summary>
    public int Step => History.Count;

    /// <summary>Writes the state; the file at <paramref name="path"/> is the old state or the new one, never half of one.</summary>
    /// <param name="path">The state's file.</param>
    /// <param name="fingerprint">Identifies the plan, the model and the data; a state of another run is refused.</param>
    public void Save(string path, string fingerprint)
    {
        using Activity? activity = TrainingTelemetry.Source.StartActivity("save");
        using var scope = NewDisposeScope();
        Tensor random = get_rng_state();
        double[] history = [.. History.SelectMany(record => record.ToNumbers())];
        TensorSource[] tensors =
        [
            .. Named().Select(pair => Source(pair.Name, ElementType.F32, pair.Value)),
            Source(RandomName, ElementType.U8, random),
            new(HistoryName, ElementType.F64, [History.Count, TrainingRecord.Width], s => s.Write(MemoryMarshal.AsBytes(history.AsSpan()))),
        ];
        SafetensorsWriter.Write(path, tensors, new Dictionary<string, string>
        {
            ["format"] = Format,
            ["fingerprint"] = fingerprint,
            ["elapsed_seconds"] = Elapsed.TotalSeconds.ToString("R", CultureInfo.InvariantCulture),
            ["cursor"] = batches.Cursor,
        });
    }

    /// <summary>Restores the state of <paramref name="path"/>.</summary>
    /// <exception cref="CheckpointException">The file is damaged or belongs to another run.</exception>
    public void Load(string path, string fingerprint)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        if (file.Metadata.GetValueOrDefault("format") != Format)
            throw new CheckpointException(path, "is no training state of this version; start the run anew");
        if (file.Metadata.GetValueOrDefault("fingerprint") != fingerprint)
            throw new CheckpointException(path, "belongs to a run with another recipe or other text; resume with the recipe it was started with");
        using var scope = NewDisposeScope();
        using (no_grad())
            foreach ((string name, Tensor value) in Named())
                CopyInto(path, file, name, value);
        TensorView random = file.Tensors.GetValueOrDefault(RandomName) ?? throw Missing(path, RandomName);
        byte[] randomBytes = new byte[random.ByteCount];
        random.ReadBytes(0, randomBytes);
        set_rng_state(tensor(randomBytes, ScalarType.Byte));
        LoadHistory(path, file);
        optimizer.SetStep(Step);
        if (!double.TryParse(file.Metadata.GetValueOrDefault("elapsed_seconds"), CultureInfo.InvariantCulture, out double elapsed))
            throw Missing(path, "elapsed_seconds");
        Elapsed = TimeSpan.FromSeconds(elapsed);
        batches.Cursor = file.Metadata.GetValueOrDefault("cursor") ?? throw Missing(path, "cursor");
    }

    private void LoadHistory(string path, SafetensorsFile file)
    {
        TensorView view = file.Tensors.GetValueOrDefault(HistoryName) ?? throw Missing(path, HistoryName);
        byte[] bytes = new byte[view.ByteCount];
        view.ReadBytes(0, bytes);
        ReadOnlySpan<double> numbers = MemoryMarshal.Cast<byte, double>(bytes);
        History.Clear();
        for (int i = 0; i + TrainingRecord.Width <= numbers.Length; i += TrainingRecord.Width)
            History.Add(TrainingRecord.FromNumbers(numbers.Slice(i, TrainingRecord.Width)));
    }

    private IEnumerable<(string Name, Tensor Value)> Named() =>
        model.Parameters.Select(parameter => ($"model.{parameter.Name}", (Tensor)parameter.Tensor))
            .Concat(optimizer.State.Select(pair => ($"optimizer.{pair.Name}", pair.Value)));

    private static void CopyInto(string path, SafetensorsFile file, string name, Tensor value)
    {
        TensorView view = file.Tensors.GetValueOrDefault(name) ?? throw new CheckpointException(path, name, value.shape, null);
        if (!view.Shape.SequenceEqual(value.shape))
            throw new CheckpointException(path, name, value.shape, view.Shape);
        float[] values = new float[view.Count];
        view.ReadFloats(0, values);
        using Tensor loaded = tensor(values, value.shape);
        value.copy_(loaded);
    }

    private static TensorSource Source(string name, ElementType type, Tensor value) =>
        new(name, type, value.shape, stream => stream.Write(value.detach().contiguous().bytes));

    private static CheckpointException Missing(string path, string part) => new(path, $"lacks '{part}'; the file is damaged, start the run anew");
}

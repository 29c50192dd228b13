using System.Runtime.InteropServices;
using System.Text.Json.Nodes;

using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Checkpoints.Peft;
using Weft.Model.Spec;
using Weft.Model.Tests.HuggingFace;
using Weft.Model.Tests.PyTorch;
using Weft.Model.Tests.Safetensors;

namespace Weft.Model.Tests.Peft;

/// <summary>A saved model, an adapter beside it whose files a test makes, and what both are together, by plain loops over the stored tensors.</summary>
internal sealed class AdapterFolder : IDisposable
{
    public const string Prefix = "base_model.model.";

    /// <summary>The keys of an adapter that PEFT 0.14 saved.</summary>
    private const string Published = """
        {"alpha_pattern":{},"auto_mapping":null,"base_model_name_or_path":"meta-llama/Llama-3.2-1B","bias":"none","eva_config":null,"exclude_modules":null,
         "fan_in_fan_out":false,"inference_mode":true,"init_lora_weights":true,"layer_replication":null,"layers_pattern":null,"layers_to_transform":null,
         "loftq_config":{},"lora_alpha":16,"lora_bias":false,"lora_dropout":0.05,"megatron_config":null,"megatron_core":"megatron.core","modules_to_save":null,
         "peft_type":"LORA","r":2,"rank_pattern":{},"revision":null,"target_modules":"all-linear","task_type":"CAUSAL_LM","use_dora":false,"use_rslora":false}
        """;

    private readonly TemporaryFolder _folder = new();
    private readonly Random _random = new(5);

    public AdapterFolder(string modelType = "llama", int sample = 0) => Base = new(modelType, sample);

    public ModelFolder Base { get; }

    public string Path => _folder.FullName;

    public string Weights => _folder.File("adapter_model.safetensors");

    public string ConfigFile => _folder.File("adapter_config.json");

    public JsonObject Config { get; } = JsonNode.Parse(Published)!.AsObject();

    /// <summary>The adapter's tensors, without the prefix.</summary>
    public Dictionary<string, (long[] Shape, float[] Values)> Tensors { get; } = [];

    public void Add(string name, params long[] shape) =>
        Tensors[name] = (shape, [.. Enumerable.Range(0, (int)shape.Aggregate(1L, (product, size) => product * size)).Select(_ => _random.NextSingle() - 0.5f)]);

    /// <summary>A pair for a stored weight, whose shape decides its sizes.</summary>
    public void AddPair(string module, int rank = 2)
    {
        (long outputs, long inputs) = Sizes(Base.Tensors().Single(tensor => tensor.Name == $"{module}.weight"));
        Add($"{module}.lora_A.weight", rank, inputs);
        Add($"{module}.lora_B.weight", outputs, rank);
    }

    /// <summary>A pair, and a length for each row.</summary>
    public void AddDora(string module, string ending = ".lora_magnitude_vector")
    {
        AddPair(module);
        Set("use_dora", "true");
        Add(module + ending, Sizes(Base.Tensors().Single(tensor => tensor.Name == $"{module}.weight")).Outputs);
    }

    public void Set(string key, string json) => Config[key] = JsonNode.Parse(json);

    public AdapterFolder Write(bool pyTorch = false)
    {
        File.WriteAllText(ConfigFile, Config.ToJsonString());
        RawSafetensors.Tensor[] tensors = [.. Tensors.Select(pair => new RawSafetensors.Tensor(Prefix + pair.Key, "F32", pair.Value.Shape, MemoryMarshal.AsBytes(pair.Value.Values.AsSpan()).ToArray()))];
        if (pyTorch)
            File.WriteAllBytes(_folder.File("adapter_model.bin"), TorchSave.File(
                TorchSave.StateDict(tensors.Select((tensor, i) => (tensor.Name, TorchSave.Whole(ElementType.F32, $"{i}", tensor.Shape)))),
                tensors.Select((tensor, i) => ($"{i}", tensor.Bytes))));
        else
            ModelFolder.WriteTensors(Weights, tensors);
        return this;
    }

    public Checkpoint Open() => LoraAdapter.Open(Path).Apply(HuggingFaceModel.Open(Base.Path));

    /// <summary>The adapter is refused, and none of its files nor of the model's stays open.</summary>
    public CheckpointException Refused(string file)
    {
        CheckpointException refusal = Refusal.Check(() => Open().Dispose(), file);
        foreach (string weights in new[] { Weights, Base.Weights }.Where(File.Exists))
            new FileStream(weights, FileMode.Open, FileAccess.ReadWrite, FileShare.None).Dispose();
        return refusal;
    }

    /// <summary>Every parameter is that of a model in whose file the tensors were changed; what no tensor of the adapter touches is mapped as before.</summary>
    /// <param name="scale">The factor of a module's B·A.</param>
    public void Check(Func<string, double> scale)
    {
        using Checkpoint adapted = Open();
        using HuggingFaceModel before = HuggingFaceModel.Open(Base.Path);
        float[][] unchanged = [.. ModelParameters.Enumerate(Base.Spec).Select(parameter => Read(before, parameter))];
        before.Dispose();
        RawSafetensors.Tensor[] tensors = [.. Base.Tensors().Select(tensor => Changed(tensor, scale))];
        using var merged = new TemporaryFolder();
        File.Copy(Base.Config, merged.File("config.json"));
        ModelFolder.WriteTensors(merged.File("model.safetensors"), tensors);
        using HuggingFaceModel expected = HuggingFaceModel.Open(merged.FullName);
        int changes = 0;
        foreach ((ParameterSpec parameter, float[] old) in ModelParameters.Enumerate(Base.Spec).Zip(unchanged))
        {
            float[] wanted = Read(expected, parameter), found = Read(adapted, parameter);
            Assert.Equal(wanted, found, (a, b) => Math.Abs(a - b) < 1e-5);
            bool changed = !wanted.SequenceEqual(old), isMapped = adapted.TryMap(parameter, out TensorView view);
            if (!changed)
                Assert.Equal(expected.TryMap(parameter, out _), isMapped);
            if (isMapped)
                Assert.Equal(wanted, Read(view));
            changes += changed ? 1 : 0;
        }
        Assert.NotEqual(0, changes);
    }

    public void Dispose()
    {
        Base.Dispose();
        _folder.Dispose();
    }

    public static float[] Read(Checkpoint model, ParameterSpec parameter)
    {
        float[] values = new float[parameter.Count];
        model.Read(parameter, values);
        return values;
    }

    private static float[] Read(TensorView view)
    {
        float[] values = new float[view.Count];
        view.ReadFloats(0, values);
        return values;
    }

    private bool IsConv1D(string name) => Base.Spec.Decoder is not null && name.StartsWith("transformer.h.", StringComparison.Ordinal) && name.Contains(".c_", StringComparison.Ordinal);

    private (long Outputs, long Inputs) Sizes(RawSafetensors.Tensor tensor) =>
        IsConv1D(tensor.Name) ? (tensor.Shape[1], tensor.Shape[0]) : (tensor.Shape[0], tensor.Shape[1]);

    private RawSafetensors.Tensor Changed(RawSafetensors.Tensor tensor, Func<string, double> scale)
    {
        float[] values = MemoryMarshal.Cast<byte, float>(Tensors.TryGetValue(tensor.Name, out var replaced) ? MemoryMarshal.AsBytes(replaced.Values.AsSpan()) : tensor.Bytes).ToArray();
        string module = tensor.Name[..tensor.Name.LastIndexOf('.')];
        if (tensor.Shape.Length == 2 && Tensors.TryGetValue($"{module}.lora_A.weight", out var a))
        {
            (long outputs, long inputs) = Sizes(tensor);
            float[] b = Tensors[$"{module}.lora_B.weight"].Values;
            for (int o = 0; o < outputs; o++)
                for (int i = 0; i < inputs; i++)
                {
                    double sum = 0;
                    for (int k = 0; k < a.Shape[0]; k++)
                        sum += (double)b[(o * a.Shape[0]) + k] * a.Values[(k * inputs) + i];
                    values[IsConv1D(tensor.Name) ? (i * outputs) + o : (o * inputs) + i] += (float)(scale(module) * sum);
                }
            float[]? lengths = Tensors.FirstOrDefault(pair => pair.Key.StartsWith($"{module}.lora_magnitude_vector", StringComparison.Ordinal)).Value.Values;
            for (int o = 0; lengths is not null && o < outputs; o++)
            {
                int[] row = [.. Enumerable.Range(0, (int)inputs).Select(i => (int)(IsConv1D(tensor.Name) ? (i * outputs) + o : (o * inputs) + i))];
                double length = Math.Sqrt(row.Sum(at => (double)values[at] * values[at]));
                foreach (int at in row)
                    values[at] = (float)(lengths[o] * values[at] / length);
            }
        }
        return tensor with { Bytes = MemoryMarshal.AsBytes(values.AsSpan()).ToArray() };
    }
}

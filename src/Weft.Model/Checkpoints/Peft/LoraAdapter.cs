using Weft.Model.Architectures;
using Weft.Model.Checkpoints.PyTorch;
using Weft.Model.Checkpoints.Safetensors;
using Weft.Model.Quantization;
using Weft.Model.Spec;

namespace Weft.Model.Checkpoints.Peft;

/// <summary>
/// A LoRA adapter in the layout of Hugging Face PEFT: a folder of <c>adapter_config.json</c> and <c>adapter_model.safetensors</c> or
/// <c>adapter_model.bin</c>. It changes a model by scale · B·A beside some weights, whose rows DoRA then gives lengths of their own, and may replace whole tensors, such as a classifier's head or biases.
/// </summary>
public sealed class LoraAdapter : IDisposable
{
    internal const string Prefix = "base_model.model.", WeightsFile = "adapter_model.safetensors", DownEnding = ".lora_A.weight", UpEnding = ".lora_B.weight", MagnitudeEnding = ".lora_magnitude_vector";

    /// <summary>PEFT leaves the last part of the name out when it saves; those who save the modules themselves do not.</summary>
    private static readonly string[] MagnitudeEndings = [MagnitudeEnding, MagnitudeEnding + ".weight"];

    /// <summary>Wrappers in whose place PEFT keeps a module's own tensors.</summary>
    private static readonly string[] Wrappers = [".base_layer", ".modules_to_save"];

    private static readonly (string A, string B, bool IsEmbedding)[] Endings = [(DownEnding, UpEnding, false), (".lora_embedding_A", ".lora_embedding_B", true)];

    private readonly LoraConfig _config;
    private readonly ITensorFile _file;
    private readonly List<LoraModule> _modules = [];
    private readonly Dictionary<string, TensorView> _replaced = new(StringComparer.Ordinal);

    private LoraAdapter(string folder, LoraConfig config, ITensorFile file)
    {
        Path = folder;
        _config = config;
        _file = file;
        foreach (TensorView tensor in file.Tensors.Values.OrderBy(tensor => tensor.Name, StringComparer.Ordinal))
            Take(tensor);
        if (file.Tensors.Count == 0)
            throw new CheckpointException(file.FilePath, "holds no tensors; fetch the adapter again");
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>The model that the adapter was trained on, as its config names it; null where it does not.</summary>
    public string? BaseModel => _config.BaseModel;

    /// <summary>Opens a folder; the config and the ranks and shapes of all pairs are checked, the model is not needed yet.</summary>
    /// <exception cref="CheckpointException">A file is missing or corrupt, or the adapter is of another kind than plain LoRA; the message names it.</exception>
    /// <exception cref="DirectoryNotFoundException">No such folder.</exception>
    public static LoraAdapter Open(string folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"adapter folder '{folder}' does not exist; give the folder that holds {LoraConfig.FileName}");
        var config = LoraConfig.Read(folder);
        ITensorFile file = OpenWeights(folder);
        try
        {
            return new(folder, config, file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The model with this adapter. Adapted weights are computed when they are read; the other ones stay where they lie.</summary>
    /// <param name="model">A folder's or a file's. Owned from here on, as is the adapter: both are disposed with the result, or at once when this throws.</param>
    /// <exception cref="CheckpointException">A tensor of the adapter belongs to no parameter of the model, or does not fit it.</exception>
    public Checkpoint Apply(Checkpoint model) => Change(model, 1);

    /// <summary>The model without this adapter, which was merged into it: the way back from <see cref="Apply"/>, up to rounding.</summary>
    /// <param name="model">As of <see cref="Apply"/>.</param>
    /// <exception cref="CheckpointException">
    /// As of <see cref="Apply"/>, or the adapter keeps too little to go back: DoRA does not have the lengths that rows had, and whole tensors not those in whose place they stand.
    /// </exception>
    public Checkpoint Remove(Checkpoint model)
    {
        ArgumentNullException.ThrowIfNull(model);
        string? problem = _config.IsDora ? $"{LoraConfig.FileName} says use_dora, whose merged rows have lost their lengths"
            : _replaced.Count > 0 ? $"tensor '{_replaced.Values.First().Name}' stands in place of the model's own" : null;
        if (problem is null)
            return Change(model, -1);
        model.Dispose();
        Dispose();
        throw new CheckpointException(Path, $"{problem}, so the adapter cannot be taken out of a merged model; keep the model that it was trained on");
    }

    private AdaptedCheckpoint Change(Checkpoint model, int sign)
    {
        ArgumentNullException.ThrowIfNull(model);
        try
        {
            var places = new AdapterPlaces(model, _file.FilePath);
            var deltas = new Dictionary<string, LoraDelta>(StringComparer.Ordinal);
            foreach (LoraModule module in _modules)
                foreach ((ParameterSpec parameter, WeightLocation location) in places.OfModule(module))
                    deltas[parameter.Name] = new(module, sign * _config.ScaleOf(module.Module), location);
            var replaced = new Dictionary<string, TensorView>(StringComparer.Ordinal);
            foreach ((string name, TensorView tensor) in _replaced)
                foreach (ParameterSpec parameter in places.OfTensor(name, tensor))
                    replaced[parameter.Name] = tensor;
            return new AdaptedCheckpoint(model, this, deltas, replaced);
        }
        catch
        {
            model.Dispose();
            Dispose();
            throw;
        }
    }

    /// <summary>Writes an adapter that PEFT loads onto the model as <see cref="HuggingFace.HuggingFaceExport"/> writes it; the weights are fp32.</summary>
    /// <param name="folder">Created when needed; each file is replaced atomically, the config last.</param>
    /// <param name="architecture">The model's family, which decides the names.</param>
    /// <param name="spec">The model.</param>
    /// <param name="read">Gives the pair of an adapted parameter, null for the other ones. Parameters that share a tensor become one adapter of it, whose
    /// rank is the sum of theirs.</param>
    /// <param name="options">Rank and scaling.</param>
    /// <exception cref="ArgumentException">A matrix has a wrong length, a vector has a pair, or no parameter has one; nothing is written.</exception>
    /// <exception cref="NotSupportedException">An embedding has a pair; nothing is written.</exception>
    public static void Save(string folder, Architecture architecture, ModelSpec spec, Func<ParameterSpec, LoraMatrices?> read, LoraSaveOptions options) =>
        LoraExport.Save(folder, architecture, spec, read, options);

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();

    private static ITensorFile OpenWeights(string folder)
    {
        const string PyTorchFile = "adapter_model.bin";
        string file = System.IO.Path.Combine(folder, WeightsFile), old = System.IO.Path.Combine(folder, PyTorchFile);
        return File.Exists(file) ? SafetensorsFile.Open(file)
            : File.Exists(old) ? TorchFile.Open(old)
            : throw new CheckpointException(folder, $"holds none of {WeightsFile}, {PyTorchFile}; give the folder of a PEFT adapter");
    }

    private void Take(TensorView tensor)
    {
        if (!tensor.Type.IsWeight())
            throw Refused(tensor.Name, $"holds {tensor.Type}, but weights are floating-point numbers; save the adapter unquantized");
        if (!tensor.Name.StartsWith(Prefix, StringComparison.Ordinal))
            throw Refused(tensor.Name, $"does not begin with '{Prefix}'; save the adapter with PEFT's save_pretrained");
        string name = tensor.Name[Prefix.Length..];
        foreach ((string a, string b, bool isEmbedding) in Endings)
        {
            if (name.EndsWith(a, StringComparison.Ordinal))
            {
                string module = name[..^a.Length];
                _modules.Add(Checked(new(module, tensor, Partner(tensor, module + b), isEmbedding)));
                return;
            }
            if (name.EndsWith(b, StringComparison.Ordinal))
            {
                Partner(tensor, name[..^b.Length] + a);
                return;
            }
        }
        if (MagnitudeEndings.FirstOrDefault(ending => name.EndsWith(ending, StringComparison.Ordinal)) is { } magnitude)
        {
            Partner(tensor, name[..^magnitude.Length] + DownEnding);
            if (!_config.IsDora)
                throw Refused(tensor.Name, $"is a magnitude of DoRA, but {LoraConfig.FileName} does not say use_dora; give the config that belongs to the weights");
            return;
        }
        if (name.Contains(".lora_", StringComparison.Ordinal))
            throw Refused(tensor.Name, "is of a variant of LoRA that is not supported; merge the adapter into its model with PEFT (merge_and_unload) and give the merged model");
        if (!_replaced.TryAdd(Unwrapped(name), tensor))
            throw Refused(tensor.Name, $"is there twice, as '{_replaced[Unwrapped(name)].Name}' too; keep one of them");
    }

    private TensorView Partner(TensorView tensor, string name) => _file.Tensors.GetValueOrDefault(Prefix + name)
        ?? throw Refused(tensor.Name, $"has no partner '{Prefix}{name}'; the adapter is incomplete, fetch it again");

    /// <summary>The pair is one, and the config has its rank.</summary>
    private LoraModule Checked(LoraModule module)
    {
        _config.CheckTarget(module.Module);
        int rank = _config.RankOf(module.Module);
        if (module.A.Shape is not [var first, _] || first != rank)
            throw Refused(module.A.Name, $"has shape [{string.Join(", ", module.A.Shape)}], but {LoraConfig.FileName} gives it rank {rank}; give the config that belongs to the weights");
        if (module.B.Shape is not [_, var last] || last != rank)
            throw Refused(module.B.Name, $"has shape [{string.Join(", ", module.B.Shape)}], but {LoraConfig.FileName} gives it rank {rank}; give the config that belongs to the weights");
        return _config.IsDora ? module with { Magnitude = MagnitudeOf(module) } : module;
    }

    private TensorView MagnitudeOf(LoraModule module)
    {
        if (module.IsEmbedding)
            throw Refused(module.A.Name, "adapts an embedding by DoRA, which is not supported; train the adapter without it");
        string? name = MagnitudeEndings.Select(ending => Prefix + module.Module + ending).FirstOrDefault(_file.Tensors.ContainsKey);
        return name is null ? Partner(module.A, module.Module + MagnitudeEnding) : _file.Tensors[name];
    }

    /// <summary>The name that the tensor has in the model.</summary>
    private static string Unwrapped(string name)
    {
        int dot = name.LastIndexOf('.');
        string module = name[..Math.Max(0, dot)];
        return Wrappers.FirstOrDefault(wrapper => module.EndsWith(wrapper, StringComparison.Ordinal)) is { } found ? module[..^found.Length] + name[dot..] : name;
    }

    private CheckpointException Refused(string tensor, string problem) => CheckpointException.OfTensor(_file.FilePath, tensor, problem);
}

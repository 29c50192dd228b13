using System.Text.Json;

using Weft.Model.Checkpoints.PyTorch;
using Weft.Model.Checkpoints.Safetensors;

namespace Weft.Model.Checkpoints.HuggingFace;

/// <summary>The weights of a model folder, safetensors or PyTorch: one file, or shards named by an index.</summary>
internal sealed class WeightFiles : IDisposable
{
    public const string SingleFile = "model.safetensors";

    /// <summary>What is looked for, the preferred first.</summary>
    private static readonly (string Name, bool IsIndex, Func<string, ITensorFile> Open)[] Forms =
    [
        (SingleFile, false, SafetensorsFile.Open),
        ("model.safetensors.index.json", true, SafetensorsFile.Open),
        ("pytorch_model.bin", false, TorchFile.Open),
        ("pytorch_model.bin.index.json", true, TorchFile.Open),
    ];

    private readonly List<ITensorFile> _files = [];
    private readonly Dictionary<string, TensorView> _tensors = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _aliases = new(StringComparer.Ordinal);

    private WeightFiles(string location) => Location = location;

    /// <summary>The file or index that errors name.</summary>
    public string Location { get; }

    public static WeightFiles Open(string directory)
    {
        (string? name, bool isIndex, Func<string, ITensorFile> open) = Forms.FirstOrDefault(form => File.Exists(Path.Combine(directory, form.Name)));
        if (name is null)
            throw new CheckpointException(directory,
                $"holds none of {string.Join(", ", Forms.Select(form => form.Name))}; give the folder of a Hugging Face model");
        var files = new WeightFiles(Path.Combine(directory, name));
        try
        {
            foreach (string path in isIndex ? Shards(directory, files.Location) : [files.Location])
                files.Add(open(path));
            return files;
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Finds a tensor by its name or, where a checkpoint stores tied tensors once, by the alias in the file's metadata
    /// (safetensors' own convention: the dropped name is the key, the kept one the value).
    /// </summary>
    public TensorView? Find(string name) =>
        _tensors.TryGetValue(name, out TensorView? tensor) ? tensor
        : _aliases.TryGetValue(name, out string? kept) ? _tensors.GetValueOrDefault(kept)
        : null;

    /// <summary>Every tensor of the files.</summary>
    public IEnumerable<TensorView> All => _tensors.Values;

    public void Dispose() => _files.ForEach(file => file.Dispose());

    private void Add(ITensorFile file)
    {
        _files.Add(file);
        foreach ((string name, TensorView tensor) in file.Tensors)
            if (!_tensors.TryAdd(name, tensor))
                throw new CheckpointException(file.FilePath, $"tensor '{name}' is already in another shard; the shards do not belong together");
        if (file is SafetensorsFile { Metadata: var metadata })
            foreach ((string key, string value) in metadata)
                _aliases.TryAdd(key, value);
    }

    private static IEnumerable<string> Shards(string directory, string index)
    {
        SortedSet<string> names = new(StringComparer.Ordinal);
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(index));
            foreach (JsonProperty entry in document.RootElement.GetProperty("weight_map").EnumerateObject())
                names.Add(entry.Value.GetString() ?? "");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new CheckpointException(index, "has no readable weight_map; fetch the file again", e);
        }
        foreach (string name in names)
        {
            // An index is data from strangers: it may only name files beside it.
            if (name.Length == 0 || name != Path.GetFileName(name) || name.Contains('\\', StringComparison.Ordinal))
                throw new CheckpointException(index, $"names the shard '{name}', which is not a plain file name");
            if (!File.Exists(Path.Combine(directory, name)))
                throw new CheckpointException(index, $"names the shard '{name}', which is missing; fetch it into the same folder");
        }
        return names.Select(name => Path.Combine(directory, name));
    }
}

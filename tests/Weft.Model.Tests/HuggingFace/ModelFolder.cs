using System.Text.Json.Nodes;

using Weft.Model.Architectures;
using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Checkpoints.Safetensors;
using Weft.Model.Spec;
using Weft.Model.Tests.Architectures;
using Weft.Model.Tests.Safetensors;

namespace Weft.Model.Tests.HuggingFace;

/// <summary>A small saved model whose files a test then damages.</summary>
internal sealed class ModelFolder : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ModelFolder(string modelType = "llama", int sample = 0)
    {
        Spec = CatalogueSamples.Spec(modelType, sample);
        HuggingFaceExport.Save(Path, ArchitectureCatalogue.ForModelType(modelType), Spec, CatalogueSamples.RandomWeights, new() { EndOfTextId = 2 });
    }

    public ModelSpec Spec { get; }

    public string Path => _folder.FullName;

    public string Config => File("config.json");

    public string Weights => File("model.safetensors");

    public string Index => File("model.safetensors.index.json");

    public string File(string name) => _folder.File(name);

    /// <summary>Sets a key of config.json to a JSON text; null removes the key.</summary>
    public void SetConfig(string key, string? json)
    {
        JsonObject config = JsonNode.Parse(System.IO.File.ReadAllText(Config))!.AsObject();
        if (json is null)
            config.Remove(key);
        else
            config[key] = JsonNode.Parse(json);
        System.IO.File.WriteAllText(Config, config.ToJsonString());
    }

    /// <summary>Rewrites the weights, keeping the tensors that <paramref name="change"/> returns.</summary>
    public void ChangeTensors(Func<RawSafetensors.Tensor, RawSafetensors.Tensor?> change) =>
        WriteTensors(Weights, [.. Tensors().Select(change).OfType<RawSafetensors.Tensor>()]);

    public RawSafetensors.Tensor[] Tensors() => RawSafetensors.Read(System.IO.File.ReadAllBytes(Weights)).Tensors;

    public static void WriteTensors(string path, RawSafetensors.Tensor[] tensors, IReadOnlyDictionary<string, string>? metadata = null) =>
        SafetensorsWriter.Write(path, [.. tensors.Select(tensor => new TensorSource(
            tensor.Name, Enum.Parse<ElementType>(tensor.Type), tensor.Shape, stream => stream.Write(tensor.Bytes)))], metadata);

    /// <summary>The model is refused, and none of its weights stays open.</summary>
    public CheckpointException Refused(string file)
    {
        CheckpointException refusal = Refusal.Check(() => HuggingFaceModel.Open(Path).Dispose(), file);
        foreach (string weights in Directory.GetFiles(Path).Where(file => System.IO.Path.GetExtension(file) is ".safetensors" or ".bin"))
            new FileStream(weights, FileMode.Open, FileAccess.ReadWrite, FileShare.None).Dispose();
        return refusal;
    }

    public void Dispose() => _folder.Dispose();
}

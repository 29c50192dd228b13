using System.Text;
using Weft.Model.Architectures;
using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Spec;

namespace Weft.Model.Checkpoints.Gguf;

/// <summary>A model in a GGUF file: its specification and its memory-mapped weights.</summary>
public sealed class GgufModel : Checkpoint
{
    private static readonly string[] EndOfTextKeys = ["tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id"];

    private readonly Func<ParameterSpec, WeightLocation> _locate;
    private readonly Dictionary<string, ElementType> _narrow = new(StringComparer.Ordinal);
    private readonly Dictionary<string, float[]> _exact = new(StringComparer.Ordinal);

    private GgufModel(GgufFile file, Architecture architecture, ModelSpec spec, Func<ParameterSpec, WeightLocation> locate)
        : base(file.FilePath, architecture, spec)
    {
        File = file;
        _locate = locate;
        foreach ((string key, ElementType type) in GgufKeys.NarrowVectors)
            foreach (string name in file.Metadata.Texts(key) ?? [])
                _narrow[name] = type;
        foreach (string key in file.Metadata.Values.Keys.Where(key => key.StartsWith(GgufKeys.Exact, StringComparison.Ordinal)))
            _exact[key[GgufKeys.Exact.Length..]] = file.Metadata.Singles(key)!;
    }

    /// <summary>Keys and tensors of the file.</summary>
    public GgufFile File { get; }

    /// <inheritdoc/>
    public override bool HasTokenizer => File.Metadata.Contains("tokenizer.ggml.tokens") || File.Metadata.Contains(GgufKeys.OfCompanion(CompanionFile.Tokenizer));

    /// <summary>The tensors have Weft's own names, since llama.cpp does not know the model.</summary>
    public bool HasOwnNames => File.Metadata.Text(GgufKeys.Architecture) == GgufMapping.Own;

    /// <summary>Opens a file; every tensor's presence and shape is checked before anything is read.</summary>
    /// <exception cref="CheckpointException">The file is corrupt, or its model is not one that Weft knows; the message says why.</exception>
    /// <exception cref="FileNotFoundException">No such file.</exception>
    public static new GgufModel Open(string path)
    {
        if (!System.IO.File.Exists(path))
            throw new FileNotFoundException($"model file '{path}' does not exist; give a GGUF file or the folder of a Hugging Face model", path);
        GgufFile file = GgufFile.Open(path);
        try
        {
            return GgufFile.Reading(path, () =>
            {
                if (file.Metadata.Integer("split.count") is > 1 and var parts)
                    throw new CheckpointException(path, $"key 'split.count' is {parts}: the file is one of several parts; join them (llama-gguf-split --merge)");
                GgufModel model = file.Metadata.Text(GgufKeys.OfCompanion(CompanionFile.Config)) is { } config ? OfConfig(file, config) : OfKeys(file);
                model.FindAll();
                return model;
            });
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override ElementType SourceType(ParameterSpec parameter) => _narrow.TryGetValue(parameter.Name, out ElementType type) ? type : base.SourceType(parameter);

    /// <inheritdoc/>
    public override void Read(ParameterSpec parameter, Span<float> destination)
    {
        base.Read(parameter, destination);
        if (!_locate(parameter).AddsOne)
            return;
        float[]? exact = _exact.GetValueOrDefault(parameter.Name);
        for (int i = 0; i < destination.Length; i++)
        {
            float value = exact is null ? destination[i] - 1 : i < exact.Length ? exact[i] : float.NaN;
            if (exact is not null && value + 1 != destination[i])
                throw new CheckpointException(Path, string.Create(System.Globalization.CultureInfo.InvariantCulture,
                    $"key '{GgufKeys.Exact}{parameter.Name}' has {value} at element {i}, but the tensor {destination[i]}, which should be one more; convert the model anew"));
            destination[i] = value;
        }
    }

    /// <inheritdoc/>
    public override string? ReadCompanion(string name) => GgufFile.Reading(Path, () => File.Metadata.Text(GgufKeys.OfCompanion(name))
        ?? (name == CompanionFile.ChatTemplate && !File.Metadata.Contains(GgufKeys.OfCompanion(CompanionFile.Config)) ? File.Metadata.Text(GgufKeys.ChatTemplate) : null));

    /// <inheritdoc/>
    public override void Dispose() => File.Dispose();

    internal override (TensorView View, WeightLocation Location) Find(ParameterSpec parameter)
    {
        WeightLocation location = _locate(parameter);
        return (Checked(Path, File.Tensors.GetValueOrDefault(location.Name), parameter, location), location);
    }

    private static string ArchitectureOf(GgufFile file) => file.Metadata.Text(GgufKeys.Architecture)
        ?? throw new CheckpointException(file.FilePath, $"key '{GgufKeys.Architecture}' is missing; give the GGUF file of a model");

    /// <summary>A file of Weft's: the config says everything.</summary>
    private static GgufModel OfConfig(GgufFile file, string config)
    {
        string name = ArchitectureOf(file);
        ConfigReader reader = Parse(file, CompanionFile.Config, config);
        (Architecture architecture, ModelSpec spec) = reader.ReadModel(beside => Beside(file, beside));
        ConfigReader? generation = file.Metadata.Text(GgufKeys.OfCompanion(CompanionFile.GenerationConfig)) is { } text ? Parse(file, CompanionFile.GenerationConfig, text) : null;
        if (name != GgufMapping.Own && name != architecture.Gguf?.Name)
            throw new CheckpointException(file.FilePath, $"key '{GgufKeys.Architecture}' is '{name}', but its config is that of a model of type '{architecture.ModelType}'; convert the model anew");
        return new(file, architecture, spec, name == GgufMapping.Own ? GgufMapping.WithOwnName : parameter => GgufNames.Locate(architecture.Gguf!, spec, parameter))
        {
            Ids = GenerationIds.Read(generation, reader),
            Labels = [.. reader.ReadTextsByIndex("id2label")],
            LabelsAreIndependent = reader.ReadText("problem_type") == "multi_label_classification",
            GivesNumber = reader.ReadText("problem_type") == "regression",
        };
    }

    /// <summary>A file of llama.cpp's: keys and tensors say what the model is, and whatever they say must be understood.</summary>
    private static GgufModel OfKeys(GgufFile file)
    {
        string name = ArchitectureOf(file);
        IEnumerable<Architecture> readable = ArchitectureCatalogue.All.Where(architecture => architecture.Gguf is not null);
        Architecture[] named = [.. readable.Where(known => known.Gguf!.Name == name)];
        if (named.Length == 0)
            throw new CheckpointException(file.FilePath,
                $"key '{GgufKeys.Architecture}' is '{name}', which is unknown without a config; known: {string.Join(", ", readable.Select(known => known.Gguf!.Name).Distinct())}");
        GgufLayout layout = named[0].Gguf!;
        var facts = new GgufFacts(file.Metadata, name, file.Tensors.ToDictionary(pair => pair.Key, pair => pair.Value.Shape))
        {
            Factors = RotaryFactors.Tensors.Where(file.Tensors.ContainsKey).ToDictionary(tensor => tensor, tensor => ReadFactors(file.Tensors[tensor], file.FilePath)),
        };
        ModelSpec spec;
        try
        {
            spec = GgufSpec.Read(layout, facts).Validate();
        }
        catch (ArgumentException e)
        {
            throw new CheckpointException(file.FilePath, e.Message, e);
        }
        HashSet<string> expected = [.. facts.Factors.Keys, .. ModelParameters.Enumerate(spec).Select(parameter => GgufNames.Locate(layout, spec, parameter).Name)];
        if (file.Tensors.Keys.FirstOrDefault(tensor => !expected.Contains(tensor)) is { } unknown)
            throw new CheckpointException(file.FilePath, $"tensor '{unknown}' belongs to nothing that Weft knows of a model of architecture '{name}'; give its Hugging Face folder");
        // llama.cpp has one name for families that differ in what they can say, such as Llama and Mixtral.
        return new(file, named.FirstOrDefault(known => known.CanExpress(spec)) ?? named[0], spec, parameter => GgufNames.Locate(layout, spec, parameter))
        {
            Ids = new() { EndOfText = [.. EndOfTextKeys.Select(file.Metadata.Integer).OfType<long>().Where(id => id >= 0 && id < spec.VocabularySize).Select(id => (int)id).Distinct()] },
        };
    }

    private static JsonBeside Beside(GgufFile file, string name)
    {
        string key = GgufKeys.OfCompanion(name), where = $"{file.FilePath} ({key})";
        return new(where, file.Metadata.Text(key) is { } json ? JsonFile.Parse(where, Encoding.UTF8.GetBytes(json)) : null);
    }

    private static ConfigReader Parse(GgufFile file, string name, string text) => ConfigReader.Parse($"{file.FilePath} ({GgufKeys.OfCompanion(name)})", Encoding.UTF8.GetBytes(text));

    private static float[] ReadFactors(TensorView view, string file)
    {
        if (view is not { Type: ElementType.F32, Shape.Length: 1, Count: <= ushort.MaxValue })
            throw new CheckpointException(file, $"tensor '{view.Name}' is {view.Type} of shape [{string.Join(", ", view.Shape)}]; F32 numbers for half of a head were expected");
        float[] factors = new float[view.Count];
        view.ReadFloats(0, factors);
        return factors;
    }
}

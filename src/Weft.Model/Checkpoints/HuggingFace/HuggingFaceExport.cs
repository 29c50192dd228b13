using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

using Weft.Model.Architectures;
using Weft.Model.Checkpoints.Safetensors;
using Weft.Model.Spec;

namespace Weft.Model.Checkpoints.HuggingFace;

/// <summary>What to write beside the weights.</summary>
public sealed record HuggingFaceExportOptions
{
    /// <summary>Id that begins a text, if the model has one.</summary>
    public int? BeginOfTextId { get; init; }

    /// <summary>Id that ends a text, if the model has one.</summary>
    public int? EndOfTextId { get; init; }

    /// <summary>Id that fills up the rows of a batch, if the model has one.</summary>
    public int? PaddingId { get; init; }

    /// <summary>Id that a decoder beside an encoder begins with, if the model has one.</summary>
    public int? DecoderStartId { get; init; }

    /// <summary>Id that has to follow it, if the model has one.</summary>
    public int? ForcedBeginId { get; init; }

    /// <summary>Names of a classifier's labels, by their index; empty where they have none.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>What a classifier's outputs are, in Transformers' words, such as <c>multi_label_classification</c>; null for other heads.</summary>
    public string? ProblemType { get; init; }

    /// <summary>
    /// The text of a config.json that is kept, its ids included, but for the class and the type of the weights; null where one is to be made. One
    /// that does not describe the specification is not kept.
    /// </summary>
    public string? Config { get; init; }
}

/// <summary>Writes a model as a Hugging Face directory that Transformers and llama.cpp's converter can load.</summary>
public static class HuggingFaceExport
{
    private const string Classes = "architectures";

    /// <summary>What generation_config.json says of the ids that config.json has too.</summary>
    private static readonly string[] GenerationKeys =
        ["bos_token_id", "eos_token_id", "pad_token_id", "decoder_start_token_id", "forced_bos_token_id", "forced_eos_token_id", "bad_words_ids", "suppress_tokens"];

    /// <summary>Name of the file with the weights.</summary>
    public const string WeightsFile = WeightFiles.SingleFile;

    /// <summary>Writes config.json, generation_config.json and model.safetensors (fp32) into <paramref name="directory"/>.</summary>
    /// <param name="directory">Created when needed; each file is replaced atomically, the weights first.</param>
    /// <param name="architecture">The family under whose <c>model_type</c> the model is saved.</param>
    /// <param name="spec">The model.</param>
    /// <param name="read">Gives a parameter's elements in the specification's layout.</param>
    /// <param name="options">Ids to record.</param>
    /// <exception cref="ArgumentException">The specification is impossible (nothing is written), or a parameter has the wrong length.</exception>
    /// <exception cref="NotSupportedException">The family cannot express the specification; nothing is written.</exception>
    public static void Save(
        string directory, Architecture architecture, ModelSpec spec, Func<ParameterSpec, float[]> read, HuggingFaceExportOptions options)
    {
        spec.Validate();
        // How states are pooled without a pooler is for most families not the config's to say, but that of the files of sentence-transformers.
        var pooled = spec.Head is HeadSpec.PooledEmbedding { Transform: null } && !architecture.ConfigHasPooling ? (HeadSpec.PooledEmbedding)spec.Head : null;
        JsonObject? kept = options.Config is { } text ? Kept(text, architecture, spec, options) : null;
        JsonObject config = kept ?? NewConfig(architecture, pooled is null ? spec : spec with { Head = new HeadSpec.PooledEmbedding(Pooling.Last, Normalized: false) });
        if (kept is null)
            WriteIds(options, config);
        WriteClasses(options, spec, config);
        config[TypeKey(config)] = NameOf(ElementType.F32);

        WriteWeights(directory, new(spec, parameter => architecture.Locate(spec, parameter), read));
        JsonFile.Write(Path.Combine(directory, CompanionFile.Config), config);
        JsonObject generation = [];
        if (kept is null)
            WriteIds(options, generation);
        else
            foreach (string key in GenerationKeys.Where(key => kept[key] is not null))
                generation[key] = kept[key]!.DeepClone();
        JsonFile.Write(Path.Combine(directory, CompanionFile.GenerationConfig), generation);
        if (pooled is not null && architecture.ReadConfig(new ConfigReader(CompanionFile.Config, JsonDocument.Parse(config.ToJsonString()).RootElement)).Head != pooled)
            SentenceTransformers.Write(directory, spec, pooled);
    }

    /// <summary>The config with the class of the specification's head; null where it describes another model then.</summary>
    /// <exception cref="CheckpointException">It is no JSON object.</exception>
    private static JsonObject? Kept(string text, Architecture architecture, ModelSpec spec, HuggingFaceExportOptions options)
    {
        ConfigReader.Parse(CompanionFile.Config, Encoding.UTF8.GetBytes(text));
        JsonObject config = JsonNode.Parse(text)!.AsObject();
        config[Classes] = new JsonArray((JsonNode)architecture.ClassName(spec.Head));
        WriteClasses(options, spec, config);
        try
        {
            ConfigReader reader = ConfigReader.Parse(CompanionFile.Config, Encoding.UTF8.GetBytes(config.ToJsonString()));
            return reader.ReadText("model_type") == architecture.ModelType && architecture.ReadConfig(reader).Validate() == spec ? config : null;
        }
        catch (Exception e) when (e is CheckpointException or NotSupportedException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>What the class of labels needs beside the model's shape.</summary>
    private static void WriteClasses(HuggingFaceExportOptions options, ModelSpec spec, JsonObject config)
    {
        if (spec.Head is HeadSpec.TokenClassification && options.Labels.Count > 0)
            HeadConfig.WriteLabels(options.Labels, config);
        if (spec.Head is not HeadSpec.SequenceClassification head)
            return;
        if (options.ProblemType is not null)
        {
            config["problem_type"] = options.ProblemType;
            HeadConfig.WriteLabels(options.Labels.Count > 0 ? options.Labels : HeadConfig.DefaultNames(head.Labels), config);
        }
        // The last token of a row is found by what fills up the row behind it.
        if (head.Pooling == Pooling.Last && config["pad_token_id"] is null && options.PaddingId is { } padding)
            config["pad_token_id"] = padding;
    }

    private static void WriteIds(HuggingFaceExportOptions options, JsonObject json)
    {
        json["bos_token_id"] = options.BeginOfTextId;
        json["eos_token_id"] = options.EndOfTextId;
        if (options.PaddingId is { } padding)
            json["pad_token_id"] = padding;
        if (options.DecoderStartId is { } start)
            json["decoder_start_token_id"] = start;
        if (options.ForcedBeginId is { } forced)
            json["forced_bos_token_id"] = forced;
    }

    /// <summary>Writes another checkpoint into <paramref name="directory"/>, with the texts that stand beside it; config.json last, so that a folder with it is whole.</summary>
    /// <param name="directory">Created when needed; each file is replaced atomically.</param>
    /// <param name="source">The model; its own family decides the names.</param>
    /// <param name="options">Types and progress.</param>
    /// <exception cref="CheckpointException">A weight is no finite number, or none in the new type; the message names its tensor. Nothing is written.</exception>
    /// <exception cref="NotSupportedException">A config is to be made, and the family cannot express the specification; nothing is written.</exception>
    public static void Save(string directory, Checkpoint source, ConversionOptions options)
    {
        if (options.Mix is { } mix)
            throw new NotSupportedException($"a Hugging Face folder does not hold {mix.Name}; write a GGUF file");
        Architecture architecture = source.Architecture;
        var reading = new CheckedReading(source, options);
        string config = source.ReadCompanion(CompanionFile.Config) ?? ConfigOf(source);
        TensorAssembly assembly = new(source.Spec, parameter => architecture.Locate(source.Spec, parameter), reading.Read) { TypeOf = reading.TypeOf };
        WriteWeights(directory, assembly);
        foreach (string name in CompanionFile.Names.Where(name => name != CompanionFile.Config))
            if (source.ReadCompanion(name) is { } text)
                AtomicFile.WriteText(Path.Combine(directory, name), text);
        AtomicFile.WriteText(Path.Combine(directory, CompanionFile.Config), WithType(config, assembly.MainType));
    }

    /// <summary>A config for a model that has none.</summary>
    /// <exception cref="NotSupportedException">The family cannot express the specification.</exception>
    internal static string ConfigOf(Checkpoint source) => ConfigOf(source.Architecture, source.Spec, source.EndOfTextIds);

    /// <inheritdoc cref="ConfigOf(Checkpoint)"/>
    internal static string ConfigOf(Architecture architecture, ModelSpec spec, IEnumerable<int> endOfTextIds)
    {
        JsonObject config = NewConfig(architecture, spec);
        config["eos_token_id"] = new JsonArray([.. endOfTextIds.Select(id => JsonValue.Create(id))]);
        return JsonFile.ToText(config);
    }

    private static JsonObject NewConfig(Architecture architecture, ModelSpec spec)
    {
        var config = new JsonObject
        {
            [Classes] = new JsonArray((JsonNode)architecture.ClassName(spec.Head)),
            ["model_type"] = architecture.ModelType,
        };
        architecture.WriteConfig(spec, config);
        return config;
    }

    private static void WriteWeights(string directory, TensorAssembly assembly) => SafetensorsWriter.Write(
        Path.Combine(directory, WeightFiles.SingleFile), [.. assembly.Tensors()], new Dictionary<string, string> { ["format"] = "pt" });

    /// <summary>The text as it is, unless it names another type than that of the weights.</summary>
    private static string WithType(string text, ElementType type)
    {
        JsonObject config = JsonNode.Parse(text)!.AsObject();
        string key = TypeKey(config);
        if (config[key] is not JsonValue value || value.ToString() == NameOf(type))
            return text;
        config[key] = NameOf(type);
        return JsonFile.ToText(config);
    }

    /// <summary>Since version 5 of transformers the key has the shorter name.</summary>
    private static string TypeKey(JsonObject config) => config.ContainsKey("dtype") ? "dtype" : "torch_dtype";

    private static string NameOf(ElementType type) => type switch
    {
        ElementType.F16 => "float16",
        ElementType.BF16 => "bfloat16",
        _ => "float32",
    };
}

using System.Text.Json;
using Weft.Model.Architectures;
using Weft.Model.Quantization;
using Weft.Model.Spec;

namespace Weft.Model.Checkpoints.Gguf;

/// <summary>Writes a model as one GGUF file that llama.cpp loads, if it knows the family; else under Weft's own names.</summary>
public static class GgufExport
{
    private const int MostlyHalf = 1, MostlyBFloat16 = 32;

    /// <summary><c>GGML_QNT_VERSION</c>: the layout of blocks since 2023.</summary>
    private const uint QuantizationVersion = 2;

    /// <summary>Writes <paramref name="source"/>, with the texts that stand beside it, so that the way back is exact.</summary>
    /// <param name="path">The file, replaced atomically.</param>
    /// <param name="source">The model.</param>
    /// <param name="tokenizer">The keys of its tokenizer (<c>tokenizer.ggml.…</c>), as its own library writes them; may be empty.</param>
    /// <param name="options">Types and progress. Vectors stay F32, as llama.cpp wants them.</param>
    /// <exception cref="CheckpointException">A weight is no finite number, or none in the new type; the message names its tensor. Nothing is written.</exception>
    /// <exception cref="NotSupportedException">A config is to be made, and the family cannot express the specification; nothing is written.</exception>
    public static void Save(string path, Checkpoint source, IReadOnlyCollection<KeyValuePair<string, object>> tokenizer, ConversionOptions options)
    {
        GgufMapping mapping = GgufMapping.Of(source.Architecture, source.Spec);
        var reading = new CheckedReading(source, options, widensVectors: true);
        var assembly = new TensorAssembly(source.Spec, mapping.Locate, reading.Read)
        {
            TypeOf = reading.TypeOf,
            Stored = (parameter, location, type) => Stored(source, parameter, location, type),
            Importance = options.Importance,
            Cancellation = options.Cancellation,
        };
        List<TensorSource> tensors = [.. assembly.Tensors()];
        // Under Weft's own names the config says what llama.cpp reads from a tensor.
        if (mapping.Name != GgufMapping.Own)
            tensors.AddRange(RotaryFactors.Of(source.Spec).Select(pair =>
                new TensorSource(pair.Key, ElementType.F32, [pair.Value.Length], stream => FloatEncoding.Write(stream, ElementType.F32, pair.Value))));
        OrderedDictionary<string, object> metadata = new()
        {
            [GgufKeys.Architecture] = mapping.Name,
            ["general.type"] = "model",
            ["general.name"] = Path.GetFileNameWithoutExtension(path),
            ["general.file_type"] = options.Mix?.FileType ?? (uint)(assembly.MainType switch { ElementType.F16 => MostlyHalf, ElementType.BF16 => MostlyBFloat16, _ => 0 }),
        };
        if (options.Mix is not null)
            metadata["general.quantization_version"] = QuantizationVersion;
        if (options.Importance is { } importance)
            Describe(importance, mapping, source.Spec, metadata);
        foreach ((string key, object value) in mapping.Keys.Concat(tokenizer))
            metadata[key] = value;
        if (ChatTemplateOf(source) is { } template)
            metadata[GgufKeys.ChatTemplate] = template;
        foreach (ParameterSpec parameter in ModelParameters.Enumerate(source.Spec).Where(parameter => mapping.Locate(parameter).AddsOne))
            if (Inexact(source, parameter) is { } values)
                metadata[GgufKeys.Exact + parameter.Name] = values;
        foreach (string name in CompanionFile.Names)
            if (Companion(source, name) is { } text)
                metadata[GgufKeys.OfCompanion(name)] = text;
        foreach ((string key, ElementType type) in GgufKeys.NarrowVectors)
            if (Vectors(source.Spec, reading, type) is { Length: > 0 } names)
                metadata[key] = names;
        GgufWriter.Write(path, metadata, tensors);
    }

    /// <summary>llama-quantize's keys.</summary>
    private static void Describe(ImportanceMatrix importance, GgufMapping mapping, ModelSpec spec, OrderedDictionary<string, object> metadata)
    {
        if (importance.Texts.Count > 0)
            metadata["quantize.imatrix.dataset"] = importance.Texts[0];
        metadata["quantize.imatrix.entries_count"] = (uint)ModelParameters.Enumerate(spec)
            .Where(parameter => importance.Columns.ContainsKey(parameter.Name)).Select(parameter => mapping.Locate(parameter).Name).Distinct().Count();
        if (importance.Windows > 0)
            metadata["quantize.imatrix.chunks_count"] = (uint)importance.Windows;
    }

    /// <summary>The tensors of a GGUF file that are in the wanted type already, and where they are wanted, need not be made again.</summary>
    private static TensorView? Stored(Checkpoint source, ParameterSpec parameter, WeightLocation location, ElementType type) =>
        source is GgufModel && source.Find(parameter) is var (view, stored) && stored == location && view.Type == type ? view : null;

    /// <summary>A file of llama.cpp's has no config yet.</summary>
    private static string? Companion(Checkpoint source, string name) => source.ReadCompanion(name)
        ?? (name == CompanionFile.Config ? HuggingFace.HuggingFaceExport.ConfigOf(source) : null);

    /// <summary>The template in a file of its own, or that of tokenizer_config.json; of several the one named default.</summary>
    private static string? ChatTemplateOf(Checkpoint source)
    {
        if (source.ReadCompanion(CompanionFile.ChatTemplate) is { } own)
            return own;
        if (source.ReadCompanion(CompanionFile.TokenizerConfig) is not { } text)
            return null;
        try
        {
            using JsonDocument config = JsonDocument.Parse(text);
            return config.RootElement.TryGetProperty("chat_template", out JsonElement template) ? template.ValueKind switch
            {
                JsonValueKind.String => template.GetString(),
                JsonValueKind.Array => template.EnumerateArray().FirstOrDefault(entry => entry.GetProperty("name").GetString() == "default") is { ValueKind: JsonValueKind.Object } usual
                    ? usual.GetProperty("template").GetString() : null,
                _ => null,
            } : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new CheckpointException(source.Path, $"{CompanionFile.TokenizerConfig} holds no readable chat_template; fetch the file again", e);
        }
    }

    /// <summary>The numbers of a parameter if not all of them come back when one is added and taken off again; else null.</summary>
    private static float[]? Inexact(Checkpoint source, ParameterSpec parameter)
    {
        float[] values = new float[parameter.Count];
        source.Read(parameter, values);
        return values.All(value => BitConverter.SingleToInt32Bits((float)(value + 1) - 1) == BitConverter.SingleToInt32Bits(value)) ? null : values;
    }

    private static string[] Vectors(ModelSpec spec, CheckedReading reading, ElementType type) =>
        [.. ModelParameters.Enumerate(spec).Where(parameter => parameter.Shape.Length == 1 && reading.WantedType([parameter]) == type).Select(parameter => parameter.Name)];
}

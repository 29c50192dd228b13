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

    /// <summary>Id that a decoder beside an encoder begins with, if the model has one.</summary>
    public int? DecoderStartId { get; init; }

    /// <summary>Id that has to follow it, if the model has one.</summary>
    public int? ForcedBeginId { get; init; }
}

/// <summary>Writes a model as a Hugging Face directory that Transformers and llama.cpp's converter can load.</summary>
public static class HuggingFaceExport
{
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
        var config = new JsonObject
        {
            ["architectures"] = new JsonArray((JsonNode)architecture.ClassName(spec.Head)),
            ["model_type"] = architecture.ModelType,
        };
        // How states are pooled without a pooler is for most families not the config's to say, but that of the files of sentence-transformers.
        var pooled = spec.Head is HeadSpec.PooledEmbedding { Transform: null } && !architecture.ConfigHasPooling ? (HeadSpec.PooledEmbedding)spec.Head : null;
        architecture.WriteConfig(pooled is null ? spec : spec with { Head = new HeadSpec.PooledEmbedding(Pooling.Last, Normalized: false) }, config);
        WriteIds(options, config);
        config["torch_dtype"] = "float32";

        TensorSource[] tensors = [.. ModelParameters.Enumerate(spec)
            .Select(parameter => (Parameter: parameter, Location: architecture.Locate(spec, parameter)))
            .GroupBy(part => part.Location.Name)
            .Select(parts => Source([.. parts], read))];
        string weights = Path.Combine(directory, WeightFiles.SingleFile);
        SafetensorsWriter.Write(weights, tensors, new Dictionary<string, string> { ["format"] = "pt" });
        JsonFile.Write(Path.Combine(directory, HuggingFaceModel.ConfigFile), config);
        JsonObject generation = [];
        WriteIds(options, generation);
        JsonFile.Write(Path.Combine(directory, HuggingFaceModel.GenerationConfigFile), generation);
        if (pooled is not null && architecture.ReadConfig(new ConfigReader(HuggingFaceModel.ConfigFile, JsonDocument.Parse(config.ToJsonString()).RootElement)).Head != pooled)
            SentenceTransformers.Write(directory, spec, pooled);
    }

    private static void WriteIds(HuggingFaceExportOptions options, JsonObject json)
    {
        json["bos_token_id"] = options.BeginOfTextId;
        json["eos_token_id"] = options.EndOfTextId;
        if (options.DecoderStartId is { } start)
            json["decoder_start_token_id"] = start;
        if (options.ForcedBeginId is { } forced)
            json["forced_bos_token_id"] = forced;
    }

    private static TensorSource Source((ParameterSpec Parameter, WeightLocation Location)[] parts, Func<ParameterSpec, float[]> read)
    {
        IReadOnlyList<long> shape = HuggingFaceModel.StoredShape(parts[0].Parameter, parts[0].Location);
        return new(parts[0].Location.Name, ElementType.F32, shape, stream =>
        {
            float[] stored = parts is [(var only, { IsPlain: true })] ? ReadChecked(only, read) : Gather(parts, shape, read);
            stream.Write(System.Runtime.InteropServices.MemoryMarshal.AsBytes(stored.AsSpan()));
        });
    }

    private static float[] Gather(
        (ParameterSpec Parameter, WeightLocation Location)[] parts, IReadOnlyList<long> shape, Func<ParameterSpec, float[]> read)
    {
        float[] stored = new float[shape.Aggregate(1L, (product, size) => product * size)];
        foreach ((ParameterSpec parameter, WeightLocation location) in parts)
        {
            float[] values = ReadChecked(parameter, read);
            int rows = (int)parameter.Shape[0], columns = values.Length / rows;
            for (int r = 0; r < rows; r++)
            {
                ReadOnlySpan<float> row = values.AsSpan(r * columns, columns);
                if (location.Transposed)
                    for (int c = 0; c < columns; c++)
                        stored[(c * shape[1]) + location.Row(r)] = row[c];
                else
                    row.CopyTo(stored.AsSpan((int)(location.Row(r) * columns)));
            }
        }
        return stored;
    }

    private static float[] ReadChecked(ParameterSpec parameter, Func<ParameterSpec, float[]> read)
    {
        float[] values = read(parameter);
        return values.Length == parameter.Count
            ? values
            : throw new ArgumentException($"parameter '{parameter.Name}' has {values.Length} elements instead of {parameter.Count}");
    }
}

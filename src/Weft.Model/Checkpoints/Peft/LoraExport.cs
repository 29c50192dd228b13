using System.Text.Json.Nodes;
using Weft.Model.Architectures;
using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Checkpoints.Safetensors;
using Weft.Model.Spec;

namespace Weft.Model.Checkpoints.Peft;

// R rank, I inputs, O outputs of a parameter; K parameters of one tensor that are adapted.

/// <summary>The two matrices that adapt a parameter: W + scale · B·A.</summary>
/// <param name="A">[R, I], row by row.</param>
/// <param name="B">[O, R], row by row.</param>
public sealed record LoraMatrices(float[] A, float[] B);

/// <summary>How an adapter is written.</summary>
public sealed record LoraSaveOptions
{
    /// <summary>R of every pair.</summary>
    public required int Rank { get; init; }

    /// <summary>The scale is this by the rank, or by its root.</summary>
    public required double Alpha { get; init; }

    /// <summary>Divide by the root of the rank (rank-stabilised LoRA, Kalajdzievski 2023, arXiv:2312.03732).</summary>
    public bool RankStabilised { get; init; }

    /// <summary>Share of the inputs that was dropped in training, for those who train on.</summary>
    public double Dropout { get; init; }

    /// <summary>
    /// With it the adapter is DoRA: the lengths of a parameter's rows, [O]. Asked for all parameters of an adapted tensor; of those that have no pair, the lengths that their
    /// rows have anyway.
    /// </summary>
    public Func<ParameterSpec, float[]>? Magnitudes { get; init; }

    /// <summary>Parameters that were trained as a whole, such as a new head: their values, null for the other ones.</summary>
    public Func<ParameterSpec, float[]?>? Whole { get; init; }

    /// <summary>Folder or repository of the model, for those who load the adapter; null where it is not known.</summary>
    public string? BaseModel { get; init; }
}

/// <summary>Writes adapters in PEFT's layout.</summary>
internal static class LoraExport
{
    public static void Save(string folder, Architecture architecture, ModelSpec spec, Func<ParameterSpec, LoraMatrices?> read, LoraSaveOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Rank, 1);
        Module[] linear = [.. ModelParameters.Enumerate(spec).Where(parameter => parameter.Shape.Length == 2)
            .Select(parameter => new Part(parameter, architecture.Locate(spec, parameter), Checked(parameter, read(parameter), options.Rank)))
            .GroupBy(part => part.Location.Name)
            .Select(parts => new Module(parts.Key[..^".weight".Length], [.. parts]))];
        if (ModelParameters.Enumerate(spec).FirstOrDefault(parameter => parameter.Shape.Length != 2 && read(parameter) is not null) is { } vector)
            throw new ArgumentException($"parameter '{vector.Name}' is no matrix, so it has no pair of matrices");
        Module[] adapted = [.. linear.Where(module => module.Adapted.Length > 0)];
        if (adapted.Length == 0)
            throw new ArgumentException("no parameter is adapted; give a pair of matrices for at least one");
        TensorSource[] whole = [.. Whole(architecture, spec, options)];
        SafetensorsWriter.Write(Path.Combine(folder, LoraAdapter.WeightsFile), [.. adapted.SelectMany(module => Tensors(module, options)), .. whole],
            new Dictionary<string, string> { ["format"] = "pt" });
        JsonObject config = Config(spec, linear, adapted, options);
        if (whole.Length > 0)
            config["modules_to_save"] = Names(whole.Select(tensor => TopModule(architecture, tensor.Name)));
        JsonFile.Write(Path.Combine(folder, LoraConfig.FileName), config);
    }

    private static LoraMatrices? Checked(ParameterSpec parameter, LoraMatrices? pair, int rank)
    {
        if (pair is null)
            return null;
        if (parameter.Part == "embedding")
            throw new NotSupportedException($"parameter '{parameter.Name}' is an embedding, whose adapter is not written; leave it out");
        return pair.A.Length == rank * parameter.Shape[1] && pair.B.Length == parameter.Shape[0] * rank ? pair : throw new ArgumentException(
            $"parameter '{parameter.Name}' has A of {pair.A.Length} and B of {pair.B.Length} elements instead of {rank * parameter.Shape[1]} and {parameter.Shape[0] * rank}");
    }

    /// <summary>Tensors that PEFT keeps beside the pairs.</summary>
    private static IEnumerable<TensorSource> Whole(Architecture architecture, ModelSpec spec, LoraSaveOptions options)
    {
        foreach (ParameterSpec parameter in options.Whole is null ? [] : ModelParameters.Enumerate(spec))
        {
            if (options.Whole!(parameter) is not { } values)
                continue;
            WeightLocation location = architecture.Locate(spec, parameter);
            if (!(location with { IsRow = false }).IsPlain)
                throw new NotSupportedException($"parameter '{parameter.Name}' lies in a tensor with others, so it is not written as a whole; adapt it instead");
            yield return new(LoraAdapter.Prefix + location.Name, ElementType.F32, [.. Checkpoint.StoredShape(parameter, location)], stream => FloatEncoding.Write(stream, ElementType.F32, values));
        }
    }

    /// <summary>The outermost module of a tensor beside the base model, which PEFT keeps as a whole.</summary>
    private static string TopModule(Architecture architecture, string tensor)
    {
        string name = tensor[LoraAdapter.Prefix.Length..];
        return (name.StartsWith(architecture.BasePrefix, StringComparison.Ordinal) ? name[architecture.BasePrefix.Length..] : name).Split('.')[0];
    }

    private static IEnumerable<TensorSource> Tensors(Module module, LoraSaveOptions options)
    {
        int rank = options.Rank;
        Part[] adapted = module.Adapted;
        (ParameterSpec parameter, WeightLocation location, _) = adapted[0];
        long outputs = location.TotalRows == 0 ? parameter.Shape[0] : location.TotalRows;
        int together = adapted.Length * rank;
        float[] up = new float[outputs * together];
        // Each parameter's B stands in the rows that are its own and in the columns that meet its A.
        for (int k = 0; k < adapted.Length; k++)
        {
            int rows = (int)adapted[k].Parameter.Shape[0];
            for (int row = 0; row < rows; row++)
                adapted[k].Pair!.B.AsSpan(row * rank, rank).CopyTo(up.AsSpan((int)(adapted[k].Location.StoredRow(row, rows) * together) + (k * rank)));
        }
        string name = LoraAdapter.Prefix + module.Name;
        yield return new(name + LoraAdapter.DownEnding, ElementType.F32, [together, parameter.Shape[1]], stream =>
        {
            foreach (Part part in adapted)
                FloatEncoding.Write(stream, ElementType.F32, part.Pair!.A);
        });
        yield return new(name + LoraAdapter.UpEnding, ElementType.F32, [outputs, together], stream => FloatEncoding.Write(stream, ElementType.F32, up));
        if (options.Magnitudes is null)
            yield break;
        float[] lengths = new float[outputs];
        foreach ((ParameterSpec part, WeightLocation place, _) in module.Parts)
        {
            float[] own = options.Magnitudes(part);
            for (int row = 0; row < own.Length; row++)
                lengths[place.StoredRow(row, own.Length)] = own[row];
        }
        yield return new(name + LoraAdapter.MagnitudeEnding, ElementType.F32, [outputs], stream => FloatEncoding.Write(stream, ElementType.F32, lengths));
    }

    private static JsonObject Config(ModelSpec spec, Module[] linear, Module[] adapted, LoraSaveOptions options)
    {
        JsonObject ranks = [], alphas = [];
        foreach (Module module in adapted.Where(module => module.Adapted.Length > 1))
        {
            // The scale stays that of one pair.
            int parts = module.Adapted.Length;
            ranks[module.Name] = parts * options.Rank;
            alphas[module.Name] = options.Alpha * (options.RankStabilised ? Math.Sqrt(parts) : parts);
        }
        return new()
        {
            ["peft_type"] = "LORA",
            ["task_type"] = TaskType(spec),
            ["base_model_name_or_path"] = options.BaseModel,
            ["inference_mode"] = true,
            ["r"] = options.Rank,
            ["lora_alpha"] = options.Alpha,
            ["lora_dropout"] = options.Dropout,
            ["use_rslora"] = options.RankStabilised,
            ["use_dora"] = options.Magnitudes is not null,
            ["rank_pattern"] = ranks,
            ["alpha_pattern"] = alphas,
            ["target_modules"] = Names(Targets(linear, adapted)),
            ["fan_in_fan_out"] = adapted.Any(module => module.Parts[0].Location.Transposed),
            ["bias"] = "none",
            ["modules_to_save"] = null,
        };
    }

    private static JsonArray Names(IEnumerable<string> names) => new([.. names.Distinct().Select(name => JsonValue.Create(name))]);

    /// <summary>The last part of a name where it means adapted modules alone, since PEFT adapts all that end so; else the whole name.</summary>
    private static IEnumerable<string> Targets(Module[] linear, Module[] adapted) => adapted
        .Select(module => linear.All(other => other.LastName != module.LastName || other.Adapted.Length > 0) ? module.LastName : module.Name);

    private static string? TaskType(ModelSpec spec) => spec.Head switch
    {
        HeadSpec.LanguageModel => spec.HasSource ? "SEQ_2_SEQ_LM" : "CAUSAL_LM",
        HeadSpec.SequenceClassification => "SEQ_CLS",
        HeadSpec.TokenClassification => "TOKEN_CLS",
        HeadSpec.Spans => "QUESTION_ANS",
        HeadSpec.PooledEmbedding => "FEATURE_EXTRACTION",
        _ => null,
    };

    private sealed record Part(ParameterSpec Parameter, WeightLocation Location, LoraMatrices? Pair);

    private sealed record Module(string Name, Part[] Parts)
    {
        public Part[] Adapted { get; } = [.. Parts.Where(part => part.Pair is not null)];

        public string LastName => Name[(Name.LastIndexOf('.') + 1)..];
    }
}

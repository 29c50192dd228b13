using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.Gguf;
using Weft.Model.Spec;

namespace Weft.Cli.Inspection;

/// <summary><c>weft inspect</c>: what a model is made of.</summary>
internal sealed class InspectCommand
{
    private static readonly string[] ByteUnits = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB"];

    private readonly Argument<string> _model = WeftTool.ModelArgument();
    private readonly Option<bool> _check = CommonOptions.Flag("--check", "Read every weight once; one that is infinite or not a number is an error");
    private readonly Option<bool> _json = CommonOptions.Json();

    /// <summary>Makes the command.</summary>
    public DocumentedCommand Create() => new DocumentedCommand("inspect", "Show what a model is made of, without loading it")
    {
        Arguments = { _model },
        Options = { _check, _json },
        Notes =
        [
            "Reads config.json and the headers of the weight files, and the weights only with --check, which takes as",
            "long as reading the files does; no tokenizer is needed. Of a GGUF file its metadata is shown too. --json",
            "prints",
            "  {\"model_type\": \"...\", \"spec\": {...}, \"parameters\": {...}, \"memory\": {...}}",
            "parameters are counts by part and their total, a head that is tied to the embedding counted once; memory is",
            "in bytes: weights in the files and in the engine, keys and values that the engine keeps for one token and",
            "for a full context. A GGUF file adds \"tensor_types\" (tensors of each type) and \"metadata\" (texts by key),",
            "--check adds \"finite_weights\", their number in the files.",
        ],
        Examples =
        [
            "weft inspect models/tinystories",
            "weft inspect models/tinystories --json",
            "weft inspect model.gguf --check",
        ],
    }.Runs(Run);

    private int Run(CommandContext context)
    {
        using Checkpoint model = Checkpoint.Open(WeftTool.Resolve(context.Get(_model)));
        var footprint = new ModelFootprint(model);
        long? finite = context.Get(_check) ? model.CheckWeights(context.Cancellation) : null;
        if (context.Get(_json))
            WriteJson(context.Output, model, footprint, finite);
        else
            WriteText(context.Output, model, footprint, finite);
        return 0;
    }

    private static void WriteJson(TextWriter output, Checkpoint model, ModelFootprint footprint, long? finite)
    {
        var parameters = new JsonObject();
        foreach ((string part, long count) in footprint.Parameters)
            parameters[part.Replace('-', '_')] = count;
        parameters["total"] = footprint.TotalParameters;
        var root = new JsonObject
        {
            ["model_type"] = model.Architecture.ModelType,
            ["spec"] = SpecDescription.Describe(model.Spec),
            ["parameters"] = parameters,
            ["memory"] = new JsonObject
            {
                ["stored_weights"] = footprint.StoredBytes,
                ["weights"] = footprint.WeightBytes,
                ["cache_per_token"] = footprint.CacheBytesPerToken,
                ["cache_at_full_context"] = footprint.CacheBytesAtFullContext,
            },
        };
        if (model is GgufModel gguf)
        {
            root["tensor_types"] = new JsonObject(TensorTypes(gguf).Select(pair => KeyValuePair.Create<string, JsonNode?>(pair.Type, pair.Count)));
            root["metadata"] = new JsonObject(gguf.File.Keys.Select(key => KeyValuePair.Create<string, JsonNode?>(key.Name, key.Value)));
        }
        if (finite is not null)
            root["finite_weights"] = finite;
        using var json = new JsonOutput(output);
        root.WriteTo(json.Writer);
        json.Complete();
    }

    private static void WriteText(TextWriter output, Checkpoint model, ModelFootprint footprint, long? finite)
    {
        SpecTree.Draw(output, SpecTree.Of(model.Architecture.ModelType, model.Spec));
        output.WriteLine();
        output.WriteLine("Parameters:");
        foreach ((string part, long count) in footprint.Parameters)
            output.WriteLine(part == ModelParameters.Head && footprint.HasTiedHead
                ? $"  {part,-14}{"tied",19}  counted in embedding"
                : string.Create(CultureInfo.InvariantCulture,
                    $"  {part,-14}{count,19:N0}{count / (double)footprint.TotalParameters,8:P1}"));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {"total",-14}{footprint.TotalParameters,19:N0}"));
        output.WriteLine();
        output.WriteLine("Memory:");
        WriteBytes(output, $"weights in the files ({string.Join(", ", footprint.ElementTypes)})", footprint.StoredBytes);
        WriteBytes(output, "weights in the engine", footprint.WeightBytes);
        WriteBytes(output, "key-value cache per token, fp32", footprint.CacheBytesPerToken);
        WriteBytes(output, $"key-value cache of {model.Spec.ContextLength} tokens, fp32", footprint.CacheBytesAtFullContext);
        if (finite is not null)
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Environment.NewLine}Every weight in the files is finite: {finite:N0} of {finite:N0}."));
        if (model is GgufModel gguf)
            WriteMetadata(output, gguf);
    }

    private static void WriteMetadata(TextWriter output, GgufModel model)
    {
        output.WriteLine();
        output.WriteLine("Tensors:");
        foreach ((string type, int count) in TensorTypes(model))
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {type,-14}{count,19:N0}"));
        output.WriteLine();
        output.WriteLine("Metadata:");
        foreach (GgufKey key in model.File.Keys)
            output.WriteLine($"  {Failure.OneLine(key.Name),-42} {Failure.OneLine(key.Value)}".TrimEnd());
    }

    private static IEnumerable<(string Type, int Count)> TensorTypes(GgufModel model) =>
        model.File.Tensors.Values.CountBy(tensor => tensor.Type).OrderBy(pair => pair.Key).Select(pair => (pair.Key.ToString(), pair.Value));

    private static void WriteBytes(TextWriter output, string what, decimal bytes)
    {
        int unit = 0;
        decimal scaled = bytes;
        for (; scaled >= 1024 && unit < ByteUnits.Length - 1; unit++)
            scaled /= 1024;
        string number = scaled.ToString(unit == 0 ? "F0" : "F1", CultureInfo.InvariantCulture);
        output.WriteLine($"  {what,-38}{number,9} {ByteUnits[unit]}");
    }
}

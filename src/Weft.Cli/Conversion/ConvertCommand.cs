using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.Gguf;
using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Spec;
using Weft.Text;

namespace Weft.Cli.Conversion;

/// <summary><c>weft convert</c>: a model in another format.</summary>
internal sealed class ConvertCommand
{
    private const string KeepType = "keep";

    private static readonly Dictionary<string, ElementType> Types = new() { ["f32"] = ElementType.F32, ["f16"] = ElementType.F16, ["bf16"] = ElementType.BF16 };

    private readonly Argument<string> _input = new("IN") { Description = "Folder of a Hugging Face model, or a GGUF file" };
    private readonly Argument<string> _output = new("OUT") { Description = $"File that ends with {Checkpoint.GgufEnding}, or folder for a Hugging Face model" };
    private readonly Option<string> _type = CommonOptions.Choice("--type", "Type of the weights; keep leaves each as it is", KeepType, [KeepType, .. Types.Keys]);
    private readonly Option<string?> _adapter = WeftTool.AdapterOption("Folder of a LoRA adapter in PEFT's layout, which is merged into the model");
    private readonly Option<bool> _unmerge = CommonOptions.Flag("--unmerge", "Take the adapter, which was merged into IN, out of it instead");
    private readonly Option<bool> _force = CommonOptions.Flag("--force", "Replace OUT where it exists");
    private readonly Option<bool> _json = CommonOptions.Json();

    /// <summary>Makes the command.</summary>
    public DocumentedCommand Create() => new DocumentedCommand("convert", "Write a model as a GGUF file or as a Hugging Face folder")
    {
        Arguments = { _input, _output },
        Options = { _type, _adapter, _unmerge, _force, _json },
        Notes =
        [
            "Narrower types round to the nearest value. A GGUF file keeps vectors (norms, biases) in F32, as llama.cpp",
            "wants them, and the texts of the folder (config.json, tokenizer.json and so on) in its metadata, so that",
            "folder to file to folder gives equal tensors and texts. Families that llama.cpp does not know are written",
            "under Weft's own names. Quantized weights and F64 become F32 unless --type says otherwise. A weight that is",
            "no finite number, or too large for the type, is refused. --json prints",
            "  {\"path\": \"...\", \"model_type\": \"...\", \"format\": \"...\", \"parameters\": N, \"bytes\": N, \"seconds\": X}",
            "format is gguf, gguf under Weft's own names: gguf-weft, or safetensors.",
        ],
        Examples =
        [
            "weft convert models/tinystories tinystories.gguf",
            "weft convert models/tinystories tinystories-f16.gguf --type f16",
            "weft convert model.gguf models/from-gguf",
            "weft convert models/tinystories models/merged --adapter adapters/rhymes",
            "weft convert models/merged models/as-before --adapter adapters/rhymes --unmerge",
        ],
    }.Runs(Run);

    private int Run(CommandContext context)
    {
        string output = context.Get(_output);
        bool toFile = Checkpoint.IsGguf(output);
        ConversionOutput.Check(context.Get(_input), output, toFile, context.Get(_force));
        long began = Stopwatch.GetTimestamp();
        if (context.Get(_unmerge) && context.Get(_adapter) is null)
            throw new UsageException("--unmerge takes an adapter out of a model, but no --adapter is given; name its folder");
        using Checkpoint source = WeftTool.OpenCheckpoint(context.Get(_input), context.Get(_adapter), context.Get(_unmerge));
        using var progress = new ConversionProgress(context.Error, Terminal.IsWatched(Console.IsErrorRedirected, Environment.GetEnvironmentVariable), source.Spec);
        var options = new ConversionOptions
        {
            Type = Types.TryGetValue(context.Get(_type), out ElementType type) ? type : null,
            Progress = progress.Report,
            Cancellation = context.Cancellation,
        };
        Tokenizer? tokenizer = ConversionOutput.OpenTokenizer(source);
        string? warning = null;
        if (toFile)
        {
            warning = ConversionOutput.WriteGguf(output, source, tokenizer, options);
        }
        else
        {
            HuggingFaceExport.Save(output, source, options);
            // Those of a model that was there before do not belong to this one.
            foreach (string name in CompanionFile.Names.Where(name => name != CompanionFile.Config && source.ReadCompanion(name) is null))
                DeleteIfThere(Path.Combine(output, name));
            if (tokenizer is not null && source.ReadCompanion(CompanionFile.Tokenizer) is null)
                tokenizer.Save(Path.Combine(output, CompanionFile.Tokenizer));
        }
        progress.Dispose();
        if (warning is not null)
            context.Error.WriteLine($"warning: {warning}");
        WriteResult(context, source, Stopwatch.GetElapsedTime(began));
        return 0;
    }

    private void WriteResult(CommandContext context, Checkpoint source, TimeSpan time)
    {
        string path = context.Get(_output);
        using Checkpoint written = Checkpoint.Open(path);
        string format = written is not GgufModel gguf ? "safetensors" : gguf.HasOwnNames ? "gguf-weft" : "gguf";
        long bytes = new FileInfo(written is GgufModel ? path : Path.Combine(path, HuggingFaceExport.WeightsFile)).Length;
        long parameters = ModelParameters.Enumerate(source.Spec).Sum(parameter => parameter.Count);
        if (!context.Get(_json))
        {
            context.Output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{path}: {source.Architecture.ModelType} as {format}, {parameters:N0} parameters in {bytes:N0} bytes, {time.TotalSeconds:F1} s"));
            return;
        }
        using var json = new JsonOutput(context.Output);
        json.Writer.WriteStartObject();
        json.Writer.WriteString("path", path);
        json.Writer.WriteString("model_type", source.Architecture.ModelType);
        json.Writer.WriteString("format", format);
        json.Writer.WriteNumber("parameters", parameters);
        json.Writer.WriteNumber("bytes", bytes);
        json.Writer.WriteNumber("seconds", Math.Round(time.TotalSeconds, 3));
        json.Writer.WriteEndObject();
        json.Complete();
    }

    /// <summary>A folder of a module may be missing as a whole, which deleting alone would not take for done.</summary>
    private static void DeleteIfThere(string path)
    {
        if (File.Exists(path))
            File.Delete(path);
    }
}

using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.Gguf;
using Weft.Model.Quantization;
using Weft.Model.Spec;
using Weft.Text;

namespace Weft.Cli.Conversion;

/// <summary><c>weft quantize</c>: a model in a GGUF file of fewer bits.</summary>
internal sealed class QuantizeCommand
{
    private const string Usual = "q4_k_m";

    private readonly Argument<string> _input = WeftTool.ModelArgument();
    private readonly Argument<string> _output = new("OUT") { Description = $"File that ends with {Checkpoint.GgufEnding}" };
    private readonly Option<string> _format = Formats();
    private readonly Option<string?> _importance = new("--importance")
    {
        Description = "Weigh errors by what a text, or a file of llama-imatrix's, says about columns",
        HelpName = "FILE",
    };

    private readonly Option<int> _windows = CommonOptions.WholeNumber("--importance-windows", $"Pieces of {CalibrationWindows.Tokens} tokens that are read of a text", byDefault: 100, minimum: 1);

    private readonly Option<string?> _saved = new("--save-importance")
    {
        Description = $"Also write what was measured, for another run; ends with {Checkpoint.GgufEnding}",
        HelpName = "FILE",
    };

    private readonly Option<bool> _again = CommonOptions.Flag("--requantize", "Take a MODEL that is quantized already, whose errors stay and to which new ones come");
    private readonly Option<bool> _force = CommonOptions.Flag("--force", "Replace OUT where it exists");
    private readonly Option<bool> _json = CommonOptions.Json();

    /// <summary>Makes the command.</summary>
    public DocumentedCommand Create() => new DocumentedCommand("quantize", "Write a model as a GGUF file with fewer bits for each weight")
    {
        Arguments = { _input, _output },
        Options = { _format, _importance, _windows, _saved, _again, _force, _json },
        Notes =
        [
            "Blocks are byte for byte those of llama.cpp, and so is the choice of types: q4_k_m, for one, is Q4_K with",
            "Q6_K for the output and for half of the values and downward projections. Vectors, positions and routers",
            "stay F32. A matrix whose rows are no multiple of 256 gets a type with blocks of 32, or F16; a warning says",
            "so. FORMAT, with the bits for each weight of a model of 374 million:",
            "  q8_0 8.5, q6_k 6.6, q5_k_m 5.7, q5_k_s 5.6, q4_k_m 4.9, q4_k_s 4.7, q3_k_l 4.4, q3_k_m 4.1, q3_k_s 3.7,",
            "  q2_k 3.2, the older q5_1, q5_0, q4_1 and q4_0, and f32, f16, bf16.",
            "--importance FILE makes the errors smaller that matter most. FILE is a text in UTF-8 of the kind that the",
            "model is for, some 200 kB, which the model reads in fp32 first; or a GGUF file of llama-imatrix's. The file",
            "that comes out is byte for byte what llama-quantize --imatrix makes, which reads --save-importance's file.",
            "Tokenizer and texts of the folder are kept as by weft convert. A weight that is no finite number, or beyond",
            "65504, is refused. --json prints",
            "  {\"path\": \"...\", \"model_type\": \"...\", \"format\": \"...\", \"quantization\": \"Q4_K_M\", \"parameters\": N,",
            "   \"importance\": \"...\", \"bytes\": N, \"bits_per_weight\": X, \"tensor_types\": {\"Q4_K\": N}, \"seconds\": X}",
            "format is gguf, or gguf-weft under Weft's own names; importance is FILE, or null without.",
        ],
        Examples =
        [
            "weft quantize models/tinystories tinystories-q4.gguf",
            "weft quantize models/tinystories tinystories-q8.gguf --to q8_0",
            "weft quantize models/tinystories tinystories-q3.gguf --to q3_k_m --importance stories.txt",
        ],
    }.Runs(Run);

    /// <summary>Their list stands in the notes: it would be too wide beside the option.</summary>
    private static Option<string> Formats()
    {
        Option<string> option = CommonOptions.Choice("--to", "Mix of types", Usual, [.. QuantizationMix.All.Select(mix => mix.Name.ToLowerInvariant())]);
        option.HelpName = "FORMAT";
        return option;
    }

    private int Run(CommandContext context)
    {
        string output = context.Get(_output);
        if (!Checkpoint.IsGguf(output))
            throw new UsageException($"OUT is '{output}'; quantized weights go into GGUF files, give a name that ends with {Checkpoint.GgufEnding}");
        ConversionOutput.Check(context.Get(_input), output, toFile: true, context.Get(_force));
        CheckImportance(context);
        long began = Stopwatch.GetTimestamp();
        QuantizationMix mix = QuantizationMix.Find(context.Get(_format))!;
        using Checkpoint source = WeftTool.OpenCheckpoint(context.Get(_input), adapter: null);
        CheckSource(source, context.Get(_again));
        Tokenizer? tokenizer = ConversionOutput.OpenTokenizer(source);
        ImportanceMatrix? importance = ImportanceOf(context, source, tokenizer);
        using var progress = new ConversionProgress(context.Error, Terminal.IsWatched(Console.IsErrorRedirected, Environment.GetEnvironmentVariable), source.Spec);
        string? warning = ConversionOutput.WriteGguf(output, source, tokenizer,
            new() { Mix = mix, Importance = importance, Progress = progress.Report, Cancellation = context.Cancellation });
        progress.Dispose();
        using GgufModel written = GgufModel.Open(output);
        foreach (string text in new[] { warning, Unfitting(written, mix), Unmeasured(source, importance) }.OfType<string>())
            context.Error.WriteLine($"warning: {text}");
        WriteResult(context, written, mix, Stopwatch.GetElapsedTime(began));
        return 0;
    }

    private static void CheckSource(Checkpoint source, bool again)
    {
        ElementType[] types = [.. ModelParameters.Enumerate(source.Spec).Select(source.SourceType).Where(type => type.IsBlockQuantized()).Distinct()];
        if ((types.Length > 0 || source.Packing is not null) && !again)
            throw new UsageException($"MODEL '{source.Path}' is quantized already ({source.Packing ?? string.Join(", ", types)}), and its errors stay whatever is made of it; "
                + "give the model that it was made from, or --requantize to do it all the same");
    }

    /// <summary>The importance of columns; null where none is asked for.</summary>
    private ImportanceMatrix? ImportanceOf(CommandContext context, Checkpoint source, Tokenizer? tokenizer)
    {
        if (context.Get(_importance) is not { } path)
            return null;
        ImportanceMatrix importance = new ImportanceSource(context, context.Get(_windows)).Load(path, source, tokenizer);
        if (context.Get(_saved) is { } saved)
            importance.Save(saved, source);
        return importance;
    }

    private void CheckImportance(CommandContext context)
    {
        string? path = context.Get(_importance), saved = context.Get(_saved);
        if (path is null && (saved is not null || context.IsGiven(_windows)))
            throw new UsageException($"{(saved is null ? _windows.Name : _saved.Name)} is given without --importance; give a text to measure importance on");
        if (saved is null)
            return;
        if (!Checkpoint.IsGguf(saved))
            throw new UsageException($"--save-importance is '{saved}'; importance goes into a GGUF file, give a name that ends with {Checkpoint.GgufEnding}");
        if (new[] { context.Get(_output), context.Get(_input), path! }.Any(other => Path.GetFullPath(saved) == Path.GetFullPath(other)))
            throw new UsageException($"--save-importance is '{saved}', which is another file of this command too; give another name");
        if (File.Exists(saved) && !context.Get(_force))
            throw new UsageException($"--save-importance is '{saved}', which exists; give another name, or --force to replace it");
    }

    /// <summary>Says for how many matrices nothing is known.</summary>
    private static string? Unmeasured(Checkpoint source, ImportanceMatrix? importance)
    {
        string[] missing = [.. importance?.Missing(source.Spec) ?? []];
        return missing.Length == 0 ? null : $"{missing.Length} matrices have no importance, such as '{missing[0]}', and were quantized without";
    }

    /// <summary>Says which tensors have rows that are no blocks of the mix.</summary>
    private static string? Unfitting(GgufModel written, QuantizationMix mix)
    {
        if (!mix.Main.IsBlockQuantized())
            return null;
        int length = mix.Main.BlockLength();
        TensorView[] others = [.. written.File.Tensors.Values.Where(tensor => tensor.Shape.Length > 1 && tensor.Type != ElementType.F32 && tensor.Shape[^1] % length != 0)];
        return others.Length == 0 ? null : $"{others.Length} tensors have rows that are no blocks of {length} and became "
            + $"{string.Join(", ", others.Select(tensor => tensor.Type).Distinct().Order())}, such as '{others[0].Name}' with rows of {others[0].Shape[^1]}";
    }

    private void WriteResult(CommandContext context, GgufModel written, QuantizationMix mix, TimeSpan time)
    {
        string path = context.Get(_output);
        long bytes = new FileInfo(path).Length, parameters = ModelParameters.Enumerate(written.Spec).Sum(parameter => parameter.Count);
        double bits = written.File.Tensors.Values.Sum(tensor => 8.0 * tensor.ByteCount) / parameters;
        if (!context.Get(_json))
        {
            context.Output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{path}: {written.Architecture.ModelType} as {mix.Name}{(context.Get(_importance) is null ? "" : " with importance")}, {parameters:N0} parameters in {bytes:N0} bytes, {bits:F2} bits each, {time.TotalSeconds:F1} s"));
            return;
        }
        using var json = new JsonOutput(context.Output);
        json.Writer.WriteStartObject();
        json.Writer.WriteString("path", path);
        json.Writer.WriteString("model_type", written.Architecture.ModelType);
        json.Writer.WriteString("format", written.HasOwnNames ? "gguf-weft" : "gguf");
        json.Writer.WriteString("quantization", mix.Name);
        json.Writer.WriteNumber("parameters", parameters);
        json.Writer.WriteString("importance", context.Get(_importance));
        json.Writer.WriteNumber("bytes", bytes);
        json.Writer.WriteNumber("bits_per_weight", Math.Round(bits, 3));
        json.Writer.WriteStartObject("tensor_types");
        foreach ((ElementType type, int count) in written.File.Tensors.Values.CountBy(tensor => tensor.Type).OrderBy(pair => pair.Key))
            json.Writer.WriteNumber(type.ToString(), count);
        json.Writer.WriteEndObject();
        json.Writer.WriteNumber("seconds", Math.Round(time.TotalSeconds, 3));
        json.Writer.WriteEndObject();
        json.Complete();
    }
}

using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Weft.Cli.Train.Benchmarking;

/// <summary><c>weft bench-train</c>: how fast training is on this machine, beside a plain program and the processor's own limit.</summary>
internal sealed class BenchTrainCommand
{
    private readonly Option<int[]?> _vocabulary = new("--vocab")
    {
        Description = "Vocabularies to measure (default: 4096,50257)",
        HelpName = "4096,50257",
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            int[] sizes = [.. text.Split(',', StringSplitOptions.TrimEntries).Select(word => int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out int size) ? size : 0)];
            if (sizes.All(size => size is >= 2 and <= 1 << 20))
                return sizes;
            result.AddError($"--vocab is '{text}'; use whole numbers from 2 to {1 << 20}, separated by commas");
            return null;
        },
    };

    private readonly Option<int?> _threads = CommonOptions.Threads();
    private readonly Option<int> _rounds = CommonOptions.WholeNumber("--rounds", "Turns of each, whose median counts", 3, minimum: 1, maximum: 100);
    private readonly Option<bool> _documents = CommonOptions.Flag("--documents", "Measure documents of mixed length instead: packed into windows, and padded");
    private readonly Option<bool> _json = CommonOptions.Json();
    private readonly Option<string?> _contestant = new("--contestant") { Description = "One of those that are measured, in this process", Hidden = true };

    /// <param name="Value">Tokens or operations a second.</param>
    /// <param name="PeakBytes">Of the process.</param>
    private sealed record Measured(double Value, long PeakBytes);

    /// <param name="Vocabulary">Entries.</param>
    /// <param name="Trainer">Weft's trainer.</param>
    /// <param name="Baseline">The plain program.</param>
    /// <param name="FractionOfProducts">Of the time of a step that its matrix products alone take.</param>
    private sealed record Row(int Vocabulary, Measured Trainer, Measured Baseline, double FractionOfProducts);

    /// <summary>Makes the command.</summary>
    public DocumentedCommand Create() => new DocumentedCommand("bench-train", "Measure how fast training is, beside a plain program")
    {
        Options = { _vocabulary, _threads, _rounds, _documents, _json, _contestant },
        Notes =
        [
            "Trains a GPT-2 of 6 layers and width 384 on 12 windows of 256 random ids a step, in turn with the same model",
            "as one would write it first (torch's modules in fp32, all logits at once, torch's AdamW) and with libtorch's",
            "matrix products alone at the shapes of a step. Each has a process of its own. --json prints",
            "  {\"runs\": [{\"vocabulary\": N, \"tokens_per_second\": X, \"baseline_tokens_per_second\": X,",
            "   \"peak_memory_bytes\": N, \"baseline_peak_memory_bytes\": N, \"fraction_of_gemm\": X}, ...]}.",
            "--documents takes random documents of 8 to 256 tokens, 75 in the mean, and counts the tokens of documents:",
            "packed into rows of 256, one a row beside others of about its length, and one a row padded to 256. --json prints",
            "  {\"vocabulary\": N, \"packed_tokens_per_second\": X, \"sorted_tokens_per_second\": X, \"padded_tokens_per_second\": X}.",
        ],
        Examples = ["weft bench-train", "weft bench-train --vocab 4096,50257 --json"],
    }.Runs(Run);

    private int Run(CommandContext context)
    {
        int threads = context.Get(_threads) ?? Environment.ProcessorCount;
        int[] vocabularies = context.Get(_vocabulary) ?? [4096, 50257];
        if (context.Get(_contestant) is { } name)
        {
            context.Output.WriteLine(FormattableString.Invariant($"{TrainingContestant.Measure(name, new(vocabularies[0], threads)):R} {Peak()}"));
            return 0;
        }
        if (context.Get(_documents))
            return RaceDocuments(vocabularies[0], threads, context);
        List<Row> rows = [];
        foreach (int vocabulary in vocabularies)
            rows.Add(Race(vocabulary, threads, context));
        if (context.Get(_json))
            WriteJson(rows, context.Output);
        else
            WriteTable(rows, context.Output);
        return 0;
    }

    private int RaceDocuments(int vocabulary, int threads, CommandContext context)
    {
        string[] names = [TrainingContestant.Packed, TrainingContestant.Sorted, TrainingContestant.Padded];
        Dictionary<string, List<Measured>> turns = TakeTurns(names, vocabulary, threads, context);
        if (!context.Get(_json))
        {
            foreach (string name in names)
                context.Output.WriteLine(FormattableString.Invariant($"{name,-8} {Median(turns[name]).Value,10:N0} tokens/s"));
            return 0;
        }
        using var json = new JsonOutput(context.Output);
        json.Writer.WriteStartObject();
        json.Writer.WriteNumber("vocabulary", vocabulary);
        foreach (string name in names)
            json.Writer.WriteNumber($"{name}_tokens_per_second", Math.Round(Median(turns[name]).Value, 1));
        json.Writer.WriteEndObject();
        json.Complete();
        return 0;
    }

    private Dictionary<string, List<Measured>> TakeTurns(string[] names, int vocabulary, int threads, CommandContext context)
    {
        var turns = names.ToDictionary(name => name, _ => new List<Measured>());
        for (int round = 0; round < context.Get(_rounds); round++)
            foreach (string name in names)
            {
                context.Cancellation.ThrowIfCancellationRequested();
                turns[name].Add(Start(name, vocabulary, threads));
            }
        return turns;
    }

    private Row Race(int vocabulary, int threads, CommandContext context)
    {
        string[] names = [TrainingContestant.Trainer, TrainingContestant.Baseline, TrainingContestant.Products];
        Dictionary<string, List<Measured>> turns = TakeTurns(names, vocabulary, threads, context);
        Measured trainer = Median(turns[TrainingContestant.Trainer]), products = Median(turns[TrainingContestant.Products]);
        return new(vocabulary, trainer, Median(turns[TrainingContestant.Baseline]), trainer.Value * new TrainingShape(vocabulary, threads).OperationsPerToken / products.Value);
    }

    private static Measured Start(string name, int vocabulary, int threads)
    {
        string program = Environment.ProcessPath!, library = typeof(BenchTrainCommand).Assembly.Location;
        bool isHost = Path.GetFileNameWithoutExtension(program) == "dotnet";
        string[] arguments = ["bench-train", "--contestant", name, "--vocab", Text(vocabulary), "--threads", Text(threads)];
        var start = new ProcessStartInfo(program, isHost ? [library, .. arguments] : arguments) { RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        string[] words = output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (process.ExitCode != 0 || words.Length != 2)
            throw new InvalidOperationException($"measuring '{name}' ended with exit code {process.ExitCode}; its messages are above");
        return new(double.Parse(words[0], CultureInfo.InvariantCulture), long.Parse(words[1], CultureInfo.InvariantCulture));
    }

    private static void WriteJson(List<Row> rows, TextWriter output)
    {
        using var json = new JsonOutput(output);
        Utf8JsonWriter writer = json.Writer;
        writer.WriteStartObject();
        writer.WriteStartArray("runs");
        foreach (Row row in rows)
        {
            writer.WriteStartObject();
            writer.WriteNumber("vocabulary", row.Vocabulary);
            writer.WriteNumber("tokens_per_second", Math.Round(row.Trainer.Value, 1));
            writer.WriteNumber("baseline_tokens_per_second", Math.Round(row.Baseline.Value, 1));
            writer.WriteNumber("peak_memory_bytes", row.Trainer.PeakBytes);
            writer.WriteNumber("baseline_peak_memory_bytes", row.Baseline.PeakBytes);
            writer.WriteNumber("fraction_of_gemm", Math.Round(row.FractionOfProducts, 4));
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
        json.Complete();
    }

    private static void WriteTable(List<Row> rows, TextWriter output)
    {
        output.WriteLine($"{"vocabulary",10} {"tokens/s",10} {"plain",10} {"times",6} {"of GEMM",8} {"peak MB",8} {"plain MB",9}");
        foreach (Row row in rows)
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{row.Vocabulary,10} {row.Trainer.Value,10:N0} {row.Baseline.Value,10:N0} {row.Trainer.Value / row.Baseline.Value,6:F2} {row.FractionOfProducts,8:F2} {row.Trainer.PeakBytes / 1e6,8:N0} {row.Baseline.PeakBytes / 1e6,9:N0}"));
    }

    private static Measured Median(List<Measured> turns) => turns.OrderBy(turn => turn.Value).ElementAt(turns.Count / 2);

    private static long Peak()
    {
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}

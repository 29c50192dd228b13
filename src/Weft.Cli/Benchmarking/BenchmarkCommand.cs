using System.CommandLine;
using Weft.Inference;
using Weft.Model.Checkpoints;
using Weft.Model.Spec;

namespace Weft.Cli.Benchmarking;

/// <summary><c>weft bench</c>: how fast a model is on this machine, and how fast it could be.</summary>
internal sealed class BenchmarkCommand
{
    private const string DefaultFormat = "q8_0";

    private static readonly string[] Shapes = [.. SyntheticShape.All.Select(shape => shape.Name)], Formats = [.. SyntheticFormat.All.Select(format => format.Name)];

    private readonly Argument<string?> _model = new("MODEL")
    {
        Description = "Folder of a Hugging Face model, a GGUF file, or owner/name once downloaded",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<int> _prompt = CommonOptions.WholeNumber("--prompt", "Random ids to read at once; 0 leaves it out", 512, minimum: 0);
    private readonly Option<int> _generate = CommonOptions.WholeNumber("--generate", "Tokens to generate one by one; 0 leaves it out", 64, minimum: 0);
    private readonly Option<int[]?> _threads = CommonOptions.ThreadCounts();
    private readonly Option<bool> _pin = WeftTool.PinOption();
    private readonly Option<int> _repeat = CommonOptions.WholeNumber("--repeat", "Measurements, whose median counts; a warm-up comes before", 5, minimum: 1, maximum: 1000);

    private readonly Option<int> _context = CommonOptions.WholeNumber("--context", "Tokens that the key-value cache has room for; 0 means as many as needed", 0, minimum: 0);
    private readonly Option<int> _depth = CommonOptions.WholeNumber("--depth", "Tokens in the cache before the first is generated", 0, minimum: 0);
    private readonly Option<int> _sequences = CommonOptions.WholeNumber("--sequences", "Also generate for so many sequences together", 1, minimum: 1, maximum: 512);
    private readonly Option<string> _cache = WeftTool.CacheOption();
    private readonly Option<string?> _synthetic = new("--synthetic") { Description = "Make a model of this shape with random weights in place of MODEL", HelpName = "SHAPE" };
    private readonly Option<string?> _format = new("--format") { Description = $"With --synthetic: type of the weights (default: {DefaultFormat})", HelpName = "TYPE" };
    private readonly Option<string?> _save = new("--save") { Description = "With --synthetic: keep the model in this GGUF file", HelpName = "FILE" };
    private readonly Option<bool> _force = CommonOptions.Flag("--force", "With --save: replace FILE where it exists");
    private readonly Option<bool> _machine = CommonOptions.Flag("--machine", "Measure the machine alone");
    private readonly Option<bool> _json = CommonOptions.Json();

    /// <summary>Makes the command.</summary>
    public DocumentedCommand Create() => new DocumentedCommand("bench", "Measure how fast a model is, and how fast this machine could be")
    {
        Arguments = { _model },
        Options = { _prompt, _generate, _threads, _pin, _repeat, _context, _depth, _sequences, _cache, _synthetic, _format, _save, _force, _machine, _json },
        Notes =
        [
            "A model is loaded for each number of threads, reads a prompt of random ids, and generates from a single id",
            "on by the most likely tokens; a model that does not generate takes --generate 0. Loading lasts from opening",
            "the file, which is in the page cache, to the logits of the first token. Then the ceilings of this machine",
            "are measured. --json prints",
            "  {\"model\": \"...\", \"format\": \"Q8_0\", \"runs\": [{\"threads\": N, \"prompt_tokens_per_second\": X,",
            "   \"generate_tokens_per_second\": X, \"prompt_fraction_of_ceiling\": X, \"generate_fraction_of_bandwidth\": X},",
            "   ...], \"peak_memory_bytes\": N, \"load_seconds\": X, \"machine\": {...}}",
            "with null for what was left out. A prompt's ceiling is that of arithmetic: of int8 for quantized weights, of",
            "bf16 for BF16 and for F16 whose numbers are all of bf16, else of fp32, and for attention that of the cache's",
            "type; that of generating is the bandwidth for reading every weight once a token.",
            "--depth begins generating in a longer text, whose keys and values count as bytes to read. With --sequences,",
            "runs also have \"sequences\" and \"together_tokens_per_second\". --machine prints the ceilings alone, in JSON",
            "the object under machine.",
            $"Shapes: {Names(Shapes)}.",
            $"Types: {Names(Formats)}.",
        ],
        Examples =
        [
            "weft bench models/tinystories",
            "weft bench model.gguf --prompt 512 --generate 64 --threads 1,2 --json",
            "weft bench --synthetic llama-349m --format q4_k_m --save llama.gguf",
            "weft bench --machine",
        ],
    }.Runs(Run);

    private int Run(CommandContext context)
    {
        int[] threads = context.Get(_threads) ?? [.. new[] { 1, new EngineOptions().Threads }.Distinct()];
        CheckUsage(context);
        if (context.Get(_machine))
            return BenchMachine(context, threads);
        return context.Get(_synthetic) is { } shape ? BenchSynthetic(context, shape, threads) : Bench(context, WeftTool.Resolve(context.Get(_model)!), context.Get(_model)!, threads);
    }

    private void CheckUsage(CommandContext context)
    {
        int subjects = (context.Get(_model) is null ? 0 : 1) + (context.Get(_synthetic) is null ? 0 : 1) + (context.Get(_machine) ? 1 : 0);
        if (subjects != 1)
            throw new UsageException(subjects == 0
                ? $"MODEL is missing; give a model, a shape with {_synthetic.Name}, or {_machine.Name}"
                : $"more than one of MODEL, {_synthetic.Name} and {_machine.Name} is given; give one of them");
        foreach (Option option in (Option[])[_format, _save, _force])
            if (context.IsGiven(option) && context.Get(_synthetic) is null)
                throw new UsageException($"{option.Name} needs {_synthetic.Name}: a model that is there has its format already");
        if (context.Get(_pin) && context.Get(_machine))
            throw new UsageException($"{_pin.Name} and {_machine.Name} are both given, but the machine's ceilings are measured without an engine; leave {_pin.Name} out");
        if (context.Get(_prompt) == 0 && context.Get(_generate) == 0)
            throw new UsageException($"{_prompt.Name} and {_generate.Name} are both 0, which leaves nothing to measure; give one of them");
    }

    private int BenchSynthetic(CommandContext context, string name, int[] threads)
    {
        SyntheticShape shape = SyntheticShape.All[IndexOf(_synthetic, name, Shapes)];
        SyntheticFormat format = SyntheticFormat.All[IndexOf(_format, context.Get(_format) ?? DefaultFormat, Formats)];
        CheckLengths(context, shape.Spec);
        string? kept = context.Get(_save);
        if (kept is not null && !Checkpoint.IsGguf(kept))
            throw new UsageException($"{_save.Name} is '{kept}'; give a name that ends with {Checkpoint.GgufEnding}");
        if (kept is not null && (Directory.Exists(kept) || (File.Exists(kept) && !context.Get(_force))))
            throw new UsageException($"{_save.Name} is '{kept}', which exists; give another name, or {_force.Name} to replace a file");
        string path = kept ?? Path.Combine(Path.GetTempPath(), $"weft-bench-{Guid.NewGuid():N}{Checkpoint.GgufEnding}");
        try
        {
            SyntheticModel.Save(path, shape, format, context.Cancellation);
            return Bench(context, path, shape.Name, threads);
        }
        finally
        {
            if (kept is null)
                File.Delete(path);
        }
    }

    private int Bench(CommandContext context, string path, string name, int[] threads)
    {
        WeightTraffic traffic;
        using (Checkpoint model = Checkpoint.Open(path))
        {
            CheckLengths(context, model.Spec);
            traffic = new(model);
        }
        var options = new BenchmarkOptions
        {
            Prompt = context.Get(_prompt),
            Generate = context.Get(_generate),
            Repeat = context.Get(_repeat),
            Context = context.Get(_context) is > 0 and var room ? room : NeededContext(context),
            Depth = context.Get(_depth),
            Sequences = context.Get(_sequences),
            CacheType = WeftTool.CacheTypes[context.Get(_cache)],
            PinThreads = context.Get(_pin),
            Log = WeftTool.Warn(context),
        };
        using ProgressLine? progress = Terminal.IsWatched(Console.IsErrorRedirected, Environment.GetEnvironmentVariable) ? new(context.Error, watched: true, TimeProvider.System) : null;
        void Show(string what) => progress?.Show(what, _ => what);
        var benchmark = new ModelBenchmark(path, options, context.Cancellation);
        benchmark.ReadFiles();
        ModelSpeed[] speeds = [.. threads.Select(count =>
        {
            Show($"measuring {name}, threads: {count}");
            ModelSpeed speed = benchmark.Measure(count);
            // The engine of one number of threads should not count in the peak of another.
            GC.Collect();
            GC.WaitForPendingFinalizers();
            return speed;
        })];
        Show("measuring the machine");
        var report = new BenchmarkReport(name, traffic, speeds, options)
        {
            // Before the memory that the ceilings take.
            PeakMemoryBytes = PeakMemory.Read(),
            LoadSeconds = benchmark.LoadSeconds,
            PackedType = benchmark.PackedType,
            CacheType = benchmark.CacheType,
            Ceilings = MachineCeilings.Measure(threads, context.Cancellation),
        };
        progress?.Dispose();
        if (context.Get(_json))
            report.WriteJson(context.Output);
        else
            report.WriteTable(context.Output);
        return 0;
    }

    private int BenchMachine(CommandContext context, int[] threads)
    {
        MachineCeilings ceilings = MachineCeilings.Measure(threads, context.Cancellation);
        if (!context.Get(_json))
        {
            ceilings.Write(context.Output);
            return 0;
        }
        using var json = new JsonOutput(context.Output);
        ceilings.Write(json.Writer);
        json.Complete();
        return 0;
    }

    /// <exception cref="UsageException">The model cannot do what is asked for.</exception>
    private void CheckLengths(CommandContext context, ModelSpec spec)
    {
        int prompt = context.Get(_prompt), generate = context.Get(_generate);
        if (spec.HasSource)
            throw new UsageException("the model's decoder reads what its encoder makes of a source, which is not measured; give a decoder or an encoder alone");
        if (generate > 0 && !spec.Generates)
            throw new UsageException($"a model with a {spec.Head.GetType().Name} head does not generate; give {_generate.Name} 0 to measure how fast it reads");
        if (!spec.Generates && prompt == 0)
            throw new UsageException($"{_prompt.Name} is 0 and the model does not generate, which leaves nothing to measure");
        if ((long)prompt + generate > spec.ContextLength)
            throw new UsageException($"{_prompt.Name} {prompt} and {_generate.Name} {generate} exceed the model's context of {spec.ContextLength} tokens; give fewer");
        if ((long)context.Get(_depth) + generate > spec.ContextLength)
            throw new UsageException($"{_depth.Name} {context.Get(_depth)} and {_generate.Name} {generate} exceed the model's context of {spec.ContextLength} tokens; give fewer");
        if (context.Get(_context) is > 0 and var room && (room < NeededContext(context) || room > spec.ContextLength))
            throw new UsageException($"{_context.Name} is {room}; use at least what {_prompt.Name} or {_generate.Name} needs, {NeededContext(context)}, and at most the model's context, {spec.ContextLength}");
    }

    private int NeededContext(CommandContext context) => Math.Max(context.Get(_prompt), context.Get(_depth) + context.Get(_generate));

    private static int IndexOf(Option option, string name, string[] known) => Array.IndexOf(known, name) is >= 0 and var index ? index
        : throw new UsageException($"{option.Name} is '{name}'; use {Names(known)}");

    private static string Names(string[] names) => $"{string.Join(", ", names.SkipLast(1))} or {names[^1]}";
}

using System.CommandLine;
using Weft.Cli;
using Weft.Cli.Benchmarking;
using Weft.Model.Checkpoints;
using Weft.Model.Spec;

namespace Weft.Benchmarks.Peers;

/// <summary><c>decoder</c>: GGUF files through the engine and through other engines.</summary>
/// <param name="args">The command line, for the report.</param>
internal sealed class DecoderCommand(string[] args)
{
    private const string Section = "decoder";

    private readonly Option<string[]> _models = new("--models")
    {
        Description = "GGUF files of decoders that all peers can load",
        HelpName = "FILE",
        Required = true,
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<int[]?> _threads = CommonOptions.ThreadCounts();
    private readonly Option<int> _prompt = CommonOptions.WholeNumber("--prompt", "Ids to read at once; 0 leaves it out", 512, minimum: 0);
    private readonly Option<int> _generate = CommonOptions.WholeNumber("--generate", "Tokens to generate one by one; 0 leaves it out", 64, minimum: 0);
    private readonly Option<int> _rounds = CommonOptions.WholeNumber("--rounds", "Turns of each peer, each after one of Weft", 3, minimum: 1, maximum: 1000);
    private readonly Option<string[]> _llamaBench = CommonOptions.Several("--llama-bench", "Program llama-bench of llama.cpp or of a fork, and what to call it", "NAME=PATH");
    private readonly Option<string[]> _arguments = CommonOptions.Several("--arguments", "Further arguments of the llama-bench of that name", "NAME=ARGUMENTS");
    private readonly Option<string?> _node = new("--node") { Description = "Folder that has node-llama-cpp in its node_modules", HelpName = "DIR" };
    private readonly Option<string?> _write = MarkdownSection.Option();

    /// <summary>Makes the command.</summary>
    public DocumentedCommand Create() => new DocumentedCommand("decoder", "Prompts and generation, against llama.cpp, its forks and node-llama-cpp")
    {
        Options = { _models, _threads, _prompt, _generate, _rounds, _llamaBench, _arguments, _node, _write },
        Notes =
        [
            "Nothing is downloaded or built: peers are programs that are there. Weft and a peer run in turns, every one",
            "loads the model, warms up and measures once. A peer that fails is left out for that model and number of threads;",
            "the last line of its standard error says why.",
        ],
        Examples = ["decoder --models q8_0.gguf q4_0.gguf --threads 1,2 --llama-bench llama.cpp=PATH --llama-bench ik_llama.cpp=PATH --arguments \"ik_llama.cpp=-rtr 1\" --node DIR"],
    }.Runs(Run);

    private int Run(CommandContext context)
    {
        int[] threads = context.Get(_threads) ?? [.. new[] { 1, Environment.ProcessorCount }.Distinct()];
        string[] models = context.Get(_models);
        IPeer[] peers =
        [
            .. Contestants.LlamaBenches(_llamaBench.Name, context.Get(_llamaBench), context.Get(_arguments), _arguments.Name),
            .. context.Get(_node) is { } folder ? [Contestants.Node(_node.Name, folder)] : Array.Empty<IPeer>(),
        ];
        MarkdownSection.Check(context.Get(_write));
        if (context.Get(_prompt) == 0 && context.Get(_generate) == 0)
            throw new UsageException($"{_prompt.Name} and {_generate.Name} are both 0, which leaves nothing to measure; give one of them");
        WeightTraffic[] traffic = [.. models.Select(model => Open(context, model))];
        string described = RunFacts.Describe("decoders", args);
        var race = new DecoderRace(peers, context.Get(_rounds), context.Error.WriteLine, context.Cancellation);
        List<DecoderResult> results = [];
        foreach ((string model, WeightTraffic weights) in models.Zip(traffic))
            foreach (int count in threads)
            {
                var task = new PeerTask(model, count, context.Get(_prompt), context.Get(_generate));
                (IReadOnlyList<PeerSpeed> weft, IReadOnlyList<PeerResult> others, (ElementType Packed, ElementType Cache) types) = race.Run(task);
                ThreadCeilings ceilings = MachineCeilings.Measure([count], context.Cancellation).Of(count);
                results.Add(new(task, weft, others) { Traffic = weights, Types = types, Ceilings = ceilings });
            }
        var table = new DecoderTable(peers, results);
        MarkdownSection.Publish(context, context.Get(_write), Section, $"{described}\n\n{table.Write(context.Get(_rounds))}");
        return 0;
    }

    private WeightTraffic Open(CommandContext context, string path)
    {
        if (!File.Exists(path))
            throw new UsageException($"{_models.Name} names '{path}', which {(Directory.Exists(path) ? "is a folder; peers need a GGUF file" : "does not exist; give a GGUF file")}");
        using Checkpoint model = Checkpoint.Open(path);
        ModelSpec spec = model.Spec;
        if (!spec.Generates || spec.HasSource)
            throw new UsageException($"{_models.Name} names '{path}', which is no decoder alone; give one that continues texts");
        if (Math.Max(context.Get(_prompt), context.Get(_generate)) > spec.ContextLength)
            throw new UsageException($"{_prompt.Name} {context.Get(_prompt)} or {_generate.Name} {context.Get(_generate)} exceeds the context of '{path}', {spec.ContextLength} tokens; give fewer");
        return new(model);
    }
}

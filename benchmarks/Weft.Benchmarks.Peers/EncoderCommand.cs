using System.CommandLine;
using Weft.Cli;
using Weft.Cli.Benchmarking;

namespace Weft.Benchmarks.Peers;

/// <summary><c>encoder</c>: BERT-base through the engine and through libtorch, with the same weights.</summary>
/// <param name="args">The command line, for the report.</param>
internal sealed class EncoderCommand(string[] args)
{
    private const string Section = "encoder", Shape = "bert-base";

    private readonly Option<int[]?> _threads = CommonOptions.ThreadCounts();
    private readonly Option<int> _batch = CommonOptions.WholeNumber("--batch", "Sequences that are given together", 32, minimum: 1, maximum: 4096);
    private readonly Option<int> _length = CommonOptions.WholeNumber("--length", "Tokens of each", 128, minimum: 1);
    private readonly Option<int> _rounds = CommonOptions.WholeNumber("--rounds", "Turns of each", 3, minimum: 1, maximum: 1000);
    private readonly Option<string?> _write = MarkdownSection.Option();

    /// <summary>Makes the command.</summary>
    public DocumentedCommand Create() => new DocumentedCommand("encoder", "Hidden states of a batch by BERT-base, against libtorch")
    {
        Options = { _threads, _batch, _length, _rounds, _write },
        Notes =
        [
            "Weights are random and rounded to Q8_0, so that all have the very same. The engine runs them as F32, BF16 and",
            "Q8_0; the modules that Weft trains with run on libtorch in fp32 and in bf16. All take turns.",
        ],
        Examples = ["encoder --threads 2 --batch 32 --length 128"],
    }.Runs(Run);

    private int Run(CommandContext context)
    {
        MarkdownSection.Check(context.Get(_write));
        SyntheticShape shape = SyntheticShape.All.First(known => known.Name == Shape);
        if (context.Get(_length) > shape.Spec.ContextLength)
            throw new UsageException($"{_length.Name} is {context.Get(_length)}; {Shape} reads at most {shape.Spec.ContextLength} tokens");
        int[] threads = context.Get(_threads) ?? [.. new[] { 1, Environment.ProcessorCount }.Distinct()];
        string described = RunFacts.Describe("encoder", args);
        string folder = Directory.CreateTempSubdirectory("weft-peers-").FullName;
        try
        {
            var files = EncoderFiles.Write(folder, shape, context.Cancellation);
            var batch = new EncoderBatch(context.Get(_batch), context.Get(_length), shape.Spec);
            var race = new EncoderRace(files, batch, context.Get(_rounds), context.Error.WriteLine, context.Cancellation);
            EncoderTable table = new([.. threads.Select(count => (count, race.Run(count), MachineCeilings.Measure([count], context.Cancellation).Of(count)))]);
            MarkdownSection.Publish(context, context.Get(_write), Section, $"{described}\n\n{table.Write(batch, files.Operations(batch.Length))}");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
        return 0;
    }
}

using System.CommandLine;
using Weft.Evaluation.Metrics;

namespace Weft.Cli.Metrics;

/// <summary>The files of a metric that compares line by line.</summary>
internal sealed class SegmentInput
{
    /// <summary>What help says about the files.</summary>
    public static readonly IReadOnlyList<string> Notes =
    [
        "Files are UTF-8 with one text a line, line N of each about the same item; white space at its end is dropped.",
        "A file that ends in .jsonl has a JSON string on each line, whose text may hold line breaks.",
    ];

    private readonly Option<string> _hypotheses = new("--hypotheses")
    {
        Description = "File of outputs, one a line",
        HelpName = "FILE",
        Required = true,
    };

    private readonly Option<string[]> _references = new("--references")
    {
        Description = "File of references, one a line; several files are several references for each line",
        HelpName = "FILE...",
        Required = true,
        AllowMultipleArgumentsPerToken = true,
        Arity = ArgumentArity.OneOrMore,
    };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Options.Insert(0, _hypotheses);
        command.Options.Insert(1, _references);
    }

    /// <summary>Reads the files.</summary>
    /// <exception cref="InvalidDataException">A file cannot be read, or has another number of lines.</exception>
    public (IReadOnlyList<string> Hypotheses, IReadOnlyList<string>[] References) Read(CommandContext context)
    {
        string path = context.Get(_hypotheses);
        IReadOnlyList<string> hypotheses = SegmentFile.Read(path);
        string[] files = context.Get(_references);
        IReadOnlyList<string>[] references = [.. files.Select(SegmentFile.Read)];
        for (int i = 0; i < files.Length; i++)
            if (references[i].Count != hypotheses.Count)
                throw new InvalidDataException(
                    $"'{path}' has {Lines(hypotheses.Count)}, but '{files[i]}' has {references[i].Count}; give one reference a line for each hypothesis");
        return (hypotheses, references);
    }

    /// <summary>Measures each line.</summary>
    /// <param name="context">Ends it.</param>
    /// <param name="hypotheses">One a line.</param>
    /// <param name="references">Lists of as many lines.</param>
    /// <param name="measure">A hypothesis and its references.</param>
    public static T[] Measure<T>(CommandContext context, IReadOnlyList<string> hypotheses, IReadOnlyList<string>[] references, Func<string, IReadOnlyList<string>, T> measure) =>
        [.. hypotheses.Select((hypothesis, line) =>
        {
            context.Cancellation.ThrowIfCancellationRequested();
            return measure(hypothesis, [.. references.Select(list => list[line])]);
        })];

    /// <summary>Reads the files of a metric that takes one reference.</summary>
    /// <exception cref="UsageException">There are several.</exception>
    public (IReadOnlyList<string> Hypotheses, IReadOnlyList<string> References) ReadPairs(CommandContext context)
    {
        (IReadOnlyList<string> hypotheses, IReadOnlyList<string>[] references) = Read(context);
        return references is [var only] ? (hypotheses, only)
            : throw new UsageException($"--references names {references.Length} files; labels have one reference, so give one file");
    }

    private static string Lines(int count) => count == 1 ? "1 line" : $"{count} lines";
}

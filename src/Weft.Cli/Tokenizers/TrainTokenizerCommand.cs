using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Weft.Data;
using Weft.Text;

namespace Weft.Cli.Tokenizers;

/// <summary><c>weft tokenizer train</c>: text to a tokenizer.</summary>
internal sealed class TrainTokenizerCommand
{
    private const string FileName = "tokenizer.json";
    private const int DefaultVocabulary = 4096;

    private readonly Option<string> _kind = CommonOptions.Choice("--kind", "What its tokens are", TrainerKind.All[0].Name, [.. TrainerKind.All.Select(kind => kind.Name)]);
    private readonly Option<int> _vocabulary = CommonOptions.WholeNumber("--vocabulary", "Tokens at the end, special tokens included", DefaultVocabulary, minimum: 1);
    private readonly Option<string[]> _text = CommonOptions.Several("--text", "File, folder or glob to learn from", "PATH");
    private readonly Option<string[]> _special = CommonOptions.Several("--special", "A special token, such as '<|endoftext|>'", "NAME");
    private readonly Option<string> _out = new("--out") { Description = $"Folder that gets {FileName}; an older one is replaced", HelpName = "FOLDER", Required = true };
    private readonly Option<int?> _threads = CommonOptions.Threads();
    private readonly Option<bool> _json = CommonOptions.Json();

    /// <summary>Makes the command.</summary>
    public DocumentedCommand Create() => new DocumentedCommand("train", "Train a tokenizer on text")
    {
        Options = { _kind, _vocabulary, _text, _special, _out, _threads, _json },
        Notes =
        [
            "Kinds:",
            .. TrainerKind.All.Select(kind => $"  {kind.Name,-12}{kind.Description}{(kind.HasSize ? "" : "; takes no --vocabulary")}"),
            "Text is UTF-8, or UTF-16 with a byte order mark, plain or gzip. The result is the same for any number of",
            "threads. Ctrl-C ends the training without a file. --json prints",
            "  {\"kind\": \"...\", \"path\": \"...\", \"vocabulary_size\": N, \"documents\": N, \"characters\": N, \"seconds\": X}",
        ],
        Examples =
        [
            "weft tokenizer train --text notes.txt --vocabulary 8000 --out my-tokenizer",
            "weft tokenizer train --text \"docs/**/*.md\" --special \"<|endoftext|>\" --out my-tokenizer --json",
        ],
    }.Runs(Run);

    private int Run(CommandContext context)
    {
        string folder = context.Get(_out), path = Path.Combine(folder, FileName);
        TrainerKind kind = TrainerKind.All.Single(one => one.Name == context.Get(_kind));
        bool sized = context.Parsed.GetResult(_vocabulary) is { Implicit: false };
        if (sized && !kind.HasSize)
            throw new UsageException($"--kind {kind.Name} takes {kind.Description}; leave --vocabulary out");
        if (context.Get(_text) is not { Length: > 0 } text)
            throw new UsageException("--text is missing; give a file, a folder or a glob to learn from");
        if (File.Exists(folder))
            throw new UsageException($"--out is '{folder}', which is a file; give a folder");
        // Asked before the long work: a folder that cannot be written shows at once.
        Directory.CreateDirectory(folder);
        long began = Stopwatch.GetTimestamp();
        using var progress = new TrainerProgress(context.Error, Terminal.IsWatched(Console.IsErrorRedirected, Environment.GetEnvironmentVariable), TimeProvider.System);
        var job = new TrainerJob(TextFiles.Expand(text), context.Get(_special), kind.HasSize ? context.Get(_vocabulary) : null)
        {
            Threads = context.Get(_threads) ?? Environment.ProcessorCount,
            Progress = progress,
            Cancellation = context.Cancellation,
        };
        Tokenizer tokenizer = kind.Train(job);
        context.Cancellation.ThrowIfCancellationRequested();
        tokenizer.Save(path);
        progress.Dispose();
        WriteResult(context, new Result(kind, path, tokenizer, job, Stopwatch.GetElapsedTime(began)));
        return 0;
    }

    private void WriteResult(CommandContext context, Result result)
    {
        if (!context.Get(_json))
        {
            context.Output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{result.Path}: {result.Kind.Name}, {result.Tokenizer.VocabularySize:N0} tokens from {result.Job.CharacterCount:N0} characters in {result.Time.TotalSeconds:F1} s"));
            return;
        }
        using var json = new JsonOutput(context.Output);
        json.Writer.WriteStartObject();
        json.Writer.WriteString("kind", result.Kind.Name);
        json.Writer.WriteString("path", result.Path);
        json.Writer.WriteNumber("vocabulary_size", result.Tokenizer.VocabularySize);
        json.Writer.WriteNumber("documents", result.Job.DocumentCount);
        json.Writer.WriteNumber("characters", result.Job.CharacterCount);
        json.Writer.WriteNumber("seconds", Math.Round(result.Time.TotalSeconds, 3));
        json.Writer.WriteEndObject();
        json.Complete();
    }

    private sealed record Result(TrainerKind Kind, string Path, Tokenizer Tokenizer, TrainerJob Job, TimeSpan Time);
}

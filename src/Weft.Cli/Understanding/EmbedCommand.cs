using System.CommandLine;
using System.Globalization;
using Microsoft.Extensions.AI;
using Weft.Evaluation.Metrics;
using Weft.Tasks;

namespace Weft.Cli.Understanding;

/// <summary><c>weft embed</c>: texts as one vector each.</summary>
internal sealed class EmbedCommand
{
    private readonly ModelChoice _model = new();
    private readonly TaskText _text;

    private readonly Option<string?> _lines = new("--lines") { Description = "File with a text on each line to take in place of TEXT", HelpName = "FILE" };
    private readonly Option<string> _pooling = EncodeTextCommand.PoolingOption();
    private readonly Option<bool> _normalize = CommonOptions.Flag("--normalize", "Divide each vector by its length");
    private readonly Option<string> _long = TaskText.LongOption(LongInput.Truncate);
    private readonly Option<bool> _json = CommonOptions.Json();

    /// <param name="openInput">Opens standard input.</param>
    public EmbedCommand(Func<Stream> openInput) => _text = new(openInput, "TEXT", "Text to embed");

    /// <summary>Makes the command.</summary>
    public DocumentedCommand Create()
    {
        var command = new DocumentedCommand("embed", "Turn texts into one vector each")
        {
            Options = { _lines, _pooling, _normalize, _long, _json },
            Notes =
            [
                "Prints the vector of a text on one line, its numbers separated by spaces, and with --lines a line for each",
                "of FILE, which may be JSON lines (.jsonl) with a string on each. --json prints",
                "  {\"embedding\": [...]}",
                "and with --lines one such object a line. weft encode shows the vectors of tokens too.",
            ],
            Examples =
            [
                "weft embed models/all-MiniLM-L6-v2 \"A sentence to compare\" --json",
                "weft embed models/all-MiniLM-L6-v2 --lines sentences.txt > vectors.txt",
            ],
        };
        _text.AddTo(command);
        _model.AddTo(command);
        return command.Runs(Run);
    }

    private int Run(CommandContext context)
    {
        string? lines = context.Get(_lines);
        if (lines is not null && _text.IsGiven(context))
            throw new UsageException($"{_lines.Name} takes the place of TEXT and --file; give one of them");
        IReadOnlyList<string> texts = lines is null ? [_text.ReadLines(context)] : SegmentFile.Read(lines);
        using LanguageModel model = _model.Open(context);
        using var embedder = new TextEmbedder(model, new()
        {
            Pooling = EncodeTextCommand.PoolingOf(context.Get(_pooling)),
            Normalize = context.Get(_normalize),
            Long = TaskText.PolicyOf(context.Get(_long)),
        });
        foreach (Embedding<float> embedding in embedder.GenerateAsync(texts, cancellationToken: context.Cancellation).GetAwaiter().GetResult())
            if (context.Get(_json))
                WriteJson(context, embedding.Vector.Span);
            else
                context.Output.WriteLine(string.Join(' ', embedding.Vector.ToArray().Select(value => value.ToString("R", CultureInfo.InvariantCulture))));
        return 0;
    }

    private static void WriteJson(CommandContext context, ReadOnlySpan<float> vector)
    {
        using var json = new JsonOutput(context.Output);
        json.Writer.WriteStartObject();
        json.Writer.WriteStartArray("embedding");
        foreach (float value in vector)
            json.Writer.WriteNumberValue(value);
        json.Writer.WriteEndArray();
        json.Writer.WriteEndObject();
        json.Complete();
    }
}

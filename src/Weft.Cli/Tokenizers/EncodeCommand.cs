using System.CommandLine;
using System.Text;
using Weft.Text;

namespace Weft.Cli.Tokenizers;

/// <summary><c>weft tokenizer encode</c>: text to ids.</summary>
/// <param name="openInput">Opens standard input.</param>
internal sealed class EncodeCommand(Func<Stream> openInput)
{
    private readonly Argument<string> _tokenizer = TokenizerCommands.TokenizerArgument();

    private readonly Argument<string?> _text = new("TEXT")
    {
        Description = "Text to encode; quote it if it holds spaces, write -- before it if it begins with a dash",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string?> _pair = new("--pair") { Description = "Second text of a pair, such as the passage to a question", HelpName = "TEXT" };
    private readonly Option<bool> _special = CommonOptions.Flag("--special", "Add the special tokens that the model expects around a text");
    private readonly Option<bool> _parseSpecial = CommonOptions.Flag("--parse-special", "Let names of special tokens in the text count as those tokens");
    private readonly Option<string[]> _allowSpecial = CommonOptions.Several("--allow-special", "Let this name alone count as a special token", "NAME");

    private readonly Option<string> _offsets = CommonOptions.Choice("--offsets", "What the offsets of --json and --jsonl count", TextPositions.Utf16, TextPositions.Units);
    private readonly Option<bool> _jsonLines = CommonOptions.Flag("--jsonl", "Read JSON strings from standard input, one a line, and answer each with a line");
    private readonly Option<int?> _threads = CommonOptions.Threads();
    private readonly Option<bool> _json = CommonOptions.Json();

    /// <summary>Makes the command.</summary>
    public DocumentedCommand Create() => new DocumentedCommand("encode", "Turn text into token ids")
    {
        Arguments = { _tokenizer, _text },
        Options = { _pair, _special, _parseSpecial, _allowSpecial, _offsets, _jsonLines, _threads, _json },
        Notes =
        [
            "Prints the ids on one line, separated by commas. --json prints",
            "  {\"ids\": [...], \"tokens\": [...], \"offsets\": [[start, end], ...]}",
            "with \"type_ids\" and \"sequences\" after them for a pair. An offset is the part of its text that an id stands",
            "for, [0, 0] for an id that no text has. --jsonl answers each line with",
            "  {\"ids\": [...], \"offsets\": [[start, end], ...]}",
            "as soon as it has come, so that a program may write a text and wait for its ids.",
        ],
        Examples =
        [
            "weft tokenizer encode models/tinystories \"Once upon a time\"",
            "weft tokenizer encode models/tinystories \"Once upon a time\" --special --json",
            "weft tokenizer encode tokenizer.json --jsonl --offsets utf8 < texts.jsonl > ids.jsonl",
        ],
    }.Runs(Run);

    private int Run(CommandContext context)
    {
        string? text = context.Get(_text), pair = context.Get(_pair);
        bool jsonLines = context.Get(_jsonLines), json = context.Get(_json);
        if (jsonLines && (text is not null || pair is not null || json))
            throw new UsageException($"--jsonl reads texts from standard input; leave {(text is not null ? "TEXT" : pair is not null ? "--pair" : "--json")} out");
        if (!jsonLines && text is null)
            throw new UsageException("TEXT is missing; give the text to encode, or many on standard input with --jsonl");
        Tokenizer tokenizer = Tokenizer.Load(WeftTool.Resolve(context.Get(_tokenizer)));
        var options = new EncodeOptions { AddSpecialTokens = context.Get(_special), AllowedSpecialTokens = ReadAllowed(context, tokenizer) };
        if (jsonLines)
        {
            new EncodingStream(tokenizer, options, context.Get(_offsets), context.Get(_threads)).Run(openInput(), context.Output, context.Cancellation);
            return 0;
        }
        EncodedText encoded = pair is null ? tokenizer.Encode(text!, options) : tokenizer.EncodePair(text!, pair, options);
        context.Output.WriteLine(json ? ToJson(tokenizer, encoded, context.Get(_offsets), text!, pair) : string.Join(',', encoded.Ids));
        return 0;
    }

    private SpecialTokens ReadAllowed(CommandContext context, Tokenizer tokenizer)
    {
        string[] names = context.Get(_allowSpecial);
        bool all = context.Get(_parseSpecial);
        if (all && names.Length > 0)
            throw new UsageException("--parse-special lets every name count; leave --allow-special out");
        if (names.Except(tokenizer.SpecialTokenNames).FirstOrDefault() is { } unknown)
            throw new UsageException($"--allow-special is '{unknown}', which is no special token of this tokenizer; see 'weft tokenizer inspect' for their names");
        return all ? SpecialTokens.All : names.Length > 0 ? SpecialTokens.Named(names) : SpecialTokens.None;
    }

    private static string ToJson(Tokenizer tokenizer, EncodedText encoded, string unit, string text, string? pair)
    {
        TextPositions[] positions = pair is null ? [new(text, unit)] : [new(text, unit), new(pair, unit)];
        var json = new StringBuilder();
        EncodingJson.AppendIds(json.Append('{'), encoded.Ids);
        EncodingJson.AppendTokens(json.Append(','), [.. encoded.Ids.Select(id => tokenizer.IdToToken(id)!)]);
        EncodingJson.AppendOffsets(json.Append(','), encoded, positions);
        if (pair is not null)
        {
            EncodingJson.AppendNumbers(json.Append(','), "type_ids", encoded.TypeIds);
            EncodingJson.AppendNumbers(json.Append(','), "sequences", encoded.Sequences);
        }
        return json.Append('}').ToString();
    }
}

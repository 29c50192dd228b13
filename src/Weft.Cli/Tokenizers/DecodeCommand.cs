using System.CommandLine;
using System.Text;
using System.Text.Json;
using Weft.Text;

namespace Weft.Cli.Tokenizers;

/// <summary><c>weft tokenizer decode</c>: ids to text.</summary>
/// <param name="openInput">Opens standard input.</param>
internal sealed class DecodeCommand(Func<Stream> openInput)
{
    private readonly Argument<string> _tokenizer = TokenizerCommands.TokenizerArgument();
    private readonly Argument<int[]?> _ids = CommonOptions.IdsArgument("IDS", "Token ids separated by commas, or by spaces and in quotes");
    private readonly Option<bool> _keepSpecial = CommonOptions.Flag("--keep-special", "Show special tokens in the text");
    private readonly Option<bool> _jsonLines = CommonOptions.Flag("--jsonl", "Read lists of ids from standard input, one a line, and answer each with a line");

    /// <summary>Makes the command.</summary>
    public DocumentedCommand Create() => new DocumentedCommand("decode", "Turn token ids into text")
    {
        Arguments = { _tokenizer, _ids },
        Options = { _keepSpecial, _jsonLines },
        Notes =
        [
            "Prints the text and a line end. Bytes that are no UTF-8 show as U+FFFD. --jsonl reads [1, 2] or",
            "{\"ids\": [1, 2]}, as 'weft tokenizer encode --jsonl' writes them, and answers with a JSON string.",
        ],
        Examples =
        [
            "weft tokenizer decode models/tinystories 1,80,147",
            "weft tokenizer decode tokenizer.json --jsonl < ids.jsonl",
        ],
    }.Runs(Run);

    private int Run(CommandContext context)
    {
        int[]? ids = context.Get(_ids);
        bool jsonLines = context.Get(_jsonLines), keepSpecial = context.Get(_keepSpecial);
        if (jsonLines == ids is not null)
            throw new UsageException(jsonLines
                ? "--jsonl reads ids from standard input; leave IDS out"
                : "IDS is missing; give ids such as 1,80,147, or many lists on standard input with --jsonl");
        Tokenizer tokenizer = Tokenizer.Load(WeftTool.Resolve(context.Get(_tokenizer)));
        if (jsonLines)
        {
            DecodeLines(tokenizer, keepSpecial, context);
            return 0;
        }
        TokenizerCommands.CheckIds(tokenizer, ids!);
        context.Output.WriteLine(tokenizer.Decode(ids, skipSpecialTokens: !keepSpecial));
        return 0;
    }

    private void DecodeLines(Tokenizer tokenizer, bool keepSpecial, CommandContext context)
    {
        var json = new StringBuilder();
        foreach (IReadOnlyList<InputLine> lines in new InputLines(openInput(), context.Cancellation).Batches())
        {
            foreach (InputLine line in lines)
            {
                context.Cancellation.ThrowIfCancellationRequested();
                JsonText.Append(json.Clear(), tokenizer.Decode(ReadIds(tokenizer, line), skipSpecialTokens: !keepSpecial));
                context.Output.WriteLine(json);
            }
            context.Output.Flush();
        }
    }

    private static int[] ReadIds(Tokenizer tokenizer, InputLine line)
    {
        InvalidDataException Wrong(string what, Exception? cause = null) => new($"standard input, line {line.Number}: {what}", cause);
        try
        {
            using JsonDocument document = JsonDocument.Parse(line.Bytes);
            JsonElement list = document.RootElement;
            if (list.ValueKind == JsonValueKind.Object && list.TryGetProperty("ids"u8, out JsonElement inside))
                list = inside;
            if (list.ValueKind != JsonValueKind.Array)
                throw Wrong("it holds no list of ids; write [1, 2] or {\"ids\": [1, 2]}");
            int[] ids = [.. list.EnumerateArray().Select((item, i) => item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out int id)
                ? id : throw Wrong($"'{Failure.OneLine(item.GetRawText())}' at position {i} is no token id; write whole numbers"))];
            TokenizerCommands.CheckIds(tokenizer, ids);
            return ids;
        }
        catch (JsonException e)
        {
            throw Wrong("it is no JSON; write [1, 2] or {\"ids\": [1, 2]}", e);
        }
        catch (InvalidDataException e) when (!e.Message.StartsWith("standard input", StringComparison.Ordinal))
        {
            throw Wrong(e.Message, e);
        }
    }
}

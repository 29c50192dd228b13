using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Weft.Cli.Tokenizers.Page;
using Weft.Data;
using Weft.Text;

namespace Weft.Cli.Tokenizers;

/// <summary><c>weft tokenizer inspect</c>: what a tokenizer is made of and what it makes of text.</summary>
internal sealed class InspectTokenizerCommand
{
    private readonly Argument<string> _tokenizer = TokenizerCommands.TokenizerArgument();
    private readonly Option<string[]> _text = CommonOptions.Several("--text", "File, folder or glob whose text the page shows, too", "PATH");
    private readonly Option<string?> _out = new("--out") { Description = "Also write a page (HTML, needs no network) that shows texts by their tokens", HelpName = "FILE" };
    private readonly Option<bool> _json = CommonOptions.Json();

    /// <summary>Makes the command.</summary>
    public DocumentedCommand Create() => new DocumentedCommand("inspect", "Show what a tokenizer is made of and how it cuts text")
    {
        Arguments = { _tokenizer },
        Options = { _text, _out, _json },
        Notes =
        [
            "The compression is that of two sentences in several languages, and of each file of --text, without what the",
            "vocabulary does not know. --json prints",
            "  {\"model\": \"...\", \"vocabulary_size\": N, \"components\": {...},",
            "   \"special_tokens\": [{\"id\": N, \"content\": \"...\", \"roles\": [...]}, ...],",
            "   \"compression\": [{\"name\": \"...\", \"characters\": N, \"bytes\": N, \"tokens\": N, \"unknown_characters\": N}, ...]}",
            "with characters counted as Unicode scalars.",
        ],
        Examples =
        [
            "weft tokenizer inspect models/tinystories",
            "weft tokenizer inspect tokenizer.json --text notes.txt --out tokens.html",
        ],
    }.Runs(Run);

    private int Run(CommandContext context)
    {
        string path = WeftTool.Resolve(context.Get(_tokenizer));
        Tokenizer tokenizer = Tokenizer.Load(path);
        var texts = new List<NamedText>(SampleTexts.All);
        if (context.Get(_text) is { Length: > 0 } files)
            texts.AddRange(TextFiles.ReadWhole(TextFiles.Expand(files), context.Cancellation).Select(document => new NamedText(document.Source, null, document.Text)));
        var report = new TokenizerReport(path, tokenizer, [.. texts.Select(text => TextCompression.Of(tokenizer, text))]);
        if (context.Get(_json))
            WriteJson(context, report);
        else
            WriteText(context.Output, report);
        if (context.Get(_out) is not { } page)
            return 0;
        AtomicFile.WriteText(page, TokenizerPage.ToHtml(report));
        context.Error.WriteLine($"page: {page}");
        return 0;
    }

    private static void WriteText(TextWriter output, TokenizerReport report)
    {
        CultureInfo culture = CultureInfo.InvariantCulture;
        foreach ((string name, string value) in report.Facts())
            output.WriteLine($"{name,-16}{Failure.OneLine(value)}");
        output.WriteLine();
        output.WriteLine("Special tokens:");
        foreach (SpecialTokenLine token in report.SpecialTokens())
            output.WriteLine($"  {token.Id.ToString(culture),8}  {Failure.OneLine(token.Content)}{(token.Roles.Count > 0 ? $"  ({string.Join(", ", token.Roles)})" : "")}");
        output.WriteLine();
        output.WriteLine("Compression:                characters  tokens  tokens/character  bytes/token  unknown");
        foreach (TextCompression text in report.Texts)
            output.WriteLine(string.Create(culture,
                $"  {Failure.OneLine(text.Text.Name),-24}{text.Characters,12:N0}{text.Tokens,8:N0}{Shown(text.TokensPerCharacter, "F3"),18}{Shown(text.BytesPerToken, "F2"),13}{text.UnknownShare,9:P0}"));
    }

    private static string Shown(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "-";

    private static void WriteJson(CommandContext context, TokenizerReport report)
    {
        using var json = new JsonOutput(context.Output);
        Utf8JsonWriter writer = json.Writer;
        writer.WriteStartObject();
        writer.WriteString("model", report.Tokenizer.Components.Model);
        writer.WriteNumber("vocabulary_size", report.Tokenizer.VocabularySize);
        TokenizerComponents components = report.Tokenizer.Components;
        writer.WriteStartObject("components");
        writer.WriteString("normalizer", components.Normalizer);
        writer.WriteString("pre_tokenizer", components.PreTokenizer);
        writer.WriteString("post_processor", components.PostProcessor);
        writer.WriteString("decoder", components.Decoder);
        writer.WriteEndObject();
        writer.WriteStartArray("special_tokens");
        foreach (SpecialTokenLine token in report.SpecialTokens())
        {
            writer.WriteStartObject();
            writer.WriteNumber("id", token.Id);
            writer.WriteString("content", token.Content);
            writer.WriteStartArray("roles");
            foreach (string role in token.Roles)
                writer.WriteStringValue(role);
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        WriteCompression(writer, report);
        writer.WriteEndObject();
        json.Complete();
    }

    private static void WriteCompression(Utf8JsonWriter writer, TokenizerReport report)
    {
        writer.WriteStartArray("compression");
        foreach (TextCompression text in report.Texts)
        {
            writer.WriteStartObject();
            writer.WriteString("name", text.Text.Name);
            writer.WriteNumber("characters", text.Characters);
            writer.WriteNumber("bytes", text.Bytes);
            writer.WriteNumber("tokens", text.Tokens);
            writer.WriteNumber("unknown_characters", text.Unknown.Characters);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }
}

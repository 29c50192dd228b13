using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Weft.Text.AddedTokens;
using Weft.Text.Normalizers;
using Weft.Text.WordPiece;

namespace Weft.Text.Files;

/// <summary>
/// BERT's vocab.txt: one token per line, its id the number of the line from 0 on. What the file does not say is BERT's own (Devlin et
/// al. 2019): its normalizer, its split, <c>[CLS]</c> before and <c>[SEP]</c> after each text. Small letters are wanted where the vocabulary
/// has no capitals and the options do not say otherwise. A token listed twice has the later id, as in the original.
/// </summary>
internal static class VocabularyTextReader
{
    private const string Unknown = "[UNK]", Begin = "[CLS]", End = "[SEP]";

    private static readonly string[] SpecialTokens = ["[PAD]", Unknown, Begin, End, "[MASK]"];

    /// <exception cref="InvalidDataException">It is not text or lacks a token that BERT needs.</exception>
    public static TokenizerDefinition Read(ReadOnlyMemory<byte> text, string file, BertOptions? options = null)
    {
        options ??= new BertOptions();
        Dictionary<string, int> ids = ReadLines(text.Span, file);
        foreach (string token in new[] { Unknown, Begin, End })
            if (!ids.ContainsKey(token))
                throw new InvalidDataException($"{file}: no line of {ids.Count} is '{token}', which BERT needs; add the token or give the tokenizer.json");
        return Define(new WordPieceDefinition(ids, Unknown),
            options with { Lowercase = options.Lowercase ?? !ids.Keys.Any(HasCapital) }, [.. SpecialTokens.Where(ids.ContainsKey)]);
    }

    /// <summary>A BERT tokenizer around a vocabulary that has the special tokens.</summary>
    public static TokenizerDefinition Define(WordPieceDefinition model, BertOptions options, IReadOnlyList<string> specialTokens) =>
        new(new WordPieceModel(model),
            [.. specialTokens.Select(token => new AddedToken(model.Ids[token], token) { Special = true }).OrderBy(token => token.Id)])
        {
            Normalizer = JsonElement.Parse($$"""
                {"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":{{Json(options.SpaceChinese)}},"strip_accents":{{Json(options.StripAccents)}},"lowercase":{{Json(options.Lowercase ?? true)}}}
                """),
            PreTokenizer = JsonElement.Parse("""{"type":"BertPreTokenizer"}"""),
            PostProcessor = JsonElement.Parse($$$"""
                {"type":"TemplateProcessing",
                "single":[{"SpecialToken":{"id":"[CLS]","type_id":0}},{"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"[SEP]","type_id":0}}],
                "pair":[{"SpecialToken":{"id":"[CLS]","type_id":0}},{"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"[SEP]","type_id":0}},{"Sequence":{"id":"B","type_id":1}},{"SpecialToken":{"id":"[SEP]","type_id":1}}],
                "special_tokens":{"[CLS]":{"id":"[CLS]","ids":[{{{model.Ids[Begin]}}}],"tokens":["[CLS]"]}, "[SEP]":{"id":"[SEP]","ids":[{{{model.Ids[End]}}}],"tokens":["[SEP]"]} } }
                """),
            Decoder = JsonElement.Parse($$"""{"type":"WordPiece","prefix":"{{JsonEncodedText.Encode(model.Prefix)}}","cleanup":true}"""),
        };

    private static Dictionary<string, int> ReadLines(ReadOnlySpan<byte> text, string file)
    {
        if (text.StartsWith("\uFEFF"u8))
            text = text[3..];
        if (!Utf8.IsValid(text))
            throw new InvalidDataException($"{file}: its {text.Length} bytes are not UTF-8; download or export the file again");
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        int line = 0;
        foreach (Range range in text.Split((byte)'\n'))
        {
            string token = Encoding.UTF8.GetString(text[range]).TrimEnd('\r');
            if (line > TokenizerReader.HighestId)
                throw new InvalidDataException($"{file}: more than {TokenizerReader.HighestId + 1} lines, which no vocabulary has; give the vocab.txt of a BERT model");
            // An empty line, as after the last end of line, is no token.
            if (token.Length > 0)
                ids[token] = line;
            line++;
        }
        return ids;
    }

    // Special tokens are written in capitals everywhere.
    private static bool HasCapital(string token) => !token.StartsWith('[')
        && token.EnumerateRunes().Any(rune => CharacterTables.Instance.LowerCase(rune.Value) != rune.ToString());

    private static string Json(bool? value) => value is bool flag ? flag ? "true" : "false" : "null";
}

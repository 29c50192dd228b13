using System.Text.Json;
using Weft.Text.Normalizers;

namespace Weft.Text.Files;

/// <summary>
/// SentencePiece's normalization in a tokenizer.json: a sequence of Hugging Face's steps that comes as near to it as they can,
/// and beside them, where other readers pass over it, what it is exactly.
/// </summary>
internal static class SentencePieceNormalizerReader
{
    public const string Name = "sentencepiece";

    public static SentencePieceNormalizer Read(JsonField sequence)
    {
        JsonField field = sequence.Required(Name);
        CharsMap map = CharsMap.Empty;
        foreach (JsonField step in sequence.Required("normalizers").Items())
            if (step.Required("type").Text() == "Precompiled")
                map = CharsMapReader.ReadMap(step);
        return new SentencePieceNormalizer(map, new SentencePieceOptions
        {
            AddDummyPrefix = field.Flag("add_dummy_prefix", whenAbsent: true),
            RemoveExtraWhitespaces = field.Flag("remove_extra_whitespaces", whenAbsent: true),
            EscapeWhitespaces = field.Flag("escape_whitespaces", whenAbsent: true),
            TreatWhitespaceAsSuffix = field.Flag("treat_whitespace_as_suffix", whenAbsent: false),
            UserDefinedSymbols = [.. field.Optional("user_defined_symbols")?.Items().Select(ReadSymbol) ?? []],
        });
    }

    public static JsonElement Write(ReadOnlyMemory<byte> map, SentencePieceOptions options)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
            Write(writer, map.Span, options);
        return JsonElement.Parse(stream.ToArray());
    }

    private static string ReadSymbol(JsonField symbol) =>
        symbol.Text() is { Length: > 0 } text ? text : throw symbol.Refuse("write at least one character here");

    private static void Write(Utf8JsonWriter writer, ReadOnlySpan<byte> map, SentencePieceOptions options)
    {
        writer.WriteStartObject();
        writer.WriteString("type", "Sequence");
        writer.WriteStartArray("normalizers");
        if (!map.IsEmpty)
            WriteStep(writer, "Precompiled", step => { }, map);
        if (options.RemoveExtraWhitespaces)
        {
            WriteReplacement(writer, "Regex", @"\A +| +\z", "");
            WriteReplacement(writer, "Regex", " {2,}", " ");
        }
        if (options.AddDummyPrefix && !options.TreatWhitespaceAsSuffix)
            WriteStep(writer, "Prepend", step => step.WriteString("prepend", options.EscapeWhitespaces ? "\u2581" : " "));
        if (options.EscapeWhitespaces)
            WriteReplacement(writer, "String", " ", "\u2581");
        writer.WriteEndArray();
        writer.WriteStartObject(Name);
        writer.WriteBoolean("add_dummy_prefix", options.AddDummyPrefix);
        writer.WriteBoolean("remove_extra_whitespaces", options.RemoveExtraWhitespaces);
        writer.WriteBoolean("escape_whitespaces", options.EscapeWhitespaces);
        writer.WriteBoolean("treat_whitespace_as_suffix", options.TreatWhitespaceAsSuffix);
        writer.WriteStartArray("user_defined_symbols");
        foreach (string symbol in options.UserDefinedSymbols)
            writer.WriteStringValue(symbol);
        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void WriteReplacement(Utf8JsonWriter writer, string kind, string pattern, string content) =>
        WriteStep(writer, "Replace", step =>
        {
            step.WriteStartObject("pattern");
            step.WriteString(kind, pattern);
            step.WriteEndObject();
            step.WriteString("content", content);
        });

    private static void WriteStep(Utf8JsonWriter writer, string type, Action<Utf8JsonWriter> writeFields, ReadOnlySpan<byte> map = default)
    {
        writer.WriteStartObject();
        writer.WriteString("type", type);
        if (!map.IsEmpty)
            writer.WriteBase64String("precompiled_charsmap", map);
        writeFields(writer);
        writer.WriteEndObject();
    }
}

using Weft.Text.Decoders;

namespace Weft.Text.Files;

/// <summary>Decoders of a tokenizer.json that put words together.</summary>
internal static class WordDecoderReader
{
    public static TokenDecoder ReadWordPiece(JsonField field) =>
        new WordPieceDecoder(field.Optional("prefix")?.Text() ?? "##", field.Flag("cleanup", whenAbsent: true));

    public static TokenDecoder ReadCtc(JsonField field) => new CtcDecoder(
        ReadMark(field, "pad_token", "<pad>"), ReadMark(field, "word_delimiter_token", "|"), field.Flag("cleanup", whenAbsent: true));

    public static TokenDecoder ReadSuffix(JsonField field) => new SuffixDecoder(ReadMark(field, "suffix", "</w>"));

    private static string ReadMark(JsonField field, string name, string whenAbsent) =>
        field.Optional(name) is not JsonField mark ? whenAbsent
        : mark.Text() is { Length: > 0 } text ? text : throw mark.Refuse("write at least one character here");
}

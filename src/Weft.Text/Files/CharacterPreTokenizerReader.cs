using System.Text;
using Weft.Text.Normalizers;
using Weft.Text.PreTokenizers;

namespace Weft.Text.Files;

/// <summary>Pre-tokenizers of a tokenizer.json that cut at single characters.</summary>
internal static class CharacterPreTokenizerReader
{
    public static PreTokenizer ReadPunctuation(JsonField field) => new SplitPreTokenizer(ClassMatches.Of(CharacterClasses.Punctuation),
        field.Optional("behavior") is JsonField behavior ? PreTokenizerReader.ReadBehavior(behavior) : SplitBehavior.Isolated, invert: false);

    public static PreTokenizer ReadDigits(JsonField field) => new SplitPreTokenizer(ClassMatches.Of(CharacterClasses.Number),
        field.Flag("individual_digits", whenAbsent: false) ? SplitBehavior.Isolated : SplitBehavior.Contiguous, invert: false);

    public static PreTokenizer ReadDelimiter(JsonField field)
    {
        JsonField delimiter = field.Required("delimiter");
        return delimiter.Text() is { Length: > 0 } text && Rune.GetRuneAt(text, 0).Utf16SequenceLength == text.Length
            ? new SplitPreTokenizer(SplitPreTokenizer.FindText(text), SplitBehavior.Removed, invert: false)
            : throw delimiter.Refuse("write one character here");
    }

    public static PreTokenizer ReadFixedLength(JsonField field) =>
        new FixedLengthPreTokenizer(field.Optional("length")?.Integer(1, int.MaxValue) ?? 5);
}

using System.Buffers;
using System.Globalization;
using System.Text;

namespace Weft.Text.PreTokenizers;

/// <summary>
/// GPT-2's splitting pattern as a scanner (Radford et al. 2019, "Language Models are Unsupervised Multitask Learners"):
/// <c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c>. It classifies whole Unicode scalars,
/// where a .NET Regex sees the two halves of a letter outside the basic plane as symbols.
/// </summary>
internal static class Gpt2Pattern
{
    public const string Text = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    private const byte Other = 0, Letter = 1, Number = 2, Space = 3, Half = 4;

    private static readonly byte[] BasicPlane = ClassifyBasicPlane();

    /// <summary>
    /// Length of the match at the start of <paramref name="text"/>, which is not empty. Matches cover all text.
    /// </summary>
    public static int MatchLength(ReadOnlySpan<char> text)
    {
        if (text[0] == '\'' && ContractionLength(text) is int contraction and > 0)
            return contraction;
        byte first = Classify(text, 0, out int width);
        if (first != Space)
            return RunEnd(text, width, first);
        if (text[0] == ' ' && text.Length > 1 && Classify(text, 1, out width) is byte second && second != Space)
            return RunEnd(text, 1 + width, second);
        int end = RunEnd(text, 1, Space);
        // Of the white space before a word the last character is left over: a space joins the word.
        return end == text.Length || end == 1 ? end : end - 1;
    }

    private static int ContractionLength(ReadOnlySpan<char> text)
    {
        if (text.Length < 2)
            return 0;
        if (text[1] is 's' or 't' or 'm' or 'd')
            return 2;
        return text.Length > 2 && (text[1], text[2]) is ('r', 'e') or ('v', 'e') or ('l', 'l') ? 3 : 0;
    }

    private static int RunEnd(ReadOnlySpan<char> text, int at, byte kind)
    {
        while (at < text.Length && Classify(text, at, out int width) == kind)
            at += width;
        return at;
    }

    private static byte Classify(ReadOnlySpan<char> text, int at, out int width)
    {
        width = 1;
        byte kind = BasicPlane[text[at]];
        if (kind != Half)
            return kind;
        if (Rune.DecodeFromUtf16(text[at..], out Rune rune, out width) != OperationStatus.Done)
            return Other;
        return Classify(Rune.GetUnicodeCategory(rune));
    }

    private static byte Classify(UnicodeCategory category) => category switch
    {
        <= UnicodeCategory.OtherLetter => Letter,
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => Number,
        _ => Other,
    };

    private static byte[] ClassifyBasicPlane()
    {
        var kinds = new byte[char.MaxValue + 1];
        for (int c = 0; c < kinds.Length; c++)
            kinds[c] = char.IsSurrogate((char)c) ? Half
                : char.IsWhiteSpace((char)c) ? Space : Classify(CharUnicodeInfo.GetUnicodeCategory((char)c));
        return kinds;
    }
}

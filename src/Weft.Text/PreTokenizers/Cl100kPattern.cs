using static Weft.Text.PreTokenizers.CharacterClass;

namespace Weft.Text.PreTokenizers;

/// <summary>
/// The pattern of cl100k and of the models that follow it, Llama 3 with three digits and Qwen 2 with one:
/// <c>(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+</c>.
/// </summary>
/// <param name="digits">The most digits of a piece.</param>
internal readonly struct Cl100kPattern(int digits) : IScanner
{
    public int MatchLength(ReadOnlySpan<char> text)
    {
        byte first = At(text, 0, out int width);
        if ((first & Letter) != 0)
            return LettersEnd(text, width);
        if ((first & Number) != 0)
            return NumbersEnd(text, width, digits);
        if (text[0] == '\'' && Contraction.LengthInAnyCase(text) is int contraction and > 0)
            return contraction;
        byte second = width < text.Length ? At(text, width, out _) : Space;
        if ((second & Letter) != 0 && (first & LineBreak) == 0)
            return LettersEnd(text, width);
        return (first & Space) == 0 ? SymbolsEnd(text, width, "")
            : text[0] == ' ' && (second & Word) == 0 ? SymbolsEnd(text, 1, "")
            : SpacesEnd(text);
    }

    /// <summary>The end of at most so many numbers, of which the first ends at <paramref name="at"/>.</summary>
    public static int NumbersEnd(ReadOnlySpan<char> text, int at, int digits)
    {
        for (int count = 1; count < digits && at < text.Length && (At(text, at, out int width) & Number) != 0; count++)
            at += width;
        return at;
    }

    /// <summary>The end of symbols and of the line breaks and characters of <paramref name="also"/> after them.</summary>
    public static int SymbolsEnd(ReadOnlySpan<char> text, int at, string also)
    {
        at = RunEnd(text, at, Word, 0);
        while (at < text.Length && (text[at] is '\r' or '\n' || also.Contains(text[at])))
            at++;
        return at;
    }

    /// <summary><c>\s*[\r\n]+|\s+(?!\S)|\s+</c>: up to the last line break, or as GPT-2 does where there is none.</summary>
    public static int SpacesEnd(ReadOnlySpan<char> text)
    {
        int end = RunEnd(text, 1, Space, Space);
        int lineBreak = text[..end].LastIndexOfAny('\r', '\n');
        return lineBreak >= 0 ? lineBreak + 1 : Spaces.Length(text, end);
    }
}

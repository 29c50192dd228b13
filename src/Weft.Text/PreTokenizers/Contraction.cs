namespace Weft.Text.PreTokenizers;

/// <summary>The ends of English words that patterns cut off: 's 't 're 've 'm 'll 'd.</summary>
internal static class Contraction
{
    // Unicode folds the long s to s; no other letter folds to one of these.
    private const char LongS = '\u017F';

    /// <summary>Length of <c>'s|'t|'re|'ve|'m|'ll|'d</c> at the beginning of the text, or 0.</summary>
    public static int Length(ReadOnlySpan<char> text)
    {
        if (text.Length < 2 || text[0] != '\'')
            return 0;
        if (text[1] is 's' or 't' or 'm' or 'd')
            return 2;
        return text.Length > 2 && (text[1], text[2]) is ('r', 'e') or ('v', 'e') or ('l', 'l') ? 3 : 0;
    }

    /// <summary>The same for <c>(?i:'s|'t|'re|'ve|'m|'ll|'d)</c>, in which case does not count.</summary>
    public static int LengthInAnyCase(ReadOnlySpan<char> text)
    {
        if (text.Length < 2 || text[0] != '\'')
            return 0;
        char first = (char)(text[1] | 0x20);
        if (first is 's' or 't' or 'm' or 'd' && char.IsAscii(text[1]) || text[1] == LongS)
            return 2;
        return text.Length > 2 && char.IsAscii(text[1]) && char.IsAscii(text[2])
            && (first, (char)(text[2] | 0x20)) is ('r', 'e') or ('v', 'e') or ('l', 'l') ? 3 : 0;
    }
}

namespace Weft.Data;

/// <summary>Where sentences of English, of scripts like it, and of Chinese begin and end.</summary>
internal static class Sentences
{
    private const string Closing = "\"'”’»)]}」』）》〉】";

    /// <summary>Words whose point ends no sentence.</summary>
    private static readonly HashSet<string> Abbreviations = new(StringComparer.OrdinalIgnoreCase)
    {
        "mr", "mrs", "ms", "dr", "prof", "st", "mt", "ft", "gen", "col", "lt", "maj", "capt", "cpt", "cmdr", "adm", "sgt", "rev", "hon", "sen", "rep", "gov", "pres", "messrs",
        "jr", "sr", "vs", "cf", "viz", "approx", "est", "ed", "eds", "trans", "inc", "ltd", "co", "corp", "bros", "dept", "univ",
        "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec",
    };

    /// <summary>Words whose point ends no sentence where a number follows.</summary>
    private static readonly HashSet<string> BeforeNumbers = new(StringComparer.OrdinalIgnoreCase) { "no", "nos", "vol", "vols", "fig", "figs", "p", "pp", "ch", "sec", "op", "ca", "c", "art" };

    /// <summary>The sentences of a text that end by a mark; what follows the last of them is none.</summary>
    public static IEnumerable<TextSpan> Of(string text)
    {
        int start = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (!IsMark(text[i]))
                continue;
            int mark = i, end = i + 1;
            while (end < text.Length && (IsMark(text[end]) || Closing.Contains(text[end], StringComparison.Ordinal)))
                end++;
            i = end - 1;
            if (!Ends(text, mark, end))
                continue;
            while (start < end && char.IsWhiteSpace(text[start]))
                start++;
            yield return new(start, end);
            start = end;
        }
    }

    /// <summary>Whether the point behind a word belongs to it: an abbreviation, or the first letter of a name.</summary>
    public static bool KeepsPoint(ReadOnlySpan<char> word) =>
        (word.Length == 1 && char.IsUpper(word[0])) || word.IndexOf('.') > 0 || IsOf(Abbreviations, word);

    private static bool IsOf(HashSet<string> words, ReadOnlySpan<char> word) => words.GetAlternateLookup<ReadOnlySpan<char>>().Contains(word);

    private static bool IsMark(char c) => c is '.' or '!' or '?' or '…' or '。' or '！' or '？';

    /// <param name="text">The text.</param>
    /// <param name="mark">Place of the first mark.</param>
    /// <param name="end">Behind the marks and what closes with them.</param>
    private static bool Ends(string text, int mark, int end)
    {
        if (end == text.Length)
            return true;
        if (text[mark] is '。' or '！' or '？')
            return true;
        if (!char.IsWhiteSpace(text[end]))
            return text[mark] is '…' && HanText.IsWide(text[end]);
        int next = end;
        while (next < text.Length && char.IsWhiteSpace(text[next]))
            next++;
        // A sentence goes on behind a quoted question, and behind dots.
        if (next < text.Length && char.IsLower(text[next]))
            return false;
        if (text[mark] != '.' || end > mark + 1)
            return true;
        int start = mark;
        while (start > 0 && !char.IsWhiteSpace(text[start - 1]))
            start--;
        ReadOnlySpan<char> word = text.AsSpan(start, mark - start).TrimStart("\"'“‘([");
        return !KeepsPoint(word) && !(next < text.Length && char.IsAsciiDigit(text[next]) && IsOf(BeforeNumbers, word));
    }
}

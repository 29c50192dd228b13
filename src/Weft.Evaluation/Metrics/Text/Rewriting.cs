using System.Globalization;
using System.Text;

namespace Weft.Evaluation.Metrics.Text;

/// <summary>
/// The steps that tokenizers of metrics are made of: spaces are put around characters, as the substitutions of mteval-v13a.pl and mteval-v14.pl
/// do. Each step goes from left to right and looks at no character twice.
/// </summary>
internal static class Rewriting
{
    private static readonly Rune Space = new(' ');

    /// <summary>The characters of a text.</summary>
    public static List<Rune> Characters(string text) => [.. text.EnumerateRunes()];

    /// <summary>The text of characters.</summary>
    public static string Text(List<Rune> characters)
    {
        var text = new StringBuilder(characters.Count);
        foreach (Rune rune in characters)
            text.Append(rune.ToString());
        return text.ToString();
    }

    /// <summary>x becomes "␣x␣".</summary>
    public static List<Rune> Surround(List<Rune> text, Predicate<Rune> parted)
    {
        List<Rune> result = new(text.Count);
        foreach (Rune rune in text)
            if (parted(rune))
                result.AddRange([Space, rune, Space]);
            else
                result.Add(rune);
        return result;
    }

    /// <summary>Neighbours xy become "x␣y␣".</summary>
    public static List<Rune> PartSecond(List<Rune> text, Predicate<Rune> first, Predicate<Rune> second) =>
        OfPairs(text, first, second, static (result, x, y) => result.AddRange([x, Space, y, Space]));

    /// <summary>Neighbours xy become "␣x␣y".</summary>
    public static List<Rune> PartFirst(List<Rune> text, Predicate<Rune> first, Predicate<Rune> second) =>
        OfPairs(text, first, second, static (result, x, y) => result.AddRange([Space, x, Space, y]));

    /// <summary>
    /// The part of mteval-v13a.pl that is made for Western languages: ASCII's punctuation and symbols stand alone, except an apostrophe; full stop
    /// and comma unless digits surround them, a hyphen only behind a digit.
    /// </summary>
    public static List<Rune> PartWestern(List<Rune> text) => PartPoints(Surround(text, IsPartedAlways));

    /// <summary>The second half of <see cref="PartWestern"/>: full stops, commas and hyphens.</summary>
    public static List<Rune> PartPoints(List<Rune> text)
    {
        text = PartSecond(text, static rune => !IsDigit(rune), IsPointOrComma);
        text = PartFirst(text, IsPointOrComma, static rune => !IsDigit(rune));
        return PartSecond(text, IsDigit, static rune => rune.Value == '-');
    }

    /// <summary>The four entities that Western rules write out.</summary>
    public static string DecodeEntities(string text) => text.Contains('&', StringComparison.Ordinal)
        ? text.Replace("&quot;", "\"", StringComparison.Ordinal).Replace("&amp;", "&", StringComparison.Ordinal)
            .Replace("&lt;", "<", StringComparison.Ordinal).Replace("&gt;", ">", StringComparison.Ordinal)
        : text;

    /// <summary>A digit, Roman numeral or other number: Unicode's N.</summary>
    public static bool IsNumber(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber;

    /// <summary>ASCII's signs but for apostrophe, comma, hyphen and full stop.</summary>
    public static bool IsPartedAlways(Rune rune) => rune.Value is
        (>= '{' and <= '~') or (>= '[' and <= '`') or (>= ' ' and <= '&') or (>= '(' and <= '+') or (>= ':' and <= '@') or '/';

    private static bool IsDigit(Rune rune) => rune.Value is >= '0' and <= '9';

    private static bool IsPointOrComma(Rune rune) => rune.Value is '.' or ',';

    private static List<Rune> OfPairs(List<Rune> text, Predicate<Rune> first, Predicate<Rune> second, Action<List<Rune>, Rune, Rune> write)
    {
        List<Rune> result = new(text.Count);
        for (int i = 0; i < text.Count; i++)
            if (i + 1 < text.Count && first(text[i]) && second(text[i + 1]))
                write(result, text[i], text[++i]);
            else
                result.Add(text[i]);
        return result;
    }
}

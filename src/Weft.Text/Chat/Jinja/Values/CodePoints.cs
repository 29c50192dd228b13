using System.Globalization;
using System.Text;

namespace Weft.Text.Chat.Jinja.Values;

/// <summary>
/// Python's view of a text: a sequence of code points, where .NET has UTF-16 units. Half a surrogate pair counts as one.
/// </summary>
internal static class CodePoints
{
    /// <summary>Whether units and code points are the same, so that positions need no translation.</summary>
    public static bool AreUnits(string text) => text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF') < 0;

    /// <summary>Number of code points.</summary>
    public static int Count(string text)
    {
        int count = text.Length;
        for (int i = 0; i + 1 < text.Length; i++)
            if (char.IsSurrogatePair(text[i], text[i + 1]))
                count--;
        return count;
    }

    /// <summary>Number of code points before a position in units.</summary>
    public static int At(string text, int unit) => AreUnits(text) ? unit : Count(text[..unit]);

    /// <summary>The position in units of a code point; one past the last is allowed.</summary>
    public static int Unit(string text, int point)
    {
        if (AreUnits(text))
            return point;
        int unit = 0;
        for (; point > 0 && unit < text.Length; point--)
            unit += WidthAt(text, unit);
        return unit;
    }

    /// <summary>Units of the code point that begins at <paramref name="unit"/>.</summary>
    public static int WidthAt(string text, int unit) =>
        unit + 1 < text.Length && char.IsSurrogatePair(text[unit], text[unit + 1]) ? 2 : 1;

    /// <summary>The code points, each as a text.</summary>
    public static IEnumerable<string> Split(string text)
    {
        for (int i = 0, width; i < text.Length; i += width)
        {
            width = WidthAt(text, i);
            yield return text.Substring(i, width);
        }
    }

    /// <summary>The code points as numbers.</summary>
    public static IEnumerable<int> Scalars(string text)
    {
        for (int i = 0; i < text.Length; i += WidthAt(text, i))
            yield return ScalarAt(text, i);
    }

    /// <summary>The code point that begins at <paramref name="unit"/>.</summary>
    public static int ScalarAt(string text, int unit) =>
        WidthAt(text, unit) == 2 ? char.ConvertToUtf32(text[unit], text[unit + 1]) : text[unit];

    /// <summary>Appends one code point.</summary>
    public static void Append(StringBuilder text, int scalar)
    {
        if (scalar <= char.MaxValue)
            text.Append((char)scalar);
        else
            text.Append(char.ConvertFromUtf32(scalar));
    }

    /// <summary>The order of code points; that of units differs where surrogate pairs meet the end of the first plane.</summary>
    public static int Compare(string a, string b)
    {
        int common = a.AsSpan().CommonPrefixLength(b);
        if (common == a.Length || common == b.Length)
            return a.Length.CompareTo(b.Length);
        bool high = char.IsSurrogate(a[common]), otherHigh = char.IsSurrogate(b[common]);
        return high == otherHigh ? a[common].CompareTo(b[common]) : high ? 1 : -1;
    }

    /// <summary>What Python's <c>str.isspace</c> and <c>\s</c> take as white space.</summary>
    public static bool IsSpace(char c) => char.IsWhiteSpace(c) || c is >= '\x1C' and <= '\x1F';

    /// <summary>What <c>repr</c> prints as it is.</summary>
    public static bool IsPrintable(int scalar) => scalar == ' ' || CharUnicodeInfo.GetUnicodeCategory(scalar) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
        or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.SpaceSeparator);
}

using System.Text;
using Weft.Text.Chat.Jinja.Values;

namespace Weft.Text.Chat.Jinja.Library;

/// <summary>Python's ways to look into texts and cut them.</summary>
internal static class TextSearch
{
    /// <summary><c>str.strip</c>: without white space, or without the given characters, at the chosen ends.</summary>
    public static string Strip(string text, string? characters, bool atStart = true, bool atEnd = true)
    {
        HashSet<string>? set = characters is null ? null : [.. CodePoints.Split(characters)];
        bool IsStripped(int at, int width) => set is null ? CodePoints.IsSpace(text[at]) : set.Contains(text.Substring(at, width));
        int start = 0, end = text.Length;
        while (atStart && start < end && CodePoints.WidthAt(text, start) is var width && IsStripped(start, width))
            start += width;
        while (atEnd && end > start)
        {
            int width = end - start >= 2 && char.IsSurrogatePair(text[end - 2], text[end - 1]) ? 2 : 1;
            if (!IsStripped(end - width, width))
                break;
            end -= width;
        }
        return text[start..end];
    }

    /// <summary><c>str.split</c> on a separator, or on white space where it is null; at most so many cuts, or any number below 0.</summary>
    public static List<string> Split(string text, string? separator, int cuts)
    {
        var parts = new List<string>();
        int start = 0;
        if (separator is null)
        {
            while (true)
            {
                while (start < text.Length && CodePoints.IsSpace(text[start]))
                    start++;
                if (start == text.Length)
                    return parts;
                int end = start;
                while (end < text.Length && !CodePoints.IsSpace(text[end]))
                    end++;
                if (cuts >= 0 && parts.Count == cuts)
                    end = text.Length;
                parts.Add(text[start..end]);
                start = end;
            }
        }
        for (int at; (cuts < 0 || parts.Count < cuts) && (at = text.IndexOf(separator, start, StringComparison.Ordinal)) >= 0; start = at + separator.Length)
            parts.Add(text[start..at]);
        parts.Add(text[start..]);
        return parts;
    }

    /// <summary><c>str.rsplit</c>: as <see cref="Split"/>, cutting from the end.</summary>
    public static List<string> SplitFromEnd(string text, string? separator, int cuts)
    {
        var parts = new List<string>();
        int end = text.Length;
        if (separator is null)
        {
            while (true)
            {
                while (end > 0 && CodePoints.IsSpace(text[end - 1]))
                    end--;
                if (end == 0)
                    break;
                int start = end;
                while (start > 0 && !CodePoints.IsSpace(text[start - 1]))
                    start--;
                if (cuts >= 0 && parts.Count == cuts)
                    start = 0;
                parts.Add(text[start..end]);
                end = start;
            }
        }
        else
        {
            while ((cuts < 0 || parts.Count < cuts) && end >= separator.Length
                && text.AsSpan(0, end).LastIndexOf(separator) is >= 0 and var at)
            {
                parts.Add(text[(at + separator.Length)..end]);
                end = at;
            }
            parts.Add(text[..end]);
        }
        parts.Reverse();
        return parts;
    }

    /// <summary><c>str.splitlines</c>.</summary>
    public static List<string> SplitLines(string text, bool keepEnds)
    {
        var lines = new List<string>();
        for (int start = 0; start < text.Length;)
        {
            int end = start;
            while (end < text.Length && !IsLineBreak(text[end]))
                end++;
            int after = end + (end == text.Length ? 0 : text[end] == '\r' && end + 1 < text.Length && text[end + 1] == '\n' ? 2 : 1);
            lines.Add(text[start..(keepEnds ? after : end)]);
            start = after;
        }
        return lines;
    }

    /// <summary><c>str.replace</c>: the first so many, or all where the count is negative.</summary>
    public static string Replace(Budget budget, string text, string old, string with, int count)
    {
        budget.SpendSearch(text.Length, old.Length);
        List<int> found = Find(text, old, count);
        budget.Spend(found.Count / 2);
        budget.SpendText(text.Length + (long)found.Count * (with.Length - old.Length));
        var replaced = new StringBuilder();
        int start = 0;
        foreach (int at in found)
        {
            replaced.Append(text, start, at - start).Append(with);
            start = at + old.Length;
        }
        return replaced.Append(text, start, text.Length - start).ToString();
    }

    /// <summary>Positions in units at which a text stands, without overlaps; the empty text stands before each code point and at the end.</summary>
    public static List<int> Find(string text, string sought, int most = -1)
    {
        var found = new List<int>();
        int start = 0;
        while ((most < 0 || found.Count < most) && start <= text.Length)
        {
            int at = sought.Length == 0 ? start : text.IndexOf(sought, start, StringComparison.Ordinal);
            if (at < 0)
                break;
            found.Add(at);
            start = at + (sought.Length > 0 ? sought.Length : at < text.Length ? CodePoints.WidthAt(text, at) : 1);
        }
        return found;
    }

    /// <summary><c>separator.join(texts)</c>.</summary>
    public static string Join(Budget budget, string separator, IEnumerable<string> texts)
    {
        var joined = new StringBuilder();
        bool isFirst = true;
        foreach (string text in texts)
        {
            if (!isFirst)
                joined.Append(separator);
            isFirst = false;
            budget.CheckText((long)joined.Length + text.Length);
            joined.Append(text);
        }
        budget.SpendText(joined.Length);
        return joined.ToString();
    }

    private static bool IsLineBreak(char c) => c is >= '\n' and <= '\r' or >= '\x1C' and <= '\x1E' or '\x85' or '\u2028' or '\u2029';
}

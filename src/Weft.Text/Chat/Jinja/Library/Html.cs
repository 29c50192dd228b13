using System.Text;
using Weft.Text.Chat.Jinja.Values;

namespace Weft.Text.Chat.Jinja.Library;

/// <summary>HTML in texts.</summary>
internal static class Html
{
    /// <summary>A text as HTML; what is HTML already stays.</summary>
    public static string Escape(TextValue text) => text.IsMarkup ? text.Text : Escape(text.Text);

    /// <summary>A text as HTML.</summary>
    public static string Escape(string text) => text
        .Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal)
        .Replace("'", "&#39;", StringComparison.Ordinal).Replace("\"", "&#34;", StringComparison.Ordinal);

    /// <summary>The text between the tags, with single blanks and without comments; the common entities become characters.</summary>
    public static string StripTags(string html)
    {
        string text = Without(Without(html, "<!--", "-->"), "<", ">");
        string spaced = string.Join(' ', TextSearch.Split(text, null, -1));
        return spaced.Contains('&', StringComparison.Ordinal) ? System.Net.WebUtility.HtmlDecode(spaced) : spaced;
    }

    private static string Without(string text, string open, string close)
    {
        var kept = new StringBuilder();
        int start = 0;
        while (text.IndexOf(open, start, StringComparison.Ordinal) is >= 0 and var from && text.IndexOf(close, from, StringComparison.Ordinal) is >= 0 and var to)
        {
            kept.Append(text, start, from - start);
            start = to + close.Length;
        }
        return kept.Append(text, start, text.Length - start).ToString();
    }
}

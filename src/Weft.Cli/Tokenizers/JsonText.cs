using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace Weft.Cli.Tokenizers;

/// <summary>
/// JSON strings as they are, with half surrogate pairs in escapes, which .NET's own reader refuses, and written with only those
/// escapes that JSON needs, where .NET's own writer escapes every character beyond the first 65,536.
/// </summary>
internal static class JsonText
{
    private static readonly SearchValues<char> Escaped = SearchValues.Create([.. Enumerable.Range(0, ' ').Select(c => (char)c), '"', '\\']);

    /// <summary>Reads one JSON string with white space around it.</summary>
    /// <exception cref="FormatException">It is something else; the message says what.</exception>
    public static string Read(ReadOnlySpan<byte> json)
    {
        ReadOnlySpan<byte> quoted = json.Trim(" \t\r\n"u8);
        if (quoted is not [(byte)'"', .., (byte)'"'])
            throw new FormatException(quoted.IsEmpty ? "it is empty" : "it is no JSON string in quotes");
        ReadOnlySpan<byte> content = quoted[1..^1];
        if (!Utf8.IsValid(content))
            throw new FormatException("it is not UTF-8");
        return content.ContainsAnyInRange((byte)0, (byte)0x1F) || content.ContainsAny((byte)'\\', (byte)'"')
            ? Unescape(Encoding.UTF8.GetString(content))
            : Encoding.UTF8.GetString(content);
    }

    /// <summary>Appends a JSON string, quotes included. Half a surrogate pair, which UTF-8 cannot hold, is written as its escape.</summary>
    public static void Append(StringBuilder json, ReadOnlySpan<char> text)
    {
        json.Append('"');
        while (!text.IsEmpty)
        {
            int plain = text.IndexOfAny(Escaped) is var at and >= 0 ? at : text.Length;
            AppendWellFormed(json, text[..plain]);
            if (plain == text.Length)
                break;
            AppendEscape(json, text[plain]);
            text = text[(plain + 1)..];
        }
        json.Append('"');
    }

    private static void AppendWellFormed(StringBuilder json, ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty)
        {
            int half = FirstHalf(text);
            json.Append(text[..half]);
            if (half == text.Length)
                return;
            json.Append(CultureInfo.InvariantCulture, $"\\u{(int)text[half]:x4}");
            text = text[(half + 1)..];
        }
    }

    /// <summary>Where the first surrogate without its other half stands; the length where there is none.</summary>
    private static int FirstHalf(ReadOnlySpan<char> text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
                continue;
            if (i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]))
                i++;
            else
                return i;
        }
        return text.Length;
    }

    private static void AppendEscape(StringBuilder json, char c) => _ = c switch
    {
        '"' or '\\' => json.Append('\\').Append(c),
        '\n' => json.Append("\\n"),
        '\r' => json.Append("\\r"),
        '\t' => json.Append("\\t"),
        '\b' => json.Append("\\b"),
        '\f' => json.Append("\\f"),
        _ => json.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
    };

    private static string Unescape(ReadOnlySpan<char> content)
    {
        var text = new StringBuilder(content.Length);
        while (!content.IsEmpty)
        {
            int plain = content.IndexOfAny(Escaped) is var at and >= 0 ? at : content.Length;
            text.Append(content[..plain]);
            if (plain == content.Length)
                break;
            content = content[plain..];
            if (content[0] != '\\')
                throw new FormatException(content[0] == '"'
                    ? "its string ends before the line does; write one string a line, and \\\" for a quote inside"
                    : $"its string holds the control character U+{(int)content[0]:X4}; write it as an escape");
            content = content[Escape(content, text)..];
        }
        return text.ToString();
    }

    /// <summary>Appends what an escape stands for; returns its length.</summary>
    private static int Escape(ReadOnlySpan<char> content, StringBuilder text)
    {
        char letter = content.Length > 1 ? content[1] : '\0';
        if (letter == 'u')
        {
            if (content.Length < 6 || !ushort.TryParse(content[2..6], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort unit))
                throw new FormatException("its escape \\u needs four hexadecimal digits");
            text.Append((char)unit);
            return 6;
        }
        text.Append(letter switch
        {
            '"' or '\\' or '/' => letter,
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'b' => '\b',
            'f' => '\f',
            '\0' => throw new FormatException("its last quote is escaped, so the string has no end"),
            _ => throw new FormatException($"it has the escape \\{letter}, which JSON does not know"),
        });
        return 2;
    }
}

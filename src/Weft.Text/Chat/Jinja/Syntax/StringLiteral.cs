using System.Globalization;
using System.Text;
using Weft.Text.Chat.Jinja.Values;

namespace Weft.Text.Chat.Jinja.Syntax;

/// <summary>Texts in quotes, with Python's escapes.</summary>
internal static class StringLiteral
{
    /// <summary>Position after the closing quote of the text that opens at <paramref name="start"/>, or -1.</summary>
    public static int End(string source, int start)
    {
        for (int i = start + 1; i < source.Length; i++)
            if (source[i] == '\\')
                i++;
            else if (source[i] == source[start])
                return i + 1;
        return -1;
    }

    /// <summary>The text that a literal stands for.</summary>
    /// <param name="written">What stands between the quotes.</param>
    /// <param name="line">Line of the literal, for the error.</param>
    public static string Unescape(string written, int line)
    {
        if (!written.Contains('\\', StringComparison.Ordinal))
            return written;
        var text = new StringBuilder();
        for (int i = 0; i < written.Length;)
            if (written[i] == '\\')
                i = ReadEscape(written, i + 1, text, line);
            else
                text.Append(written[i++]);
        return text.ToString();
    }

    /// <summary>Reads what follows a backslash at <paramref name="i"/> - 1 and returns the position after it.</summary>
    private static int ReadEscape(string written, int i, StringBuilder text, int line)
    {
        char c = written[i];
        switch (c)
        {
            case '\n':
                return i + 1;
            case 'x':
                return ReadHex(written, i, 2, text, line);
            case 'u':
                return ReadHex(written, i, 4, text, line);
            case 'U':
                return ReadHex(written, i, 8, text, line);
            case 'N':
                throw new TemplateFault("the escape \\N names a character; write it as \\u and four digits") { Line = line };
            case >= '0' and <= '7':
                int octal = 0, end = Math.Min(i + 3, written.Length);
                for (; i < end && written[i] is >= '0' and <= '7'; i++)
                    octal = octal * 8 + (written[i] - '0');
                text.Append((char)octal);
                return i;
            case > '\x7F':
                // Jinja2 writes such a character as an escape first, whose backslash this one then escapes.
                int scalar = CodePoints.ScalarAt(written, i);
                text.Append(CultureInfo.InvariantCulture,
                    $"\\{(scalar < 0x100 ? $"x{scalar:x2}" : scalar < 0x10000 ? $"u{scalar:x4}" : $"U{scalar:x8}")}");
                return i + CodePoints.WidthAt(written, i);
        }
        int at = "\\'\"abfnrtv".IndexOf(c, StringComparison.Ordinal);
        if (at >= 0)
            text.Append("\\'\"\a\b\f\n\r\t\v"[at]);
        else
            text.Append('\\').Append(c);
        return i + 1;
    }

    private static int ReadHex(string written, int i, int digits, StringBuilder text, int line)
    {
        if (i + 1 + digits > written.Length
            || !int.TryParse(written.AsSpan(i + 1, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int scalar)
            || (uint)scalar > 0x10FFFF)
            throw new TemplateFault($"the escape \\{written[i]} needs {digits} hexadecimal digits of a character; write them") { Line = line };
        CodePoints.Append(text, scalar);
        return i + 1 + digits;
    }
}

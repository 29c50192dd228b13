using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Weft.Cli;

/// <summary>
/// A page under construction. Literal text is markup and stays as it is; every interpolated value is data, is formatted
/// without regard to the culture and escaped. So no caller can forget to escape.
/// </summary>
internal sealed class Markup
{
    private readonly StringBuilder _text = new();

    /// <summary>Appends markup with escaped values.</summary>
    public Markup Add([InterpolatedStringHandlerArgument("")] ref Handler content)
    {
        _ = content;
        return this;
    }

    /// <summary>Appends markup that was written by this program and holds no data.</summary>
    public Markup AddLiteral(string markup)
    {
        _text.Append(markup);
        return this;
    }

    /// <inheritdoc/>
    public override string ToString() => _text.ToString();

    /// <summary>Safe as element content and inside quoted attributes, in HTML and in XML.</summary>
    public static string Escape(string? value)
    {
        var text = new StringBuilder();
        foreach (Rune rune in (value ?? "").EnumerateRunes())
        {
            string? entity = rune.Value switch
            {
                '&' => "&amp;",
                '<' => "&lt;",
                '>' => "&gt;",
                '"' => "&quot;",
                '\'' => "&#39;",
                '\t' or '\n' => null,
                // A parser would turn a carriage return into a line feed; other controls are not text in XML at all.
                '\r' => "",
                < ' ' or (>= 0x7F and < 0xA0) or 0xFFFE or 0xFFFF => "\uFFFD",
                _ => null,
            };
            text.Append(entity ?? rune.ToString());
        }
        return text.ToString();
    }

    /// <summary>Receives the parts of an interpolated string.</summary>
    [InterpolatedStringHandler]
    internal readonly ref struct Handler(int literalLength, int formattedCount, Markup target)
    {
        private readonly StringBuilder _text = Reserve(target._text, literalLength + (8 * formattedCount));

        public void AppendLiteral(string markup) => _text.Append(markup);

        public void AppendFormatted(string? value) => _text.Append(Escape(value));

        public void AppendFormatted<T>(T value, string? format = null)
            where T : IFormattable =>
            _text.Append(Escape(value.ToString(format, CultureInfo.InvariantCulture)));

        private static StringBuilder Reserve(StringBuilder text, int more)
        {
            text.EnsureCapacity(text.Length + more);
            return text;
        }
    }
}

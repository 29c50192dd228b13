using System.Buffers;
using System.Globalization;

namespace Weft.Text.Chat.Jinja.Library;

/// <summary>Python's <c>float(text)</c>.</summary>
internal static class FloatParser
{
    private static readonly SearchValues<char> Characters = SearchValues.Create("0123456789+-.e_");

    /// <summary>The number, or null where the text is none.</summary>
    public static double? Parse(string text)
    {
        string trimmed = TextSearch.Strip(text, null).ToLowerInvariant();
        switch (trimmed.TrimStart('+', '-'))
        {
            case "inf" or "infinity" when trimmed.Length - trimmed.TrimStart('+', '-').Length <= 1:
                return trimmed[0] == '-' ? double.NegativeInfinity : double.PositiveInfinity;
            case "nan" when trimmed.Length <= 4:
                return double.NaN;
        }
        for (int i = 0; i < trimmed.Length; i++)
            if (trimmed[i] == '_' && (i == 0 || i + 1 == trimmed.Length || !char.IsAsciiDigit(trimmed[i - 1]) || !char.IsAsciiDigit(trimmed[i + 1])))
                return null;
        const NumberStyles Style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        return double.TryParse(trimmed.Replace("_", "", StringComparison.Ordinal), Style, CultureInfo.InvariantCulture, out double number)
            && !trimmed.AsSpan().ContainsAnyExcept(Characters) ? number : null;
    }
}

using System.Text;

namespace Weft.Text;

/// <summary>Text without lone surrogates.</summary>
internal static class WellFormedText
{
    /// <summary>The text with U+FFFD for each lone surrogate, as .NET's UTF-8 encoding writes it.</summary>
    public static string Of(string text)
    {
        if (text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF') < 0)
            return text;
        var repaired = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
            repaired.Append(rune);
        return repaired.ToString();
    }
}

using System.Text;

namespace Weft.Text;

/// <summary>Text without lone surrogates.</summary>
internal static class WellFormedText
{
    /// <summary>The text with U+FFFD for each lone surrogate, as .NET's UTF-8 encoding writes it; of the same length.</summary>
    public static ReadOnlySpan<char> Of(ReadOnlySpan<char> text)
    {
        int at = text.IndexOfAnyInRange('\uD800', '\uDFFF');
        char[]? repaired = null;
        while (at >= 0 && at < text.Length)
        {
            if (Rune.DecodeFromUtf16(text[at..], out _, out int length) != System.Buffers.OperationStatus.Done)
                (repaired ??= text.ToArray())[at] = '\uFFFD';
            int next = text[(at + length)..].IndexOfAnyInRange('\uD800', '\uDFFF');
            at = next < 0 ? -1 : at + length + next;
        }
        return repaired ?? text;
    }
}

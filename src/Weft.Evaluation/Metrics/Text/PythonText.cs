using System.Globalization;
using System.Numerics;
using System.Text;

namespace Weft.Evaluation.Metrics.Text;

/// <summary>
/// What Python does with text where .NET does something else. The published metrics are Python programs, and their scores hang on its white
/// space, its lower case and its way to round.
/// </summary>
internal static class PythonText
{
    private const int CapitalSigma = 0x3A3, SmallSigma = 0x3C3, FinalSigma = 0x3C2, CapitalIWithDot = 0x130, CombiningDotAbove = 0x307;

    /// <summary>Whether <c>str.isspace</c> holds: .NET's white space and four separators of ASCII.</summary>
    public static bool IsSpace(char c) => char.IsWhiteSpace(c) || c is >= '\u001c' and <= '\u001f';

    /// <summary><c>str.split()</c>: pieces between runs of white space, none of them empty.</summary>
    public static List<string> Split(string text)
    {
        List<string> pieces = [];
        for (int end, start = 0; start < text.Length; start = end + 1)
        {
            end = start;
            while (end < text.Length && !IsSpace(text[end]))
                end++;
            if (end > start)
                pieces.Add(text[start..end]);
        }
        return pieces;
    }

    /// <summary><c>str.rstrip()</c>.</summary>
    public static string TrimEnd(string text)
    {
        int end = text.Length;
        while (end > 0 && IsSpace(text[end - 1]))
            end--;
        return text[..end];
    }

    /// <summary><c>str.strip()</c>.</summary>
    public static string Trim(string text)
    {
        string trimmed = TrimEnd(text);
        int start = 0;
        while (start < trimmed.Length && IsSpace(trimmed[start]))
            start++;
        return trimmed[start..];
    }

    /// <summary><c>str.lower()</c>: Unicode's full mapping, in which İ becomes two characters and Σ at the end of a word becomes ς.</summary>
    public static string ToLower(string text)
    {
        var lower = new StringBuilder(text.Length);
        int at = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (rune.Value == CapitalSigma)
                lower.Append((char)(EndsWord(text, at) ? FinalSigma : SmallSigma));
            else if (rune.Value == CapitalIWithDot)
                lower.Append('i').Append((char)CombiningDotAbove);
            else
                lower.Append(Rune.ToLowerInvariant(rune).ToString());
            at += rune.Utf16SequenceLength;
        }
        return lower.ToString();
    }

    /// <summary>Whether <c>str.isalnum</c> holds, or it is an underscore: what a word of Python's <c>re</c> is made of.</summary>
    public static bool IsWord(Rune rune) => rune.Value == '_' || Rune.IsLetter(rune)
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber;

    /// <summary>
    /// <c>f"{value:.2f}"</c> and the like. A double that lies exactly between two decimals, such as 6.25, goes to the even one; .NET
    /// would take the greater.
    /// </summary>
    /// <param name="value">A finite number.</param>
    /// <param name="decimals">Digits behind the point.</param>
    public static string Fixed(double value, int decimals)
    {
        const int fractionBits = 52, bias = 1075;
        long bits = BitConverter.DoubleToInt64Bits(Math.Abs(value));
        int exponent = (int)(bits >> fractionBits);
        BigInteger scaled = (bits & ((1L << fractionBits) - 1)) | (exponent > 0 ? 1L << fractionBits : 0);
        scaled *= BigInteger.Pow(10, decimals);
        int shift = Math.Max(exponent, 1) - bias;
        BigInteger whole = shift >= 0 ? scaled << shift : RoundToEven(scaled, -shift);
        string digits = whole.ToString(CultureInfo.InvariantCulture).PadLeft(decimals + 1, '0');
        string point = decimals > 0 ? "." : "";
        return $"{(double.IsNegative(value) ? "-" : "")}{digits[..^decimals]}{point}{digits[^decimals..]}";
    }

    private static BigInteger RoundToEven(BigInteger scaled, int bits)
    {
        BigInteger whole = scaled >> bits, rest = scaled - (whole << bits), half = BigInteger.One << (bits - 1);
        return rest > half || (rest == half && !whole.IsEven) ? whole + 1 : whole;
    }

    /// <summary>Unicode's condition Final_Sigma (chapter 3.13): a cased letter before and none after, whatever case-ignorable ones lie between.</summary>
    private static bool EndsWord(string text, int sigma)
    {
        int before = sigma;
        while (before > 0)
        {
            Rune.DecodeLastFromUtf16(text.AsSpan(0, before), out Rune rune, out int length);
            before -= length;
            if (IsCaseIgnorable(rune))
                continue;
            return IsCased(rune) && !CasedFollows(text, sigma + 1);
        }
        return false;
    }

    private static bool CasedFollows(string text, int after)
    {
        while (after < text.Length)
        {
            Rune.DecodeFromUtf16(text.AsSpan(after), out Rune rune, out int length);
            after += length;
            if (!IsCaseIgnorable(rune))
                return IsCased(rune);
        }
        return false;
    }

    /// <summary>Unicode's property Cased, of what is not case-ignorable: letters with case, ª and º, Roman numerals, letters in circles and squares.</summary>
    private static bool IsCased(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
        || rune.Value is 0xAA or 0xBA or (>= 0x2160 and <= 0x217F) or (>= 0x24B6 and <= 0x24E9)
            or (>= 0x1F130 and <= 0x1F149) or (>= 0x1F150 and <= 0x1F169) or (>= 0x1F170 and <= 0x1F189);

    /// <summary>Unicode's property Case_Ignorable: marks, modifiers, formats, and the signs that stand inside words.</summary>
    private static bool IsCaseIgnorable(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format
            or UnicodeCategory.ModifierLetter or UnicodeCategory.ModifierSymbol
        || rune.Value is '\'' or '.' or ':' or 0xB7 or 0x387 or 0x55F or 0x5F4 or 0x2018 or 0x2019 or 0x2024 or 0x2027
            or 0xFE13 or 0xFE52 or 0xFE55 or 0xFF07 or 0xFF0E or 0xFF1A;
}

using System.Globalization;
using System.Numerics;
using Weft.Text.Chat.Jinja.Values;

namespace Weft.Text.Chat.Jinja.Library;

/// <summary>Python's <c>int(text, base)</c>.</summary>
internal static class IntegerText
{
    /// <summary>Digits that Python reads at most.</summary>
    private const int MaxDigits = 4300;

    /// <summary>The number, or null where the text is none.</summary>
    /// <param name="text">Digits with an optional sign, single underscores between them, blanks around.</param>
    /// <param name="radix">2 to 36, or 0 for what a prefix says.</param>
    public static BigInteger? Parse(string text, int radix)
    {
        string digits = TextSearch.Strip(text, null);
        bool isNegative = digits.StartsWith('-');
        if (isNegative || digits.StartsWith('+'))
            digits = digits[1..];
        (digits, radix, bool mayLeadWithZero) = WithoutPrefix(digits, radix);
        if (radix is < 2 or > 36 || digits.Length is 0 or > MaxDigits || digits.StartsWith('_') || digits.EndsWith('_') || digits.Contains("__", StringComparison.Ordinal))
            return null;
        var number = BigInteger.Zero;
        foreach (int scalar in CodePoints.Scalars(digits))
            if (scalar != '_')
            {
                int digit = Digit(scalar);
                if (digit < 0 || digit >= radix)
                    return null;
                number = number * radix + digit;
            }
        if (!mayLeadWithZero && digits.Length > 1 && digits[0] == '0' && !number.IsZero)
            return null;
        return isNegative ? -number : number;
    }

    private static (string Digits, int Radix, bool MayLeadWithZero) WithoutPrefix(string digits, int radix)
    {
        int prefixed = digits.Length > 1 && digits[0] == '0' ? (digits[1] | 0x20) switch { 'x' => 16, 'o' => 8, 'b' => 2, _ => 0 } : 0;
        if (prefixed != 0 && (radix == 0 || radix == prefixed))
        {
            string rest = digits[2..];
            return (rest.StartsWith('_') ? rest[1..] : rest, prefixed, true);
        }
        return radix == 0 ? (digits, 10, false) : (digits, radix, true);
    }

    private static int Digit(int scalar) => scalar switch
    {
        >= 'a' and <= 'z' => scalar - 'a' + 10,
        >= 'A' and <= 'Z' => scalar - 'A' + 10,
        < 0x10000 and (< 0xD800 or > 0xDFFF) => CharUnicodeInfo.GetDecimalDigitValue((char)scalar),
        _ => scalar >= 0x10000 ? CharUnicodeInfo.GetDecimalDigitValue(char.ConvertFromUtf32(scalar), 0) : -1,
    };
}

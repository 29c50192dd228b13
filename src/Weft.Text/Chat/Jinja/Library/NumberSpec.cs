using System.Globalization;
using System.Numerics;
using Weft.Text.Chat.Jinja.Values;

namespace Weft.Text.Chat.Jinja.Library;

/// <summary>Digits of numbers in the notations of <c>%</c> and <c>format</c>, without sign.</summary>
internal static class NumberSpec
{
    /// <summary>A whole number in decimal, hexadecimal, octal or binary.</summary>
    /// <param name="budget">Pays for long numbers.</param>
    /// <param name="magnitude">Not negative.</param>
    /// <param name="type">d, x, X, o or b.</param>
    public static string Integer(Budget budget, BigInteger magnitude, char type)
    {
        budget.SpendBits(magnitude.GetBitLength());
        string digits = type switch
        {
            'x' => magnitude.ToString("x", CultureInfo.InvariantCulture),
            'X' => magnitude.ToString("X", CultureInfo.InvariantCulture),
            'b' => magnitude.ToString("b", CultureInfo.InvariantCulture),
            'o' => Octal(magnitude),
            _ => magnitude.ToString(CultureInfo.InvariantCulture),
        };
        // .NET writes a leading zero digit so that the number reads as positive.
        string shortened = digits.TrimStart('0');
        return shortened.Length == 0 ? "0" : shortened;
    }

    /// <summary>A float.</summary>
    /// <param name="magnitude">Not negative.</param>
    /// <param name="type">e, E, f, F, g, G, % or n; the two signs for repr are not numbers of this kind.</param>
    /// <param name="precision">Digits after the point; for g all digits.</param>
    /// <param name="isAlternate">Whether the point stays without digits after it, and zeros in g.</param>
    public static string Float(double magnitude, char type, int precision, bool isAlternate)
    {
        if (!double.IsFinite(magnitude))
        {
            string word = double.IsNaN(magnitude) ? "nan" : "inf";
            return char.IsAsciiLetterUpper(type) ? word.ToUpperInvariant() : type == '%' ? word + "%" : word;
        }
        switch (type)
        {
            case 'f' or 'F':
                return FloatText.Fixed(magnitude, precision) + (isAlternate && precision == 0 ? "." : "");
            case '%':
                return FloatText.Fixed(magnitude * 100, precision) + (isAlternate && precision == 0 ? ".%" : "%");
            case 'e' or 'E':
                (string digits, int exponent) = FloatText.Significant(magnitude, precision + 1);
                return FloatText.Exponential(isAlternate && precision == 0 ? digits + "." : digits, exponent, type);
            default:
                return General(magnitude, type == 'G' ? 'E' : 'e', Math.Max(1, precision), isAlternate);
        }
    }

    private static string General(double magnitude, char letter, int precision, bool isAlternate)
    {
        (string digits, int exponent) = FloatText.Significant(magnitude, precision);
        if (exponent < -4 || exponent >= precision)
            return FloatText.Exponential(isAlternate ? digits : Trimmed(digits, 1), exponent, letter);
        if (exponent < 0)
            return $"0.{new string('0', -exponent - 1)}{(isAlternate ? digits : Trimmed(digits, 0))}".TrimEnd('.');
        string whole = digits[..(exponent + 1)], fraction = digits[(exponent + 1)..];
        if (!isAlternate)
            fraction = fraction.TrimEnd('0');
        return fraction.Length > 0 || isAlternate ? $"{whole}.{fraction}" : whole;
    }

    private static string Trimmed(string digits, int least)
    {
        string trimmed = digits.TrimEnd('0');
        return trimmed.Length < least ? digits[..least] : trimmed;
    }

    private static string Octal(BigInteger magnitude)
    {
        string bits = magnitude.ToString("b", CultureInfo.InvariantCulture);
        bits = bits.PadLeft((bits.Length + 2) / 3 * 3, '0');
        return string.Concat(Enumerable.Range(0, bits.Length / 3).Select(i => (char)('0' + Convert.ToInt32(bits.Substring(i * 3, 3), 2))));
    }
}

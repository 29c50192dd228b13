using System.Globalization;
using System.Numerics;

namespace Weft.Text.Chat.Jinja.Values;

/// <summary>Floats as Python writes them. Rounding is exact and half to even, where .NET's formats round half away from zero.</summary>
internal static class FloatText
{
    /// <summary>Digits after the point that anyone may ask for.</summary>
    private const int MaxDecimals = 5000;

    /// <summary>Fewest digits that read back as the same number, such as 0.1, 1e+16 or 5.0.</summary>
    public static string Repr(double number)
    {
        if (!double.IsFinite(number))
            return double.IsNaN(number) ? "nan" : number > 0 ? "inf" : "-inf";
        string shortest = number.ToString("R", CultureInfo.InvariantCulture);
        (string digits, int exponent) = Shortest(shortest.TrimStart('-'));
        string sign = double.IsNegative(number) ? "-" : "";
        return sign + (exponent is < -4 or >= 16
            ? Exponential(digits, exponent, 'e')
            : Positional(digits, exponent));
    }

    /// <summary>A fixed number of decimals, as <c>%.2f</c>; the number is finite and not negative.</summary>
    public static string Fixed(double number, int decimals)
    {
        CheckDecimals(decimals);
        (BigInteger numerator, BigInteger denominator) = Fraction(number);
        BigInteger scaled = DivideHalfEven(numerator * BigInteger.Pow(10, decimals), denominator);
        string digits = scaled.ToString(CultureInfo.InvariantCulture).PadLeft(decimals + 1, '0');
        return decimals == 0 ? digits : $"{digits[..^decimals]}.{digits[^decimals..]}";
    }

    /// <summary>A fixed number of significant digits and the decimal exponent of the first; the number is finite and not negative.</summary>
    public static (string Digits, int Exponent) Significant(double number, int count)
    {
        CheckDecimals(count);
        if (number == 0)
            return (new string('0', count), 0);
        (BigInteger numerator, BigInteger denominator) = Fraction(number);
        int exponent = (int)Math.Floor(Math.Log10(number));
        while (true)
        {
            int shift = count - 1 - exponent;
            BigInteger scaled = shift >= 0
                ? DivideHalfEven(numerator * BigInteger.Pow(10, shift), denominator)
                : DivideHalfEven(numerator, denominator * BigInteger.Pow(10, -shift));
            string digits = scaled.ToString(CultureInfo.InvariantCulture);
            if (digits.Length == count)
                return (digits, exponent);
            // The estimate of the logarithm, or rounding up to the next power of ten, was one off.
            exponent += digits.Length > count ? 1 : -1;
        }
    }

    /// <summary><c>1.5e+16</c>.</summary>
    public static string Exponential(string digits, int exponent, char letter)
    {
        string mantissa = digits.Length == 1 ? digits : $"{digits[0]}.{digits[1..]}";
        return string.Create(CultureInfo.InvariantCulture, $"{mantissa}{letter}{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}");
    }

    /// <summary><c>round(number, decimals)</c>.</summary>
    public static double Round(double number, int decimals)
    {
        // Beyond these, every double is already round or rounds to zero.
        if (!double.IsFinite(number) || number == 0 || decimals > 323)
            return number;
        if (decimals < -308)
            return double.CopySign(0, number);
        double magnitude = Math.Abs(number);
        if (decimals >= 0)
            return double.CopySign(double.Parse(Fixed(magnitude, decimals), CultureInfo.InvariantCulture), number);
        (BigInteger numerator, BigInteger denominator) = Fraction(magnitude);
        BigInteger unit = BigInteger.Pow(10, -decimals);
        return double.CopySign(Numbers.ToDouble(DivideHalfEven(numerator, denominator * unit) * unit), number);
    }

    /// <summary>Quotient of non-negative numbers, rounded half to even.</summary>
    public static BigInteger DivideHalfEven(BigInteger numerator, BigInteger denominator)
    {
        BigInteger quotient = BigInteger.DivRem(numerator, denominator, out BigInteger remainder);
        int half = (remainder * 2).CompareTo(denominator);
        return half > 0 || half == 0 && !quotient.IsEven ? quotient + 1 : quotient;
    }

    private static (string Digits, int Exponent) Shortest(string text)
    {
        int e = text.IndexOf('E', StringComparison.Ordinal);
        int exponent = e < 0 ? 0 : int.Parse(text.AsSpan(e + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        string mantissa = e < 0 ? text : text[..e];
        int point = mantissa.IndexOf('.', StringComparison.Ordinal);
        string digits = mantissa.Replace(".", "", StringComparison.Ordinal);
        exponent += (point < 0 ? mantissa.Length : point) - 1;
        string significant = digits.TrimStart('0');
        if (significant.Length == 0)
            return ("0", 0);
        exponent -= digits.Length - significant.Length;
        significant = significant.TrimEnd('0');
        return (significant, exponent);
    }

    private static string Positional(string digits, int exponent)
    {
        if (exponent < 0)
            return $"0.{new string('0', -exponent - 1)}{digits}";
        return digits.Length <= exponent + 1
            ? $"{digits.PadRight(exponent + 1, '0')}.0"
            : $"{digits[..(exponent + 1)]}.{digits[(exponent + 1)..]}";
    }

    private static (BigInteger Numerator, BigInteger Denominator) Fraction(double number)
    {
        long bits = BitConverter.DoubleToInt64Bits(number);
        int exponent = (int)(bits >> 52 & 0x7FF);
        long mantissa = bits & 0xF_FFFF_FFFF_FFFF;
        if (exponent == 0)
            exponent++;
        else
            mantissa |= 1L << 52;
        exponent -= 1075;
        return exponent >= 0
            ? (new BigInteger(mantissa) << exponent, BigInteger.One)
            : (mantissa, BigInteger.One << -exponent);
    }

    private static void CheckDecimals(int decimals)
    {
        if (decimals > MaxDecimals)
            throw new TemplateFault($"a float with {decimals} digits is asked for; use at most {MaxDecimals}");
    }
}

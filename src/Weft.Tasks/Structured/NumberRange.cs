using System.Globalization;
using System.Numerics;

namespace Weft.Tasks;

/// <summary>Numbers between two bounds, digit by digit. Bounds are integers: of fractions, in units of the last digit that a fraction may have.</summary>
internal static class NumberRange
{
    private const int Digits = JsonGrammar.MaximumDigits;

    /// <summary>Units of a whole.</summary>
    private static readonly BigInteger One = BigInteger.Pow(10, Digits);

    private static readonly string Zeros = new('0', Digits), Nines = new('9', Digits);

    /// <summary>The greatest number that can be written, in the units of bounds.</summary>
    public static BigInteger Limit(bool isInteger) => isInteger ? One - 1 : (One * One) - 1;

    /// <summary>The bounds that a number of JSON is, in the units of bounds: itself, or its neighbours where it has more digits.</summary>
    /// <param name="number">A number as JSON writes it.</param>
    /// <param name="isInteger">Of integers, not of fractions.</param>
    /// <returns>Null where its exponent is beyond reason.</returns>
    public static (BigInteger Below, BigInteger Above)? Scale(string number, bool isInteger)
    {
        const int MostExponent = 5000;
        string[] parts = number.Split('e', 'E');
        int exponent = 0;
        if (parts.Length > 1 && (!int.TryParse(parts[1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent) || Math.Abs(exponent) > MostExponent))
            return null;
        string[] halves = parts[0].Split('.');
        exponent += (isInteger ? 0 : Digits) - (halves.Length > 1 ? halves[1].Length : 0);
        BigInteger all = BigInteger.Parse(string.Concat(halves), CultureInfo.InvariantCulture);
        if (exponent >= 0)
            return (all * BigInteger.Pow(10, exponent), all * BigInteger.Pow(10, exponent));
        BigInteger below = BigInteger.DivRem(all, BigInteger.Pow(10, -exponent), out BigInteger rest) - (rest.Sign < 0 ? 1 : 0);
        return (below, rest.IsZero ? below : below + 1);
    }

    /// <summary>All numbers from one bound to the other, which is not below it; neither beyond <see cref="Limit"/>.</summary>
    public static ByteGrammar Between(BigInteger low, BigInteger high, bool isInteger)
    {
        List<ByteGrammar> alternatives = [];
        if (high.Sign >= 0)
            alternatives.Add(Magnitude(BigInteger.Max(low, 0), high, isInteger));
        if (low.Sign < 0)
            alternatives.Add(ByteGrammar.Then(ByteGrammar.Literal("-"), Magnitude(BigInteger.Max(-high, 1), -low, isInteger)));
        return ByteGrammar.Either([.. alternatives]);
    }

    private static ByteGrammar Magnitude(BigInteger low, BigInteger high, bool isInteger)
    {
        if (isInteger)
            return Wholes(low, high);
        (BigInteger lowWhole, BigInteger highWhole) = (low / One, high / One);
        string lowFraction = Text(low % One, Digits), highFraction = Text(high % One, Digits);
        if (lowWhole == highWhole)
            return ByteGrammar.Then(Wholes(lowWhole, lowWhole), Fractions(lowFraction, highFraction));
        ByteGrammar inner = lowWhole + 1 < highWhole ? ByteGrammar.Then(Wholes(lowWhole + 1, highWhole - 1), Fractions(Zeros, Nines)) : ByteGrammar.Never;
        return ByteGrammar.Either(ByteGrammar.Then(Wholes(lowWhole, lowWhole), Fractions(lowFraction, Nines)), inner,
            ByteGrammar.Then(Wholes(highWhole, highWhole), Fractions(Zeros, highFraction)));
    }

    /// <summary>Integers without zeros before them, by their number of digits.</summary>
    private static ByteGrammar Wholes(BigInteger low, BigInteger high)
    {
        List<ByteGrammar> alternatives = [];
        for (int digits = 1; digits <= Digits; digits++)
        {
            BigInteger least = BigInteger.Max(low, digits == 1 ? 0 : BigInteger.Pow(10, digits - 1)), most = BigInteger.Min(high, BigInteger.Pow(10, digits) - 1);
            if (least <= most)
                alternatives.Add(Between(Text(least, digits), Text(most, digits), digits));
        }
        return ByteGrammar.Either([.. alternatives]);
    }

    /// <summary>The point and what follows it, or nothing, which is zero.</summary>
    private static ByteGrammar Fractions(string low, string high)
    {
        ByteGrammar written = ByteGrammar.Then(ByteGrammar.Literal("."), Between(low, high, 1));
        return IsAll(low, '0') ? ByteGrammar.Optional(written) : written;
    }

    /// <summary>Digits between two rows of digits of one length. Fewer digits count as if zeros followed.</summary>
    private static ByteGrammar Between(ReadOnlySpan<char> low, ReadOnlySpan<char> high, int least)
    {
        int length = low.Length;
        if (length == 0)
            return ByteGrammar.Empty;
        bool fromZero = IsAll(low, '0');
        if (fromZero && IsAll(high, '9'))
            return ByteGrammar.Repeat(JsonGrammar.Digit, least, length);
        List<ByteGrammar> alternatives = [];
        if (least == 0 && fromZero)
            alternatives.Add(ByteGrammar.Empty);
        int rest = Math.Max(0, least - 1);
        ReadOnlySpan<char> zeros = Zeros.AsSpan(0, length - 1), nines = Nines.AsSpan(0, length - 1);
        if (low[0] == high[0])
            alternatives.Add(ByteGrammar.Then(ByteGrammar.Range(low[0], low[0]), Between(low[1..], high[1..], rest)));
        else
        {
            alternatives.Add(ByteGrammar.Then(ByteGrammar.Range(low[0], low[0]), Between(low[1..], nines, rest)));
            if (low[0] + 1 < high[0])
                alternatives.Add(ByteGrammar.Then(ByteGrammar.Range(low[0] + 1, high[0] - 1), Between(zeros, nines, rest)));
            alternatives.Add(ByteGrammar.Then(ByteGrammar.Range(high[0], high[0]), Between(zeros, high[1..], rest)));
        }
        return ByteGrammar.Either([.. alternatives]);
    }

    private static bool IsAll(ReadOnlySpan<char> digits, char digit) => digits.IndexOfAnyExcept(digit) < 0;

    private static string Text(BigInteger value, int digits) => value.ToString(CultureInfo.InvariantCulture).PadLeft(digits, '0');
}

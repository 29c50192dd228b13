using System.Globalization;
using System.Numerics;

namespace Weft.Text.Chat.Jinja.Values;

/// <summary>What whole numbers, floats and truth values have in common.</summary>
internal static class Numbers
{
    /// <summary>Greatest magnitude up to which every whole number is a double.</summary>
    private static readonly BigInteger ExactlyDouble = BigInteger.Pow(2, 53);

    /// <summary>The whole number that a value is, or null; truth values are 1 and 0.</summary>
    public static BigInteger? AsInteger(Value value) => value switch
    {
        IntValue integer => integer.Number,
        BoolValue truth => truth.IsTrue ? BigInteger.One : BigInteger.Zero,
        _ => null,
    };

    /// <summary>The whole number that a value is.</summary>
    public static BigInteger ToInteger(Value value) => value is UndefinedValue undefined
        ? throw undefined.Fault()
        : AsInteger(value) ?? throw new TemplateFault($"'{value.TypeName}' object cannot be interpreted as an integer");

    /// <summary>The same, cut to what an int holds: as positions and counts are.</summary>
    public static int ToInt32(Value value) => (int)BigInteger.Max(int.MinValue, BigInteger.Min(int.MaxValue, ToInteger(value)));

    /// <summary>Any number as a double, or null.</summary>
    public static double? AsDouble(Value value) => value is FloatValue real ? real.Number : AsInteger(value) is { } integer ? ToDouble(integer) : null;

    /// <summary>Nearest double.</summary>
    public static double ToDouble(BigInteger integer)
    {
        // The runtime's conversion cuts off what does not fit, text is rounded.
        double number = BigInteger.Abs(integer) <= ExactlyDouble
            ? (double)integer
            : double.Parse(integer.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        return double.IsFinite(number) ? number : throw new TemplateFault("int too large to convert to float");
    }

    /// <summary>The sign of the difference of two numbers, or null where one is not a number (NaN).</summary>
    public static int? Compare(Value a, Value b)
    {
        if (AsInteger(a) is { } x && AsInteger(b) is { } y)
            return x.CompareTo(y);
        if (a is FloatValue left && b is FloatValue right)
            return double.IsNaN(left.Number) || double.IsNaN(right.Number) ? null : left.Number.CompareTo(right.Number);
        return a is FloatValue real ? -CompareToFloat(AsInteger(b)!.Value, real.Number) : CompareToFloat(AsInteger(a)!.Value, ((FloatValue)b).Number);
    }

    private static int? CompareToFloat(BigInteger integer, double real)
    {
        if (double.IsNaN(real))
            return null;
        if (double.IsInfinity(real))
            return real > 0 ? -1 : 1;
        var floor = new BigInteger(Math.Floor(real));
        int sign = integer.CompareTo(floor);
        return sign == 0 && !double.IsInteger(real) ? -1 : sign;
    }
}

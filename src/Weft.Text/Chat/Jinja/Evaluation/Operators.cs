using System.Numerics;
using Weft.Text.Chat.Jinja.Library;
using Weft.Text.Chat.Jinja.Values;

namespace Weft.Text.Chat.Jinja.Evaluation;

/// <summary>Python's <c>+ - * / // % **</c>.</summary>
internal static class Operators
{
    /// <summary>Applies an operator.</summary>
    /// <exception cref="TemplateFault">The operands do not fit it, one is undefined, the result is too large, or a divisor is zero.</exception>
    public static Value Apply(RenderState state, string symbol, Value left, Value right)
    {
        if (left is TextValue format && symbol == "%")
            return PercentFormat.Apply(state, format, right);
        if ((left as UndefinedValue ?? right as UndefinedValue) is { } undefined)
            throw undefined.Fault();
        if (Numbers.AsInteger(left) is { } a && Numbers.AsInteger(right) is { } b)
            return OfIntegers(state.Budget, symbol, a, b);
        if (Numbers.AsDouble(left) is { } x && Numbers.AsDouble(right) is { } y)
            return new FloatValue(OfFloats(symbol, x, y));
        return (symbol switch
        {
            "+" => Join(state, left, right),
            "*" => Repeat(state, left, right) ?? Repeat(state, right, left),
            _ => null,
        }) ?? throw new TemplateFault(symbol == "+" && left is TextValue
            ? $"can only concatenate str (not \"{right.TypeName}\") to str; use ~ or the filter 'string'"
            : $"unsupported operand type(s) for {symbol}: '{left.TypeName}' and '{right.TypeName}'");
    }

    /// <summary><c>-x</c> or <c>+x</c>.</summary>
    public static Value Sign(bool isMinus, Value operand) => operand switch
    {
        UndefinedValue undefined => throw undefined.Fault(),
        FloatValue real => isMinus ? new FloatValue(-real.Number) : real,
        _ when Numbers.AsInteger(operand) is { } number => new IntValue(isMinus ? -number : number),
        _ => throw new TemplateFault($"bad operand type for unary {(isMinus ? '-' : '+')}: '{operand.TypeName}'"),
    };

    private static Value OfIntegers(Budget budget, string symbol, BigInteger a, BigInteger b)
    {
        long bits = Math.Max(a.GetBitLength(), b.GetBitLength());
        if (symbol == "**")
            return Power(budget, a, b);
        budget.SpendBits(symbol == "*" ? a.GetBitLength() + b.GetBitLength() : bits + 1);
        if (b.IsZero && symbol is ("/" or "//" or "%"))
            throw new TemplateFault(symbol == "/" ? "division by zero" : "integer division or modulo by zero");
        return symbol switch
        {
            "+" => new IntValue(a + b),
            "-" => new IntValue(a - b),
            "*" => new IntValue(a * b),
            "/" => new FloatValue(Numbers.ToDouble(a) / Numbers.ToDouble(b)),
            "//" => new IntValue(FloorDivide(a, b)),
            _ => new IntValue(a - b * FloorDivide(a, b)),
        };
    }

    private static BigInteger FloorDivide(BigInteger a, BigInteger b)
    {
        BigInteger quotient = BigInteger.DivRem(a, b, out BigInteger remainder);
        return !remainder.IsZero && remainder.Sign != b.Sign ? quotient - 1 : quotient;
    }

    private static Value Power(Budget budget, BigInteger number, BigInteger exponent)
    {
        if (exponent.Sign < 0)
            return new FloatValue(OfFloats("**", Numbers.ToDouble(number), Numbers.ToDouble(exponent)));
        if (BigInteger.Abs(number) <= 1)
            return new IntValue(number.IsZero ? exponent.IsZero ? 1 : 0 : number.Sign > 0 || exponent.IsEven ? 1 : -1);
        budget.SpendBits((long)BigInteger.Min(long.MaxValue / 2, exponent * number.GetBitLength()));
        return new IntValue(BigInteger.Pow(number, (int)exponent));
    }

    private static double OfFloats(string symbol, double x, double y)
    {
        switch (symbol)
        {
            case "+":
                return x + y;
            case "-":
                return x - y;
            case "*":
                return x * y;
            case "**":
                return FloatPower(x, y);
        }
        if (y == 0)
            throw new TemplateFault(symbol switch { "/" => "float division by zero", "//" => "float floor division by zero", _ => "float modulo" });
        return symbol switch
        {
            "/" => x / y,
            "//" => FloorDivide(x, y),
            _ => Modulo(x, y),
        };
    }

    private static double Modulo(double x, double y)
    {
        double remainder = x % y;
        if (remainder == 0)
            return double.CopySign(0, y);
        return remainder < 0 != y < 0 ? remainder + y : remainder;
    }

    // As CPython: the exact multiple first, so that (x // y) and x % y fit together.
    private static double FloorDivide(double x, double y)
    {
        double remainder = x % y, quotient = (x - remainder) / y;
        if (remainder != 0 && remainder < 0 != y < 0)
            quotient--;
        if (quotient == 0)
            return double.CopySign(0, x / y);
        double floor = Math.Floor(quotient);
        return quotient - floor > 0.5 ? floor + 1 : floor;
    }

    private static double FloatPower(double x, double y)
    {
        if (x == 0 && y < 0)
            throw new TemplateFault("0.0 cannot be raised to a negative power");
        if (x < 0 && double.IsFinite(x) && double.IsFinite(y) && !double.IsInteger(y))
            throw new TemplateFault("a negative number has no real power with a fraction; use another exponent");
        double power = Math.Pow(x, y);
        return double.IsInfinity(power) && double.IsFinite(x) && double.IsFinite(y)
            ? throw new TemplateFault("Result too large")
            : power;
    }

    private static Value? Join(RenderState state, Value left, Value right)
    {
        switch (left, right)
        {
            case (TextValue a, TextValue b):
                // Text beside HTML is escaped.
                bool isMarkup = a.IsMarkup || b.IsMarkup;
                string head = isMarkup ? Html.Escape(a) : a.Text, tail = isMarkup ? Html.Escape(b) : b.Text;
                state.Budget.SpendText((long)head.Length + tail.Length);
                return new TextValue(head + tail, isMarkup);
            case (ListValue a, ListValue b):
                return Joined(state, a, b);
            case (TupleValue a, TupleValue b):
                return Joined(state, a, b);
            default:
                return null;
        }
    }

    private static SequenceValue Joined(RenderState state, SequenceValue a, SequenceValue b)
    {
        state.Budget.Spend(1 + (a.Items.Count + b.Items.Count) / 2);
        return a.With([.. a.Items, .. b.Items]);
    }

    private static Value? Repeat(RenderState state, Value repeated, Value times)
    {
        if (repeated is not (TextValue or SequenceValue) || Numbers.AsInteger(times) is not { } count)
            return null;
        count = BigInteger.Max(count, 0);
        long Size(int length) => (long)BigInteger.Min(long.MaxValue / 2, count * length);
        if (repeated is TextValue text)
        {
            state.Budget.SpendText(Size(text.Text.Length));
            return new TextValue(text.Text.Length == 0 ? "" : new System.Text.StringBuilder().Insert(0, text.Text, (int)count).ToString(), text.IsMarkup);
        }
        var sequence = (SequenceValue)repeated;
        state.Budget.Spend(Size(sequence.Items.Count));
        return sequence.With(sequence.Items.Count == 0 ? [] : [.. Enumerable.Repeat(sequence.Items, (int)count).SelectMany(items => items)]);
    }
}

using System.Globalization;
using System.Numerics;
using Weft.Text.Chat.Jinja.Evaluation;
using Weft.Text.Chat.Jinja.Values;

namespace Weft.Text.Chat.Jinja.Library;

/// <summary>Filters that make or change numbers.</summary>
internal static class NumberFilters
{
    public static IReadOnlyList<Routine> All { get; } =
    [
        new("abs", "", Absolute),
        new("int", "default? base?", ToInteger),
        new("float", "default?", ToFloat),
        new("round", "precision? method?", Round),
        new("filesizeformat", "binary?", FileSize),
    ];

    private static Value Absolute(Call call) => call.Self switch
    {
        UndefinedValue undefined => throw undefined.Fault(),
        FloatValue real => new FloatValue(Math.Abs(real.Number)),
        _ when Numbers.AsInteger(call.Self) is { } number => new IntValue(BigInteger.Abs(number)),
        _ => throw new TemplateFault($"bad operand type for abs(): '{call.Self.TypeName}'"),
    };

    private static Value ToInteger(Call call)
    {
        Value byDefault = call[0] ?? new IntValue(0);
        switch (call.Self)
        {
            case UndefinedValue undefined:
                throw undefined.Fault();
            case FloatValue { Number: var real }:
                if (double.IsInfinity(real))
                    throw new TemplateFault("cannot convert float infinity to integer");
                return double.IsNaN(real) ? byDefault : new IntValue(new BigInteger(real));
            case TextValue text:
                if (IntegerText.Parse(text.Text, call.Integer(1, 10)) is { } parsed)
                    return new IntValue(parsed);
                return FloatParser.Parse(text.Text) is { } number && double.IsFinite(number) ? new IntValue(new BigInteger(number)) : byDefault;
            default:
                return Numbers.AsInteger(call.Self) is { } integer ? new IntValue(integer) : byDefault;
        }
    }

    private static Value ToFloat(Call call)
    {
        Value byDefault = call[0] ?? new FloatValue(0);
        return call.Self switch
        {
            UndefinedValue undefined => throw undefined.Fault(),
            TextValue text => FloatParser.Parse(text.Text) is { } number ? new FloatValue(number) : byDefault,
            _ => Numbers.AsDouble(call.Self) is { } number ? new FloatValue(number) : byDefault,
        };
    }

    private static Value Round(Call call)
    {
        int precision = call.Integer(0);
        string method = call.Text(1, "common");
        if (method is not ("common" or "ceil" or "floor"))
            throw new TemplateFault("method must be common, ceil or floor");
        if (call.Self is UndefinedValue undefined)
            throw undefined.Fault();
        if (method != "common")
            return RoundToward(call, precision, method == "ceil");
        if (Numbers.AsInteger(call.Self) is { } integer)
            return new IntValue(RoundInteger(call.Budget, integer, precision));
        return call.Self is FloatValue real
            ? new FloatValue(FloatText.Round(real.Number, precision))
            : throw new TemplateFault($"type {call.Self.TypeName} doesn't define __round__ method");
    }

    private static BigInteger RoundInteger(Budget budget, BigInteger number, int precision)
    {
        if (precision >= 0)
            return number;
        budget.SpendBits(-precision * 4L);
        BigInteger unit = BigInteger.Pow(10, -precision);
        return number.Sign * FloatText.DivideHalfEven(BigInteger.Abs(number), unit) * unit;
    }

    // (ceil(value * 10**precision)) / 10**precision, with the rounding errors of that.
    private static Value RoundToward(Call call, int precision, bool up)
    {
        Value unit = Operators.Apply(call.State, "**", new IntValue(10), new IntValue(precision));
        Value scaled = Operators.Apply(call.State, "*", call.Self, unit);
        if (scaled is FloatValue { Number: var real })
            scaled = double.IsFinite(real)
                ? new IntValue(new BigInteger(up ? Math.Ceiling(real) : Math.Floor(real)))
                : throw new TemplateFault("cannot convert float infinity or NaN to integer");
        return Operators.Apply(call.State, "/", scaled, unit);
    }

    private static TextValue FileSize(Call call)
    {
        double bytes = call.Self switch
        {
            TextValue text => FloatParser.Parse(text.Text) ?? throw new TemplateFault($"could not convert string to float: {ValueText.Repr(text, call.Budget)}"),
            UndefinedValue undefined => throw undefined.Fault(),
            _ => Numbers.AsDouble(call.Self) ?? throw new TemplateFault($"filesizeformat needs a number, not '{call.Self.TypeName}'"),
        };
        bool isBinary = call.Flag(0);
        double unit = isBinary ? 1024 : 1000;
        if (bytes == 1)
            return new TextValue("1 Byte");
        if (bytes < unit)
            return new TextValue(string.Create(CultureInfo.InvariantCulture, $"{(long)bytes} Bytes"));
        if (!double.IsFinite(bytes))
            throw new TemplateFault("filesizeformat needs a finite number");
        int power = 0;
        for (double next = unit * unit; bytes >= next && power < 7; next *= unit)
            power++;
        string prefix = isBinary ? $"{"KMGTPEZY"[power]}iB" : $"{"kMGTPEZY"[power]}B";
        return new TextValue($"{FloatText.Fixed(unit * bytes / Math.Pow(unit, power + 2), 1)} {prefix}");
    }
}

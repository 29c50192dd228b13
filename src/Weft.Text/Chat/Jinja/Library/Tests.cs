using System.Collections.Frozen;
using Weft.Text.Chat.Jinja.Evaluation;
using Weft.Text.Chat.Jinja.Values;

namespace Weft.Text.Chat.Jinja.Library;

/// <summary>The tests of <c>x is name</c>, by name.</summary>
internal static class Tests
{
    private static readonly FrozenDictionary<string, Routine> Table = ((Routine[])
    [
        On("defined", value => value is not UndefinedValue),
        On("undefined", value => value is UndefinedValue),
        On("none", value => value is NoneValue),
        On("boolean", value => value is BoolValue),
        On("true", value => value == BoolValue.True),
        On("false", value => value == BoolValue.False),
        On("integer", value => value is IntValue),
        On("float", value => value is FloatValue),
        On("number", value => value is BoolValue or IntValue or FloatValue),
        On("string", value => value is TextValue),
        On("mapping", value => value is DictValue),
        On("sequence", value => value is TextValue or SequenceValue or DictValue or RangeValue or UndefinedValue),
        On("iterable", value => value is Loop || Iteration.Has(value)),
        On("callable", value => value is CallableValue or UndefinedValue),
        On("escaped", value => value is TextValue { IsMarkup: true }),
        new("lower", "", call => BoolValue.Of(TextCase.IsLower(call.Str))),
        new("upper", "", call => BoolValue.Of(TextCase.IsUpper(call.Str))),
        new("filter", "", call => BoolValue.Of(IsName(call, Filters.Find))),
        new("test", "", call => BoolValue.Of(IsName(call, Find))),
        new("odd", "", call => BoolValue.Of(Remainder(call, new IntValue(2)) == 1)),
        new("even", "", call => BoolValue.Of(Remainder(call, new IntValue(2)) == 0)),
        new("divisibleby", "num", call => BoolValue.Of(Remainder(call, call[0]!) == 0)),
        new("sameas", "other", call => BoolValue.Of(IsSame(call.Self, call[0]!))),
        new("in", "seq", call => BoolValue.Of(Iteration.Contains(call.State, call[0]!, call.Self))),
        .. Compares("==", "eq", "equalto"),
        .. Compares("!=", "ne"),
        .. Compares(">", "gt", "greaterthan"),
        .. Compares(">=", "ge"),
        .. Compares("<", "lt", "lessthan"),
        .. Compares("<=", "le"),
    ]).ToFrozenDictionary(test => test.Name, StringComparer.Ordinal);

    public static Routine? Find(string name) => Table.GetValueOrDefault(name);

    public static TemplateFault Unknown(string name) =>
        new($"no test is named '{name}'; known are {string.Join(", ", Table.Keys.Order(StringComparer.Ordinal))}");

    private static Routine On(string name, Predicate<Value> holds) => new(name, "", call => BoolValue.Of(holds(call.Self)));

    private static IEnumerable<Routine> Compares(string symbol, params string[] names) =>
        names.Prepend(symbol).Select(name => new Routine(name, "other /", call => BoolValue.Of(symbol switch
        {
            "==" => call.State.Comparer.Equals(call.Self, call[0]),
            "!=" => !call.State.Comparer.Equals(call.Self, call[0]),
            _ => call.State.Order.Holds(symbol, call.Self, call[0]!),
        })));

    private static bool IsName(Call call, Func<string, Routine?> find)
    {
        // A list cannot be looked up in a dictionary, not even in vain.
        call.State.Comparer.GetHashCode(call.Self);
        return call.Self is TextValue name && find(name.Text) is not null;
    }

    private static double? Remainder(Call call, Value divisor) =>
        Numbers.AsDouble(Operators.Apply(call.State, "%", call.Self, divisor));

    // Python keeps one object of each small number.
    private static bool IsSame(Value a, Value b) => ReferenceEquals(a, b) || (a, b) switch
    {
        (IntValue x, IntValue y) => x.Number == y.Number && x.Number >= -5 && x.Number <= 256,
        (TextValue x, TextValue y) => x.Text == y.Text && !x.IsMarkup && !y.IsMarkup,
        (FloatValue x, FloatValue y) => x.Number.Equals(y.Number),
        _ => false,
    };
}

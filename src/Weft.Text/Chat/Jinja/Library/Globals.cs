using Weft.Text.Chat.Jinja.Evaluation;
using Weft.Text.Chat.Jinja.Values;

namespace Weft.Text.Chat.Jinja.Library;

/// <summary>Functions that every template has.</summary>
internal static class Globals
{
    /// <summary>As in Jinja2's sandbox.</summary>
    private const int LongestRange = 100_000;

    private static readonly Routine[] All =
    [
        new("range", "start stop? step? /", Range),
        new("dict", "mapping? / **", DictOf),
        new("namespace", "mapping? / **", Namespace),
        new("raise_exception", "message", call => throw new TemplateFault(call.State.Str(call[0]!))),
        new("strftime_now", "format", call => new TextValue(StrfTime.Format(call.Budget, call.State.Clock.GetLocalNow(), call.Text(0)))),
        new("cycler", "*", call => call.Rest.Count > 0 ? new Cycler(call.Rest) : throw new TemplateFault("at least one item has to be provided")),
        new("joiner", "sep?", call => new Joiner(call[0] ?? new TextValue(", "))),
        new("lipsum", "* **", _ => throw new TemplateFault("lipsum is not offered: a rendering must be the same every time")),
    ];

    /// <summary>The functions as variables; all renderings share them, so nothing may be set here.</summary>
    public static Scope Scope { get; } = Create();

    private static Scope Create()
    {
        var scope = new Scope(null);
        foreach (Routine routine in All)
            scope.Set(routine.Name, new RoutineValue(routine, NoneValue.Instance));
        return scope;
    }

    /// <summary><c>dict(mapping or pairs, name=value)</c>.</summary>
    private static DictValue DictOf(Call call)
    {
        var dict = new DictValue(call.Budget);
        if (call[0] is DictValue mapping)
            foreach ((Value key, Value value) in mapping.Entries)
                dict.Entries[key] = value;
        else if (call[0] is { } pairs)
            foreach (Value pair in call.State.Iterate(pairs))
            {
                (Value key, Value value) = PairOf(call, pair);
                dict.Entries[key] = value;
            }
        AddNamed(dict, call);
        return dict;
    }

    /// <summary>Adds the named arguments of a call.</summary>
    public static void AddNamed(DictValue dict, Call call)
    {
        foreach ((string name, Value value) in call.Named)
            dict.Entries[new TextValue(name)] = value;
    }

    private static KeyValuePair<Value, Value> PairOf(Call call, Value pair) => Iteration.Count(pair) == 2 && call.State.Iterate(pair).ToArray() is [var key, var value]
        ? KeyValuePair.Create(key, value)
        : throw new TemplateFault($"dict needs a dictionary or pairs, not an item of type '{pair.TypeName}'");

    private static NamespaceValue Namespace(Call call)
    {
        var space = new NamespaceValue();
        foreach ((Value key, Value value) in DictOf(call).Entries)
            space.Attributes[key is TextValue name ? name.Text : throw new TemplateFault("names of a namespace must be texts")] = value;
        return space;
    }

    private static RangeValue Range(Call call)
    {
        long Bound(int index)
        {
            var number = Numbers.ToInteger(call[index]!);
            return number >= long.MinValue / 4 && number <= long.MaxValue / 4 ? (long)number : throw new TemplateFault("a bound of range is too large; use smaller numbers");
        }
        (long start, long stop) = call[1] is null ? (0, Bound(0)) : (Bound(0), Bound(1));
        long step = call[2] is null ? 1 : Bound(2);
        if (step == 0)
            throw new TemplateFault("range() arg 3 must not be zero");
        return RangeValue.CountOf(start, stop, step) <= LongestRange
            ? new RangeValue(start, stop, step)
            : throw new TemplateFault($"Range too big. The sandbox blocks ranges larger than {LongestRange} items.");
    }
}

/// <summary>What <c>cycler</c> makes: items in turn, over and over.</summary>
internal sealed class Cycler(IReadOnlyList<Value> items) : Value
{
    private static readonly Routine Next = new("next", "", call => ((Cycler)call.Self).Advance());

    private static readonly Routine Reset = new("reset", "", call =>
    {
        ((Cycler)call.Self)._position = 0;
        return NoneValue.Instance;
    });

    private int _position;

    public override string TypeName => "Cycler";

    public Value? Attribute(string name) => name switch
    {
        "current" => items[_position],
        "items" => new TupleValue(items),
        "pos" => new IntValue(_position),
        "next" => new RoutineValue(Next, this),
        "reset" => new RoutineValue(Reset, this),
        _ => null,
    };

    private Value Advance()
    {
        Value current = items[_position];
        _position = (_position + 1) % items.Count;
        return current;
    }
}

/// <summary>What <c>joiner</c> makes: nothing at the first call, then the separator.</summary>
internal sealed class Joiner(Value separator) : CallableValue
{
    private bool _wasUsed;

    public override string TypeName => "Joiner";

    public override Value Invoke(RenderState state, CallArguments arguments)
    {
        Value joined = _wasUsed ? separator : TextValue.Empty;
        _wasUsed = true;
        return joined;
    }
}

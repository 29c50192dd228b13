using Weft.Text.Chat.Jinja.Evaluation;
using Weft.Text.Chat.Jinja.Values;

namespace Weft.Text.Chat.Jinja.Library;

/// <summary>Filters over items.</summary>
internal static class SequenceFilters
{
    public static IReadOnlyList<Routine> All { get; } =
    [
        new("length", "", Length),
        new("count", "", Length),
        new("list", "", call => new ListValue([.. call.Items])),
        new("first", "", call => call.Items.FirstOrDefault() ?? new UndefinedValue("No first item, sequence was empty.")),
        new("last", "", Last),
        new("reverse", "", Reverse),
        new("sort", "reverse? case_sensitive? attribute?", Sort),
        new("unique", "case_sensitive? attribute?", call => new IteratorValue(Unique(call))),
        new("min", "case_sensitive? attribute?", call => Extreme(call, "<")),
        new("max", "case_sensitive? attribute?", call => Extreme(call, ">")),
        new("sum", "attribute? start?", Sum),
        new("items", "", call => new IteratorValue(Items(call))),
        new("dictsort", "case_sensitive? by? reverse?", SortDict),
    ];

    private static IntValue Length(Call call) => Iteration.Count(call.Self) is { } count
        ? new IntValue(count)
        : throw new TemplateFault($"object of type '{call.Self.TypeName}' has no len(){(call.Self is IteratorValue ? "; use the filter 'list' before" : "")}");

    private static Value Last(Call call) => Iteration.Reversed(call.Self) is { } reversed
        ? reversed.FirstOrDefault() ?? new UndefinedValue("No last item, sequence was empty.")
        : throw new TemplateFault($"'{call.Self.TypeName}' object is not reversible; use the filter 'list' before");

    private static Value Reverse(Call call)
    {
        if (call.Self is TextValue text)
            return call.Result(string.Concat(CodePoints.Split(text.Text).Reverse()));
        if (Iteration.Reversed(call.Self) is { } reversed)
            return new IteratorValue(reversed, "reverse_iterator");
        if (!Iteration.Has(call.Self))
            throw new TemplateFault("argument must be iterable");
        return new ListValue([.. call.Items.Reverse()]);
    }

    private static ListValue Sort(Call call) =>
        new(call.State.Order.Sort(call.Items, AttributePath.MultiGetter(call.State, call[2], ignoreCase: !call.Flag(1)), call.Flag(0)));

    private static IEnumerable<Value> Unique(Call call)
    {
        Func<Value, Value> getter = AttributePath.Getter(call.State, call[1], ignoreCase: !call.Flag(0));
        var seen = new HashSet<Value>(call.State.Comparer);
        foreach (Value item in call.Items)
            if (seen.Add(getter(item)))
                yield return item;
    }

    private static Value Extreme(Call call, string better)
    {
        Func<Value, Value> getter = AttributePath.Getter(call.State, call[1], ignoreCase: !call.Flag(0));
        Value? best = null, bestKey = null;
        foreach (Value item in call.Items)
        {
            Value key = getter(item);
            if (bestKey is null || call.State.Order.Holds(better, key, bestKey))
                (best, bestKey) = (item, key);
        }
        return best ?? new UndefinedValue("No aggregated item, sequence was empty.");
    }

    private static Value Sum(Call call)
    {
        Value sum = call[1] ?? new IntValue(0);
        if (sum is TextValue)
            throw new TemplateFault("sum() can't sum strings; use the filter 'join'");
        Func<Value, Value> getter = AttributePath.Getter(call.State, call[0]);
        foreach (Value item in call.Items)
            sum = Operators.Apply(call.State, "+", sum, getter(item));
        return sum;
    }

    private static IEnumerable<Value> Items(Call call) => call.Self switch
    {
        UndefinedValue => [],
        DictValue dict => dict.Pairs,
        // A generator in Python: the error comes when its first item is asked for.
        _ => Enumerable.Range(0, 1).Select<int, Value>(_ => throw new TemplateFault("Can only get item pairs from a mapping.")),
    };

    private static ListValue SortDict(Call call)
    {
        if (call.Self is not DictValue dict)
            throw call.Self is UndefinedValue undefined ? undefined.Fault() : new TemplateFault($"dictsort needs a dictionary, not '{call.Self.TypeName}'");
        string by = call.Text(1, "key");
        if (by is not ("key" or "value"))
            throw new TemplateFault("You can only sort by either \"key\" or \"value\"");
        Func<Value, Value> getter = AttributePath.Getter(call.State, new IntValue(by == "key" ? 0 : 1), ignoreCase: !call.Flag(0));
        return new ListValue(call.State.Order.Sort(dict.Pairs, getter, call.Flag(2)));
    }
}

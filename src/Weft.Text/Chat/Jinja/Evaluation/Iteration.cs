using Weft.Text.Chat.Jinja.Values;

namespace Weft.Text.Chat.Jinja.Evaluation;

/// <summary>Python's <c>iter</c>, <c>len</c>, <c>reversed</c> and <c>in</c>.</summary>
internal static class Iteration
{
    /// <summary>The items of a value; each takes a step.</summary>
    public static IEnumerable<Value> Of(Value value, Budget budget)
    {
        IEnumerable<Value> items = Items(value) ?? throw new TemplateFault($"'{value.TypeName}' object is not iterable");
        return Counted(items, budget, StepsPerItem(value));
    }

    /// <summary>Whether a value has items.</summary>
    public static bool Has(Value value) => Items(value) is not null;

    /// <summary>The number of items where it is known, or null.</summary>
    public static int? Count(Value value) => value switch
    {
        TextValue text => CodePoints.Count(text.Text),
        SequenceValue sequence => sequence.Items.Count,
        DictValue dict => dict.Entries.Count,
        DictViewValue view => view.Count,
        RangeValue range => range.Count,
        UndefinedValue => 0,
        _ => null,
    };

    /// <summary>The items from last to first, or null where Python cannot.</summary>
    public static IEnumerable<Value>? Reversed(Value value) => value switch
    {
        SequenceValue sequence => sequence.Items.Reverse(),
        UndefinedValue => [],
        TextValue or DictValue or DictViewValue or RangeValue => Items(value)!.Reverse(),
        _ => null,
    };

    /// <summary><c>sought in container</c>.</summary>
    public static bool Contains(RenderState state, Value container, Value sought)
    {
        switch (container)
        {
            case TextValue text:
                if (sought is not TextValue part)
                    throw new TemplateFault($"'in <string>' requires string as left operand, not {sought.TypeName}");
                state.Budget.SpendSearch(text.Text.Length, part.Text.Length);
                return text.Text.Contains(part.Text, StringComparison.Ordinal);
            case DictValue dict:
                return dict.Entries.ContainsKey(sought);
            case DictViewValue { Part: DictPart.Keys } view:
                return view.Dict.Entries.ContainsKey(sought);
            default:
                if (Items(container) is not { } items)
                    throw new TemplateFault($"argument of type '{container.TypeName}' is not iterable");
                foreach (Value item in Counted(items, state.Budget, StepsPerItem(container)))
                    if (ReferenceEquals(item, sought) || state.Comparer.Equals(item, sought))
                        return true;
                return false;
        }
    }

    private static IEnumerable<Value>? Items(Value value) => value switch
    {
        TextValue text => CodePoints.Split(text.Text).Select(point => new TextValue(point)),
        SequenceValue sequence => sequence.Items,
        DictValue dict => dict.Entries.Keys,
        DictViewValue view => view.Items,
        RangeValue range => Enumerable.Range(0, range.Count).Select(index => range[index]),
        IteratorValue iterator => iterator.Rest(),
        UndefinedValue => [],
        _ => null,
    };

    /// <summary>Items that come into being cost room too.</summary>
    private static int StepsPerItem(Value value) => value is SequenceValue or DictViewValue { Part: not DictPart.Items } or DictValue ? 1 : 2;

    private static IEnumerable<Value> Counted(IEnumerable<Value> items, Budget budget, int steps)
    {
        foreach (Value item in items)
        {
            budget.Spend(steps);
            yield return item;
        }
    }
}

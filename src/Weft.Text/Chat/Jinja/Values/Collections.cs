namespace Weft.Text.Chat.Jinja.Values;

/// <summary>A list or a tuple. Templates cannot change either.</summary>
internal abstract class SequenceValue : Value
{
    private protected SequenceValue(IReadOnlyList<Value> items) => Items = items;

    public IReadOnlyList<Value> Items { get; }

    public override bool IsTrue => Items.Count > 0;

    /// <summary>Another sequence of the same kind.</summary>
    public abstract SequenceValue With(IReadOnlyList<Value> items);
}

/// <summary><c>[a, b]</c>.</summary>
internal sealed class ListValue(IReadOnlyList<Value> items) : SequenceValue(items)
{
    public override string TypeName => "list";

    public override SequenceValue With(IReadOnlyList<Value> items) => new ListValue(items);
}

/// <summary><c>(a, b)</c>.</summary>
/// <param name="items">Its items.</param>
/// <param name="names">Names of the items, where they have some, as the groups of <c>groupby</c> do.</param>
internal sealed class TupleValue(IReadOnlyList<Value> items, IReadOnlyList<string>? names = null) : SequenceValue(items)
{
    public override string TypeName => "tuple";

    public IReadOnlyList<string> Names => names ?? [];

    public override SequenceValue With(IReadOnlyList<Value> items) => new TupleValue(items);
}

/// <summary><c>{k: v}</c>, in order of insertion.</summary>
internal sealed class DictValue(Budget budget) : Value
{
    public OrderedDictionary<Value, Value> Entries { get; } = new(new ValueComparer(budget));

    public override string TypeName => "dict";

    public override bool IsTrue => Entries.Count > 0;

    public Value? this[string key] => Entries.GetValueOrDefault(new TextValue(key));

    public IEnumerable<Value> Pairs => Entries.Select(entry => new TupleValue([entry.Key, entry.Value]));
}

/// <summary>Which part of a dictionary a view shows.</summary>
internal enum DictPart
{
    Keys,
    Values,
    Items,
}

/// <summary>What <c>keys()</c>, <c>values()</c> and <c>items()</c> give.</summary>
internal sealed class DictViewValue(DictValue dict, DictPart part) : Value
{
    public override string TypeName => part switch
    {
        DictPart.Keys => "dict_keys",
        DictPart.Values => "dict_values",
        _ => "dict_items",
    };

    public override bool IsTrue => dict.IsTrue;

    public int Count => dict.Entries.Count;

    public DictValue Dict => dict;

    public DictPart Part => part;

    public IEnumerable<Value> Items => part switch
    {
        DictPart.Keys => dict.Entries.Keys,
        DictPart.Values => dict.Entries.Values,
        _ => dict.Pairs,
    };
}

/// <summary><c>range(start, stop, step)</c>, whose length was checked.</summary>
internal sealed class RangeValue(long start, long stop, long step) : Value
{
    public long Start => start;

    public long Stop => stop;

    public long Step => step;

    public int Count { get; } = CountOf(start, stop, step);

    public override string TypeName => "range";

    public override bool IsTrue => Count > 0;

    public IntValue this[int index] => new(start + index * step);

    public static int CountOf(Int128 start, Int128 stop, Int128 step)
    {
        Int128 count = step > 0 ? (stop - start + step - 1) / step : (start - stop - step - 1) / -step;
        return (int)Int128.Clamp(count, 0, int.MaxValue);
    }
}

/// <summary>Items that are made as they are asked for, once: a Python generator or iterator. It is true even when nothing is left.</summary>
internal sealed class IteratorValue(IEnumerable<Value> items, string typeName = "generator") : Value
{
    private readonly IEnumerator<Value> _items = items.GetEnumerator();

    public override string TypeName => typeName;

    /// <summary>The items that are left.</summary>
    public IEnumerable<Value> Rest()
    {
        while (_items.MoveNext())
            yield return _items.Current;
    }
}

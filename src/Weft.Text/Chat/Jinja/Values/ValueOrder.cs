namespace Weft.Text.Chat.Jinja.Values;

/// <summary>Python's <c>&lt;</c> and what is built on it.</summary>
internal sealed class ValueOrder(Budget budget)
{
    private readonly ValueComparer _comparer = new(budget);

    /// <summary>Whether <paramref name="left"/> stands in the relation <paramref name="symbol"/> (one of &lt; &lt;= &gt; &gt;=) to <paramref name="right"/>.</summary>
    public bool Holds(string symbol, Value left, Value right)
    {
        Budget.CheckStack();
        budget.Spend();
        switch (left, right)
        {
            case (UndefinedValue undefined, _):
                throw undefined.Fault();
            case (_, UndefinedValue undefined):
                throw undefined.Fault();
            case (TextValue a, TextValue b):
                budget.Spend(Math.Min(a.Text.Length, b.Text.Length) / 64);
                return Satisfies(symbol, CodePoints.Compare(a.Text, b.Text));
            case (BoolValue or IntValue or FloatValue, BoolValue or IntValue or FloatValue):
                return Numbers.Compare(left, right) is { } sign && Satisfies(symbol, sign);
            case (ListValue a, ListValue b):
                return HoldsForItems(symbol, a.Items, b.Items);
            case (TupleValue a, TupleValue b):
                return HoldsForItems(symbol, a.Items, b.Items);
            default:
                throw new TemplateFault($"'{symbol}' not supported between instances of '{left.TypeName}' and '{right.TypeName}'");
        }
    }

    /// <summary>Sorts by keys: stable, also in reverse.</summary>
    public List<Value> Sort(IEnumerable<Value> items, Func<Value, Value> keyOf, bool reverse)
    {
        var keyed = new List<(Value Key, Value Item)>();
        foreach (Value item in items)
        {
            budget.Spend();
            keyed.Add((keyOf(item), item));
        }
        // Reversed before and after, equal items keep their order.
        if (reverse)
            keyed.Reverse();
        (Value Key, Value Item)[] sorted = [.. keyed];
        MergeSort(sorted, new (Value Key, Value Item)[sorted.Length], 0, sorted.Length);
        if (reverse)
            Array.Reverse(sorted);
        return [.. sorted.Select(pair => pair.Item)];
    }

    // The runtime's own sorts wrap exceptions of the comparison and are not stable.
    private void MergeSort((Value Key, Value Item)[] items, (Value Key, Value Item)[] room, int from, int to)
    {
        if (to - from < 2)
            return;
        int middle = (from + to) / 2;
        MergeSort(items, room, from, middle);
        MergeSort(items, room, middle, to);
        Array.Copy(items, from, room, from, middle - from);
        int left = from, right = middle;
        for (int next = from; left < middle; next++)
            items[next] = right < to && Holds("<", items[right].Key, room[left].Key) ? items[right++] : room[left++];
    }

    private bool HoldsForItems(string symbol, IReadOnlyList<Value> a, IReadOnlyList<Value> b)
    {
        for (int i = 0; i < a.Count && i < b.Count; i++)
            if (!_comparer.Equals(a[i], b[i]))
                return Holds(symbol, a[i], b[i]);
        return Satisfies(symbol, a.Count.CompareTo(b.Count));
    }

    private static bool Satisfies(string symbol, int sign) => symbol switch
    {
        "<" => sign < 0,
        "<=" => sign <= 0,
        ">" => sign > 0,
        _ => sign >= 0,
    };
}

using Weft.Text.Chat.Jinja.Values;

namespace Weft.Text.Chat.Jinja.Library;

/// <summary>Filters that put items into groups.</summary>
internal static class GroupFilters
{
    private static readonly string[] GroupNames = ["grouper", "list"];

    public static IReadOnlyList<Routine> All { get; } =
    [
        new("groupby", "attribute default? case_sensitive?", GroupBy),
        new("batch", "linecount fill_with?", call => new IteratorValue(Batch(call))),
        new("slice", "slices fill_with?", call => new IteratorValue(Slice(call))),
    ];

    private static ListValue GroupBy(Call call)
    {
        bool ignoresCase = !call.Flag(2);
        Func<Value, Value> keyOf = AttributePath.Getter(call.State, call[0], ignoresCase, call[1]);
        Func<Value, Value> shownKeyOf = AttributePath.Getter(call.State, call[0], ignoreCase: false, call[1]);
        var groups = new List<(Value Key, List<Value> Items)>();
        foreach (Value item in call.State.Order.Sort(call.Items, keyOf, reverse: false))
        {
            Value key = keyOf(item);
            if (groups.Count == 0 || !call.State.Comparer.Equals(groups[^1].Key, key))
                groups.Add((key, []));
            groups[^1].Items.Add(item);
        }
        return new ListValue([.. groups.Select(group => new TupleValue([shownKeyOf(group.Items[0]), new ListValue(group.Items)], GroupNames))]);
    }

    private static IEnumerable<Value> Batch(Call call)
    {
        int size = call.Integer(0);
        var batch = new List<Value>();
        foreach (Value item in call.Items)
        {
            if (batch.Count == size)
            {
                yield return new ListValue(batch);
                batch = [];
            }
            batch.Add(item);
        }
        if (batch.Count == 0)
            yield break;
        if (call.NotNone(1) is { } filler && batch.Count < size)
        {
            call.Budget.Spend(size - batch.Count);
            batch.AddRange(Enumerable.Repeat(filler, size - batch.Count));
        }
        yield return new ListValue(batch);
    }

    private static IEnumerable<Value> Slice(Call call)
    {
        List<Value> items = [.. call.Items];
        int slices = call.Integer(0);
        if (slices == 0)
            throw new TemplateFault("integer division or modulo by zero");
        int longer = slices > 0 ? items.Count % slices : 0, start = 0;
        for (int i = 0; i < slices; i++)
        {
            // A list costs more room than a step.
            call.Budget.Spend(4);
            int size = items.Count / slices + (i < longer ? 1 : 0);
            List<Value> slice = items.GetRange(start, size);
            start += size;
            if (call.NotNone(1) is { } filler && i >= longer)
                slice.Add(filler);
            yield return new ListValue(slice);
        }
    }
}

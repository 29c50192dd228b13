using System.Collections.Frozen;
using Weft.Text.Chat.Jinja.Evaluation;
using Weft.Text.Chat.Jinja.Values;

namespace Weft.Text.Chat.Jinja.Library;

/// <summary>The methods of lists, tuples, ranges and dictionaries that change nothing.</summary>
internal static class CollectionMethods
{
    public static FrozenDictionary<string, Routine> Tuple { get; } = Table(
        new("count", "value /", call => new IntValue(call.Items.Count(item => IsItem(call, item)))),
        new("index", "value start? stop? /", Index));

    public static FrozenDictionary<string, Routine> List { get; } = Table(
    [
        .. Tuple.Values,
        new("copy", "", call => new ListValue(((ListValue)call.Self).Items)),
    ]);

    public static FrozenDictionary<string, Routine> Dict { get; } = Table(
        new("get", "key default? /", call => Self(call).Entries.GetValueOrDefault(call[0]!, call[1] ?? NoneValue.Instance)),
        new("keys", "", call => new DictViewValue(Self(call), DictPart.Keys)),
        new("values", "", call => new DictViewValue(Self(call), DictPart.Values)),
        new("items", "", call => new DictViewValue(Self(call), DictPart.Items)),
        new("copy", "", Copy),
        new("fromkeys", "iterable value? /", FromKeys));

    private static FrozenDictionary<string, Routine> Table(params Routine[] routines) =>
        routines.ToFrozenDictionary(routine => routine.Name, StringComparer.Ordinal);

    private static DictValue Self(Call call) => (DictValue)call.Self;

    private static bool IsItem(Call call, Value item) => ReferenceEquals(item, call[0]) || call.State.Comparer.Equals(item, call[0]);

    private static IntValue Index(Call call)
    {
        int count = Iteration.Count(call.Self)!.Value;
        int Bound(int index, int byDefault) => call[index] is null ? byDefault
            : call.Integer(index) is < 0 and var negative ? Math.Max(0, negative + count) : call.Integer(index);
        int position = 0, start = Bound(1, 0), stop = Bound(2, int.MaxValue);
        foreach (Value item in call.Items)
        {
            if (position >= start && position < stop && IsItem(call, item))
                return new IntValue(position);
            position++;
        }
        throw new TemplateFault($"{ValueText.Repr(call[0]!, call.Budget)} is not in {call.Self.TypeName}");
    }

    private static DictValue Copy(Call call)
    {
        var copy = new DictValue(call.Budget);
        foreach ((Value key, Value value) in Self(call).Entries)
            copy.Entries[key] = value;
        return copy;
    }

    private static DictValue FromKeys(Call call)
    {
        var dict = new DictValue(call.Budget);
        foreach (Value key in call.State.Iterate(call[0]!))
            dict.Entries[key] = call[1] ?? NoneValue.Instance;
        return dict;
    }
}

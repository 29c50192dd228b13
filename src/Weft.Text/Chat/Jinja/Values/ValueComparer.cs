using System.Numerics;

namespace Weft.Text.Chat.Jinja.Values;

/// <summary>Python's <c>==</c> and <c>hash</c>: 1, 1.0 and True are equal, and so are lists of equal items.</summary>
internal sealed class ValueComparer(Budget budget) : IEqualityComparer<Value>
{
    /// <inheritdoc/>
    public bool Equals(Value? x, Value? y)
    {
        budget.Spend();
        if (ReferenceEquals(x, y))
            return x is not FloatValue { Number: double.NaN };
        Budget.CheckStack();
        return (x, y) switch
        {
            (TextValue a, TextValue b) => a.Text.Length == b.Text.Length && SameText(a.Text, b.Text),
            (BoolValue or IntValue or FloatValue, BoolValue or IntValue or FloatValue) => Numbers.Compare(x, y) == 0,
            (ListValue a, ListValue b) => SameItems(a.Items, b.Items),
            (TupleValue a, TupleValue b) => SameItems(a.Items, b.Items),
            (DictValue a, DictValue b) => a.Entries.Count == b.Entries.Count
                && a.Entries.All(entry => b.Entries.TryGetValue(entry.Key, out Value? other) && Equals(entry.Value, other)),
            (RangeValue a, RangeValue b) => a.Count == b.Count && (a.Count == 0 || a.Start == b.Start && (a.Count == 1 || a.Step == b.Step)),
            (DictViewValue { Part: not DictPart.Values } a, DictViewValue { Part: not DictPart.Values } b) => a.Count == b.Count
                && a.Items.All(item => b.Items.Any(other => Equals(item, other))),
            (NamespaceValue or SliceValue, _) => false,
            (UndefinedValue, UndefinedValue) => true,
            _ => false,
        };
    }

    /// <inheritdoc/>
    public int GetHashCode(Value obj)
    {
        Budget.CheckStack();
        budget.Spend();
        switch (obj)
        {
            case TextValue text:
                budget.SpendReading(text.Text.Length);
                return text.Text.GetHashCode(StringComparison.Ordinal);
            case BoolValue or IntValue:
                return HashOf(Numbers.ToInteger(obj));
            case FloatValue { Number: var number }:
                return double.IsInteger(number) ? HashOf(new BigInteger(number)) : HashCode.Combine(number);
            case TupleValue tuple:
                var hash = new HashCode();
                foreach (Value item in tuple.Items)
                    hash.Add(GetHashCode(item));
                return hash.ToHashCode();
            case ListValue or DictValue or SliceValue:
                throw new TemplateFault($"unhashable type: '{obj.TypeName}'; use texts, numbers or tuples as keys");
            case UndefinedValue:
                return 0;
            default:
                return System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(obj);
        }
    }

    // Seeded by HashCode, so that nobody can choose numbers that collide.
    private static int HashOf(BigInteger number) => HashCode.Combine(number);

    private bool SameText(string a, string b)
    {
        budget.SpendReading(a.Length);
        return string.Equals(a, b, StringComparison.Ordinal);
    }

    private bool SameItems(IReadOnlyList<Value> a, IReadOnlyList<Value> b)
    {
        if (a.Count != b.Count)
            return false;
        for (int i = 0; i < a.Count; i++)
            if (!Equals(a[i], b[i]))
                return false;
        return true;
    }
}

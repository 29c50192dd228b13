using System.Numerics;
using System.Text;
using Weft.Text.Chat.Jinja.Values;

namespace Weft.Text.Chat.Jinja.Evaluation;

/// <summary><c>x[index]</c> without what attributes add.</summary>
internal static class Items
{
    /// <summary>The item, or null where there is none or the value has no items.</summary>
    /// <exception cref="TemplateFault">The target is undefined or a slice's step is zero.</exception>
    public static Value? Find(RenderState state, Value target, Value index)
    {
        if (target is UndefinedValue undefined)
            throw undefined.Fault();
        if (index is SliceValue slice)
            return Slice(state, target, slice);
        if (target is DictValue dict)
            return index is ListValue or DictValue ? null : dict.Entries.GetValueOrDefault(index);
        if (target is TextValue text)
            state.Budget.SpendReading(text.Text.Length);
        if (Numbers.AsInteger(index) is not { } position || Iteration.Count(target) is not { } count || target is DictViewValue)
            return null;
        if (position < 0)
            position += count;
        return position < 0 || position >= count ? null : At(target, (int)position);
    }

    /// <summary>Whether a dictionary has a text as its key.</summary>
    public static bool IsKeyOf(Value target, string name) => target is DictValue dict && dict[name] is not null;

    private static Value At(Value target, int index)
    {
        switch (target)
        {
            case SequenceValue sequence:
                return sequence.Items[index];
            case RangeValue range:
                return range[index];
            default:
                var text = (TextValue)target;
                int unit = CodePoints.Unit(text.Text, index);
                return new TextValue(text.Text.Substring(unit, CodePoints.WidthAt(text.Text, unit)), text.IsMarkup);
        }
    }

    private static Value Slice(RenderState state, Value target, SliceValue slice)
    {
        if (target is not (TextValue or SequenceValue or RangeValue))
            throw new TemplateFault($"'{target.TypeName}' object cannot be sliced; use the filter 'list' before");
        if (target is TextValue whole)
            state.Budget.SpendReading(whole.Text.Length);
        (long start, long stop, long step) = Bounds(slice, Iteration.Count(target)!.Value);
        int length = RangeValue.CountOf(start, stop, step);
        if (target is not RangeValue)
            state.Budget.Spend(1 + length / 2);
        if (target is RangeValue range)
            return new RangeValue(range.Start + start * range.Step, range.Start + stop * range.Step, range.Step * step);
        if (target is TextValue text)
            return new TextValue(SliceText(text.Text, start, step, length), text.IsMarkup);
        var sequence = (SequenceValue)target;
        var items = new Value[length];
        for (int i = 0; i < length; i++)
            items[i] = sequence.Items[(int)(start + i * step)];
        return sequence.With(items);
    }

    private static string SliceText(string text, long start, long step, int length)
    {
        if (step == 1)
        {
            int from = CodePoints.Unit(text, (int)start);
            return text[from..(CodePoints.AreUnits(text) ? from + length : from + CodePoints.Unit(text[from..], length))];
        }
        string[]? points = CodePoints.AreUnits(text) ? null : [.. CodePoints.Split(text)];
        var sliced = new StringBuilder(length);
        for (int i = 0; i < length; i++)
            if (points is null)
                sliced.Append(text[(int)(start + i * step)]);
            else
                sliced.Append(points[start + i * step]);
        return sliced.ToString();
    }

    /// <summary>Python's <c>slice.indices</c>.</summary>
    private static (long Start, long Stop, long Step) Bounds(SliceValue slice, int count)
    {
        foreach (Value bound in new[] { slice.Start, slice.Stop, slice.Step })
            if (bound is not (NoneValue or IntValue or BoolValue))
                throw new TemplateFault($"slice indices must be integers or None, not {bound.TypeName}");
        // Longer steps than any sequence take the same items.
        long step = slice.Step is NoneValue ? 1 : Cut(Numbers.ToInteger(slice.Step), int.MinValue, int.MaxValue);
        if (step == 0)
            throw new TemplateFault("slice step cannot be zero");
        (long low, long high) = step > 0 ? (0L, (long)count) : (-1L, count - 1L);
        long At(Value bound, long whenAbsent)
        {
            if (bound is NoneValue)
                return whenAbsent;
            BigInteger position = Numbers.ToInteger(bound);
            return Cut(position < 0 ? position + count : position, low, high);
        }
        return step > 0 ? (At(slice.Start, low), At(slice.Stop, high), step) : (At(slice.Start, high), At(slice.Stop, low), step);
    }

    private static long Cut(BigInteger number, long low, long high) => (long)BigInteger.Max(low, BigInteger.Min(high, number));
}

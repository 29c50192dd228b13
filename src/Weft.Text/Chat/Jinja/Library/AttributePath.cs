using System.Globalization;
using System.Numerics;
using Weft.Text.Chat.Jinja.Evaluation;
using Weft.Text.Chat.Jinja.Values;

namespace Weft.Text.Chat.Jinja.Library;

/// <summary>What filters take as <c>attribute</c>: a name or number, or several with points between them.</summary>
internal static class AttributePath
{
    /// <summary>Reads the attribute of an item.</summary>
    /// <param name="state">The rendering.</param>
    /// <param name="path">The path; null or None for the item itself.</param>
    /// <param name="ignoreCase">Whether texts that are found count as lower case.</param>
    /// <param name="byDefault">What stands in for each undefined step; null or None for nothing.</param>
    public static Func<Value, Value> Getter(RenderState state, Value? path, bool ignoreCase = false, Value? byDefault = null)
    {
        Value[] steps = Steps(path);
        return item =>
        {
            foreach (Value step in steps)
            {
                item = Attributes.GetItem(state, item, step);
                if (item is UndefinedValue && byDefault is not null and not NoneValue)
                    item = byDefault;
            }
            return ignoreCase && item is TextValue text ? new TextValue(TextCase.Lower(text.Text)) : item;
        };
    }

    /// <summary>Several attributes, with commas between them, as a list to compare by.</summary>
    public static Func<Value, Value> MultiGetter(RenderState state, Value? paths, bool ignoreCase)
    {
        Func<Value, Value>[] getters = paths is TextValue text
            ? [.. text.Text.Split(',').Select(path => Getter(state, new TextValue(path), ignoreCase))]
            : [Getter(state, paths, ignoreCase)];
        return item => new ListValue([.. getters.Select(getter => getter(item))]);
    }

    private static Value[] Steps(Value? path) => path switch
    {
        null or NoneValue => [],
        TextValue text => [.. text.Text.Split('.').Select(Step)],
        _ => [path],
    };

    private static Value Step(string step) => step.Length > 0 && step.All(char.IsAsciiDigit) && step.Length < 100
        ? new IntValue(BigInteger.Parse(step, CultureInfo.InvariantCulture))
        : new TextValue(step);
}

using Weft.Text.Chat.Jinja.Library;
using Weft.Text.Chat.Jinja.Values;

namespace Weft.Text.Chat.Jinja.Evaluation;

/// <summary>
/// <c>x.name</c> and <c>x[index]</c>: the first looks for an attribute and then for an item, the second the other way round.
/// Methods that would change a list or dictionary give an undefined value, as in an immutable sandbox.
/// </summary>
internal static class Attributes
{
    private static readonly string[] ListMutators = ["append", "clear", "pop", "reverse", "insert", "sort", "extend", "remove"];
    private static readonly string[] DictMutators = ["clear", "pop", "popitem", "setdefault", "update"];

    /// <summary><c>target.name</c>.</summary>
    public static Value Get(RenderState state, Value target, string name) =>
        Find(target, name) ?? Items.Find(state, target, new TextValue(name)) ?? Missing(target, name);

    /// <summary><c>target[index]</c>.</summary>
    public static Value GetItem(RenderState state, Value target, Value index) =>
        Items.Find(state, target, index) ?? (index is TextValue name ? Find(target, name.Text) : null) ?? Missing(target, index, state.Budget);

    /// <summary>An attribute, or null.</summary>
    /// <exception cref="TemplateFault">The target is undefined.</exception>
    public static Value? Find(Value target, string name)
    {
        if (target is UndefinedValue undefined)
            throw undefined.Fault();
        // Python's own attributes: they exist, but no template may see them.
        if (name.StartsWith("__", StringComparison.Ordinal) && name.EndsWith("__", StringComparison.Ordinal) && name.Length > 4)
            return Items.IsKeyOf(target, name) ? null : Unsafe(target, name);
        bool isMutator = target is ListValue && ListMutators.Contains(name) || target is DictValue && DictMutators.Contains(name);
        return isMutator ? Unsafe(target, name) : Own(target, name);
    }

    private static Value? Own(Value target, string name) => target switch
    {
        TextValue => Bound(TextMethods.Find(name), target),
        DictValue => Bound(CollectionMethods.Dict.GetValueOrDefault(name), target),
        TupleValue tuple when tuple.Names.Contains(name) => tuple.Items[tuple.Names.ToList().IndexOf(name)],
        ListValue => Bound(CollectionMethods.List.GetValueOrDefault(name), target),
        TupleValue => Bound(CollectionMethods.Tuple.GetValueOrDefault(name), target),
        RangeValue range => RangeAttribute(range, name),
        BoolValue or IntValue or FloatValue => NumberMethods.Find(target, name),
        NamespaceValue space => space.Attributes.TryGetValue(name, out Value? value) ? name.StartsWith('_') ? Unsafe(target, name) : value : null,
        CallableValue callable => callable.Attribute(name),
        Cycler cycler => cycler.Attribute(name),
        _ => null,
    };

    private static RoutineValue? Bound(Routine? method, Value target) => method is null ? null : new RoutineValue(method, target);

    private static Value? RangeAttribute(RangeValue range, string name) => name switch
    {
        "start" => new IntValue(range.Start),
        "stop" => new IntValue(range.Stop),
        "step" => new IntValue(range.Step),
        _ => Bound(CollectionMethods.Tuple.GetValueOrDefault(name), range),
    };

    private static UndefinedValue Unsafe(Value target, string name) =>
        new($"access to attribute '{name}' of '{target.TypeName}' object is unsafe; templates cannot change lists and dictionaries or look inside objects");

    private static UndefinedValue Missing(Value target, string name) => new($"'{Shown(target)}' has no attribute '{name}'");

    private static UndefinedValue Missing(Value target, Value index, Budget budget) => index is TextValue name
        ? Missing(target, name.Text)
        : new($"{Shown(target)} has no element {(index is SequenceValue or DictValue ? $"of type {index.TypeName}" : ValueText.Repr(index, budget))}");

    private static string Shown(Value target) => target is NoneValue ? "None" : $"{target.TypeName} object";
}

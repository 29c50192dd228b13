using Weft.Text.Chat.Jinja.Evaluation;
using Weft.Text.Chat.Jinja.Values;

namespace Weft.Text.Chat.Jinja.Library;

/// <summary>Filters that choose or change items by another filter, a test or an attribute. They make their items as they are asked for.</summary>
internal static class SelectionFilters
{
    public static IReadOnlyList<Routine> All { get; } =
    [
        new("map", "* **", call => new IteratorValue(Map(call))),
        new("select", "* **", call => new IteratorValue(Select(call, byAttribute: false, keeps: true))),
        new("reject", "* **", call => new IteratorValue(Select(call, byAttribute: false, keeps: false))),
        new("selectattr", "* **", call => new IteratorValue(Select(call, byAttribute: true, keeps: true))),
        new("rejectattr", "* **", call => new IteratorValue(Select(call, byAttribute: true, keeps: false))),
    ];

    private static IEnumerable<Value> Map(Call call)
    {
        // As in Jinja2, None and other false values have no items.
        if (!call.Self.IsTrue)
            yield break;
        Func<Value, Value> change = Change(call);
        foreach (Value item in call.Items)
            yield return change(item);
    }

    private static Func<Value, Value> Change(Call call)
    {
        Value? Named(string name) => call.Named.FirstOrDefault(argument => argument.Key == name).Value;
        if (call.Rest.Count == 0 && Named("attribute") is { } attribute)
            return call.Named.FirstOrDefault(argument => argument.Key is not ("attribute" or "default")).Key is { } unexpected
                ? throw new TemplateFault($"Unexpected keyword argument '{unexpected}'")
                : AttributePath.Getter(call.State, attribute, byDefault: Named("default"));
        if (call.Rest.Count == 0)
            throw new TemplateFault("map requires a filter argument");
        string name = NameOf(call.Rest[0]);
        Routine filter = Filters.Find(name) ?? throw Filters.Unknown(name);
        var arguments = new CallArguments([.. call.Rest.Skip(1)], call.Named);
        return item => filter.Invoke(call.State, item, arguments);
    }

    private static IEnumerable<Value> Select(Call call, bool byAttribute, bool keeps)
    {
        if (!call.Self.IsTrue)
            yield break;
        if (byAttribute && call.Rest.Count == 0)
            throw new TemplateFault("Missing parameter for attribute name");
        Func<Value, Value> getter = byAttribute ? AttributePath.Getter(call.State, call.Rest[0]) : item => item;
        int offset = byAttribute ? 1 : 0;
        Func<Value, bool> holds = item => item.IsTrue;
        if (call.Rest.Count > offset)
        {
            string name = NameOf(call.Rest[offset]);
            Routine test = Tests.Find(name) ?? throw Tests.Unknown(name);
            var arguments = new CallArguments([.. call.Rest.Skip(offset + 1)], call.Named);
            holds = item => test.Invoke(call.State, item, arguments).IsTrue;
        }
        foreach (Value item in call.Items)
            if (holds(getter(item)) == keeps)
                yield return item;
    }

    private static string NameOf(Value name) => name is TextValue text ? text.Text : throw new TemplateFault($"a name is given as '{name.TypeName}'; write it as a text");
}

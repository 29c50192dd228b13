using System.Collections.Frozen;

namespace Weft.Text.Chat.Jinja.Library;

/// <summary>The filters, by name.</summary>
internal static class Filters
{
    private static readonly FrozenDictionary<string, Routine> Table = new[]
    {
        TextFilters.All, LayoutFilters.All, HtmlFilters.All, NumberFilters.All, SequenceFilters.All, GroupFilters.All, SelectionFilters.All, JsonFilter.All,
    }.SelectMany(routines => routines).ToFrozenDictionary(routine => routine.Name, StringComparer.Ordinal);

    /// <summary>Jinja2's others, and why they are not offered.</summary>
    private static readonly FrozenDictionary<string, string> Refused = new Dictionary<string, string>
    {
        ["random"] = "a rendering must be the same every time",
        ["urlize"] = "a chat template is no HTML",
        ["pprint"] = "it is for debugging; use 'tojson(indent=2)'",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public static IEnumerable<string> Names => Table.Keys.Order(StringComparer.Ordinal);

    public static Routine? Find(string name) => Table.GetValueOrDefault(name);

    public static TemplateFault Unknown(string name) => new(Refused.TryGetValue(name, out string? reason)
        ? $"the filter '{name}' is not offered: {reason}"
        : $"no filter is named '{name}'; known are {string.Join(", ", Names)}");
}

using System.Text.Json.Nodes;
using Weft.Cli.Train.Report;
using Weft.Model.Spec;

namespace Weft.Cli.Train;

/// <summary>A specification as the page's tree, from the same description that <c>weft inspect</c> prints.</summary>
internal static class SpecTree
{
    /// <summary>The tree of a model.</summary>
    public static SpecNode Of(ModelSpec spec) => Node("model", SpecDescription.Describe(spec));

    private static SpecNode Node(string name, JsonNode? node) => node switch
    {
        JsonObject group => new(Words(name), group[SpecDescription.Kind] is { } kind ? Words(kind.GetValue<string>()) : null,
            [.. group.Where(pair => pair.Key != SpecDescription.Kind).Select(pair => Node(pair.Key, pair.Value))]),
        JsonArray runs => new(Words(name), null, [.. runs.Select((run, i) => Node($"run {i + 1}", run))]),
        null => new(Words(name), null, []),
        _ => new(Words(name), Words(node.ToString()), []),
    };

    private static string Words(string name) => name.Replace('_', ' ');
}

using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Weft.Model.Spec;

namespace Weft.Cli;

/// <summary>One branch of a specification for people: what it is called, its values on one line, and the branches below.</summary>
internal sealed record SpecNode(string Name, string? Value, IReadOnlyList<SpecNode> Children);

/// <summary>A specification as a tree, from <see cref="SpecDescription"/>, so that terminal, page and JSON always tell the same.</summary>
internal static class SpecTree
{
    /// <summary>The tree of a model.</summary>
    /// <param name="name">Stands at the root.</param>
    /// <param name="spec">The model.</param>
    public static SpecNode Of(string name, ModelSpec spec) => Node(name, SpecDescription.Describe(spec));

    /// <summary>Draws the tree with a line for each branch.</summary>
    public static void Draw(TextWriter output, SpecNode root) => Draw(output, root, "", "");

    private static void Draw(TextWriter output, SpecNode node, string firstIndent, string indent)
    {
        output.WriteLine(node.Value is null ? $"{firstIndent}{node.Name}" : $"{firstIndent}{node.Name}: {node.Value}");
        for (int i = 0; i < node.Children.Count; i++)
        {
            bool last = i == node.Children.Count - 1;
            Draw(output, node.Children[i], indent + (last ? "└─ " : "├─ "), indent + (last ? "   " : "│  "));
        }
    }

    private static SpecNode Node(string name, JsonObject part)
    {
        string values = Values(part);
        return new(name, values.Length == 0 ? null : values, [.. Branches(part)]);
    }

    private static IEnumerable<SpecNode> Branches(JsonObject part)
    {
        foreach ((string name, JsonNode? node) in part)
        {
            if (name == SpecDescription.Shapes)
                yield return new(name, null, [.. node!.AsObject().Select(shape => new SpecNode(shape.Key, Shape(shape.Value!.AsArray()), []))]);
            else if (node is JsonObject branch)
                yield return Node(Words(name), branch);
            else if (node is JsonArray runs)
                foreach (JsonObject run in runs.OfType<JsonObject>())
                    yield return Node(RunTitle(run), run);
        }
    }

    private static string Shape(JsonArray sizes) => $"[{string.Join(", ", sizes.Select(size => size!.ToJsonString()))}]";

    private static string RunTitle(JsonObject run)
    {
        int first = run[SpecDescription.FirstBlock]!.GetValue<int>(), count = run[SpecJson.BlockCount]!.GetValue<int>();
        return count == 1 ? $"block {first}" : $"blocks {first} to {first + count - 1}";
    }

    /// <summary>Numbers that say that there is nothing.</summary>
    private static readonly HashSet<(string, string)> Silent =
        [("scale", "1"), ("residual_scale", "1"), ("logit_scale", "1"), ("attention_factor", "1"), ("token_types", "0"), ("offset", "0")];

    private static string Values(JsonObject part)
    {
        // The title says these.
        bool isRun = part.ContainsKey(SpecDescription.FirstBlock);
        return string.Join(", ", part
            .Where(pair => pair.Value is JsonValue value && !Silent.Contains((pair.Key, value.ToJsonString())) && !(isRun && pair.Key is SpecDescription.FirstBlock or SpecJson.BlockCount))
            .Select(pair => pair.Key == SpecJson.Kind ? Value(pair.Value!) : $"{Words(pair.Key)} {Value(pair.Value!)}"));
    }

    private static string Value(JsonNode value) => value.GetValueKind() switch
    {
        JsonValueKind.True => "yes",
        JsonValueKind.False => "no",
        JsonValueKind.Number => value.ToJsonString().ToLower(CultureInfo.InvariantCulture),
        _ => Words(value.GetValue<string>()),
    };

    private static string Words(string name) => name
        .Replace("key_value", "key-value", StringComparison.Ordinal)
        .Replace("feed_forward", "feed-forward", StringComparison.Ordinal)
        .Replace('_', ' ');
}

using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Weft.Cli.Inspection;

/// <summary>Draws what <see cref="SpecDescription"/> gives as a tree: a branch for each object, its values on the branch's own line.</summary>
internal static class DescriptionTree
{
    /// <summary>Draws the branches of <paramref name="root"/>, under a line of their own.</summary>
    /// <param name="output">Receives the lines.</param>
    /// <param name="title">Stands at the root, before its values.</param>
    /// <param name="root">The whole description.</param>
    public static void Draw(TextWriter output, string title, JsonObject root) => Draw(output, title, root, "", "");

    private static void Draw(TextWriter output, string title, JsonObject part, string firstIndent, string indent)
    {
        string values = Values(part);
        output.WriteLine(values.Length == 0 ? $"{firstIndent}{title}" : $"{firstIndent}{title}: {values}");
        (string Title, JsonObject Part)[] branches = [.. Branches(part)];
        for (int i = 0; i < branches.Length; i++)
        {
            bool last = i == branches.Length - 1;
            Draw(output, branches[i].Title, branches[i].Part, indent + (last ? "└─ " : "├─ "), indent + (last ? "   " : "│  "));
        }
    }

    private static IEnumerable<(string Title, JsonObject Part)> Branches(JsonObject part)
    {
        foreach ((string name, JsonNode? node) in part)
        {
            if (node is JsonObject branch)
                yield return (Words(name), branch);
            else if (node is JsonArray runs)
                foreach (JsonObject run in runs.OfType<JsonObject>())
                    yield return (RunTitle(run), run);
        }
    }

    private static string RunTitle(JsonObject run)
    {
        int first = run[SpecDescription.FirstBlock]!.GetValue<int>(), count = run[SpecDescription.BlockCount]!.GetValue<int>();
        return count == 1 ? $"block {first}" : $"blocks {first} to {first + count - 1}";
    }

    private static string Values(JsonObject part)
    {
        // The title says these.
        bool isRun = part.ContainsKey(SpecDescription.FirstBlock);
        return string.Join(", ", part
            .Where(pair => pair.Value is JsonValue && !(isRun && pair.Key is SpecDescription.FirstBlock or SpecDescription.BlockCount))
            .Select(pair => pair.Key == SpecDescription.Kind ? Value(pair.Value!) : $"{Words(pair.Key)} {Value(pair.Value!)}"));
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

using System.Globalization;
using System.Text.Json.Nodes;

namespace Weft.Training.Runs.Checkpoints;

/// <summary>The first place where two JSON documents differ.</summary>
/// <param name="Path">Names down to the place, with dots; elements of lists by their index.</param>
/// <param name="Left">What the first has there, as JSON; "nothing" where it has nothing.</param>
/// <param name="Right">What the second has there.</param>
internal sealed record JsonDifference(string Path, string Left, string Right)
{
    private const string Nothing = "nothing";

    /// <summary>Characters of a value that a message shows.</summary>
    private const int MostShown = 80;

    /// <summary>Finds it; null where there is none.</summary>
    public static JsonDifference? Find(JsonNode? left, JsonNode? right) => Find("", left, right);

    private static JsonDifference? Find(string path, JsonNode? left, JsonNode? right)
    {
        switch (left, right)
        {
            case (JsonObject a, JsonObject b):
                return a.Select(pair => pair.Key).Union(b.Select(pair => pair.Key))
                    .Select(key => Member(path.Length == 0 ? key : $"{path}.{key}", a, b, key)).FirstOrDefault(found => found is not null);
            case (JsonArray a, JsonArray b) when a.Count == b.Count:
                return Enumerable.Range(0, a.Count)
                    .Select(i => Find(string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]"), a[i], b[i])).FirstOrDefault(found => found is not null);
            default:
                return JsonNode.DeepEquals(left, right) ? null : new(path, Show(left), Show(right));
        }
    }

    /// <summary>A name that one of them lacks is not the same as one without a value.</summary>
    private static JsonDifference? Member(string path, JsonObject left, JsonObject right, string key)
    {
        bool inLeft = left.TryGetPropertyValue(key, out JsonNode? a), inRight = right.TryGetPropertyValue(key, out JsonNode? b);
        return inLeft && inRight ? Find(path, a, b) : new(path, inLeft ? Show(a) : Nothing, inRight ? Show(b) : Nothing);
    }

    private static string Show(JsonNode? node)
    {
        string text = node?.ToJsonString() ?? Nothing;
        return text.Length > MostShown ? $"{text[..MostShown]}…" : text;
    }
}

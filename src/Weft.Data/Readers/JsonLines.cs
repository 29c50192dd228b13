using System.Text.Json;

namespace Weft.Data;

/// <summary>Texts of JSON objects, one a line.</summary>
internal static class JsonLines
{
    /// <summary>Values with the line of each object; empty lines are none.</summary>
    public static IEnumerable<(long Line, string[] Values)> Read(string file, TextReader reader, IReadOnlyList<string> keys, Func<string, JsonElement, string?>? other = null)
    {
        for (long line = 1; reader.ReadLine() is { } text; line++)
            if (!string.IsNullOrWhiteSpace(text))
                yield return (line, Values(file, line, text, keys, other));
    }

    private static string[] Values(string file, long line, string text, IReadOnlyList<string> keys, Func<string, JsonElement, string?>? other)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(text);
            if (json.RootElement.ValueKind != JsonValueKind.Object)
                throw TableFiles.Bad(file, line, $"holds a JSON {json.RootElement.ValueKind}, where an object was expected; write one object a line");
            return [.. keys.Select(key => Value(file, line, json.RootElement, key, other))];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException(TableFiles.Bad(file, line, $"is no JSON ({e.Message}); write one object a line").Message, e);
        }
    }

    private static string Value(string file, long line, JsonElement row, string key, Func<string, JsonElement, string?>? other)
    {
        if (!row.TryGetProperty(key, out JsonElement value))
            throw TableFiles.Bad(file, line, $"has no key '{key}'; it has {string.Join(", ", row.EnumerateObject().Take(12).Select(property => $"'{property.Name}'"))}");
        if (value.ValueKind != JsonValueKind.String)
            return other?.Invoke(key, value) ?? throw TableFiles.Bad(file, line, $"has a JSON {value.ValueKind} at '{key}', where a text was expected");
        string text = value.GetString()!;
        return text.Contains('\0', StringComparison.Ordinal) ? throw TableFiles.Bad(file, line, $"has a NUL at '{key}', which is no text; leave the row out") : text;
    }
}

using System.Text.Json;

namespace Weft.Data;

/// <summary>Texts of JSON objects.</summary>
internal static class JsonLines
{
    /// <summary>Values with the line of each object.</summary>
    public static IEnumerable<(long Line, string[] Values)> Read(string file, IReadOnlyList<string> keys, Func<string, JsonElement, string?>? other = null)
    {
        foreach ((long line, JsonElement row) in JsonObjects.Read(file, keys))
            yield return (line, [.. keys.Select(key => Value(file, line, row, key, other))]);
    }

    /// <summary>A text of an object.</summary>
    /// <exception cref="InvalidDataException">There is none; the message names file, line and what there is.</exception>
    public static string Value(string file, long line, JsonElement row, string key, Func<string, JsonElement, string?>? other = null)
    {
        if (!row.TryGetProperty(key, out JsonElement value))
            throw TableFiles.Bad(file, line, $"has no key '{key}'; it has {Keys(row)}");
        if (value.ValueKind != JsonValueKind.String)
            return other?.Invoke(key, value) ?? throw TableFiles.Bad(file, line, $"has a JSON {value.ValueKind} at '{key}', where a text was expected");
        string text = Text(file, line, value);
        return text.Contains('\0', StringComparison.Ordinal) ? throw TableFiles.Bad(file, line, $"has a NUL at '{key}', which is no text; leave the row out") : text;
    }

    /// <summary>The keys of an object, for messages.</summary>
    public static string Keys(JsonElement row)
    {
        const int most = 12;
        return string.Join(", ", row.EnumerateObject().Take(most).Select(property => $"'{property.Name}'"));
    }

    private static string Text(string file, long line, JsonElement value)
    {
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw new InvalidDataException(TableFiles.Bad(file, line, $"is no JSON ({e.Message}); write one object a line").Message, e);
        }
    }
}

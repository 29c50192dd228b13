using System.Globalization;
using System.Text.Json.Nodes;

namespace Weft.Evaluation.Harness.Tasks;

/// <summary>One row of a data set. What a task asks it for and does not find is named, with the file and the line.</summary>
/// <param name="Source">File and line, for messages.</param>
/// <param name="Content">An object of named fields, or a list of fields without names.</param>
public sealed record Row(string Source, JsonNode Content)
{
    /// <summary>The row has such a field, and it is not null.</summary>
    public bool Has(string name) => Content is JsonObject fields && fields[name] is not null;

    /// <summary>A field's text.</summary>
    public string Text(string name) => Text(Field(name), name);

    /// <summary>A whole number, written as one or as a text.</summary>
    public int Number(string name)
    {
        JsonNode field = Field(name);
        if (field is JsonValue value && (value.TryGetValue(out int number)
            || (value.TryGetValue(out string? text) && int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number))))
            return number;
        throw Refuse($"field '{name}' is {field.ToJsonString()}; a whole number was expected");
    }

    /// <summary>Yes or no, written as such or as 1 or 0.</summary>
    public bool Flag(string name) => Field(name) is JsonValue value && value.TryGetValue(out bool flag) ? flag
        : Number(name) switch
        {
            0 => false,
            1 => true,
            int other => throw Refuse($"field '{name}' is {other}; true, false, 1 or 0 were expected"),
        };

    /// <summary>A list of texts.</summary>
    public IReadOnlyList<string> Texts(string name) => Field(name) is JsonArray list
        ? [.. list.Select(item => item is null ? throw Refuse($"field '{name}' holds null") : Text(item, name))]
        : throw Refuse($"field '{name}' is no list; a list of texts was expected");

    /// <summary>An object inside the row.</summary>
    public Row Inner(string name) => Field(name) is JsonObject inner ? new($"{Source}, field '{name}'", inner) : throw Refuse($"field '{name}' is no object");

    /// <summary>The texts of a list without names, all of them.</summary>
    /// <param name="names">What they are, in their order.</param>
    public IReadOnlyList<string> Fields(params IReadOnlyList<string> names) => Content is JsonArray list && list.Count == names.Count
        ? [.. list.Select((item, i) => Text(item!, names[i]))]
        : throw Refuse($"it has {(Content as JsonArray)?.Count ?? 0} fields; {names.Count} were expected: {string.Join(", ", names)}");

    /// <summary>The place of an answer among the choices.</summary>
    /// <exception cref="InvalidDataException">There is no such choice.</exception>
    public int Choice(int index, int count) => index >= 0 && index < count ? index : throw Refuse($"its answer is choice {index}, but there are {count}, from 0 on");

    /// <summary>What is wrong with the row.</summary>
    public InvalidDataException Refuse(string problem) => new($"{Source}: {problem}");

    private string Text(JsonNode field, string name) => field is JsonValue value && value.TryGetValue(out string? text) ? text
        : throw Refuse($"field '{name}' is {field.ToJsonString()}; a text was expected");

    private JsonNode Field(string name) => (Content as JsonObject)?[name]
        ?? throw Refuse($"field '{name}' is missing; the row has {(Content is JsonObject fields && fields.Count > 0 ? string.Join(", ", fields.Select(field => $"'{field.Key}'")) : "no named fields")}");
}

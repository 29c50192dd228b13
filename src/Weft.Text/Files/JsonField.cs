using System.Text.Json;

namespace Weft.Text.Files;

/// <summary>A value of a JSON file together with where it stands, so that every complaint names file, field and value.</summary>
internal readonly record struct JsonField(string File, string Path, JsonElement Element)
{
    /// <summary>The field's value when it is present and not null.</summary>
    public JsonField? Optional(string name)
    {
        if (Element.ValueKind != JsonValueKind.Object)
            throw Refuse("write a JSON object here");
        try
        {
            return Element.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null
                ? new JsonField(File, PathOf(name), value)
                : null;
        }
        catch (InvalidOperationException)
        {
            // Names are compared unescaped, which fails for the escape of half a surrogate pair.
            throw Refuse("one of its names holds half a surrogate pair; write whole Unicode characters");
        }
    }

    public JsonField Required(string name) => Optional(name)
        ?? throw new InvalidDataException($"{File}: field '{PathOf(name)}' is missing; add it");

    public string Text()
    {
        if (Element.ValueKind != JsonValueKind.String)
            throw Refuse("write a JSON string here");
        try
        {
            return Element.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Refuse("it holds half a surrogate pair; write whole Unicode characters");
        }
    }

    public int Integer(int minimum, int maximum) =>
        Element.ValueKind == JsonValueKind.Number && Element.TryGetInt32(out int value) && value >= minimum && value <= maximum
            ? value
            : throw Refuse($"write an integer from {minimum} to {maximum} here");

    public bool Flag(string name, bool whenAbsent)
    {
        if (Optional(name) is not JsonField field)
            return whenAbsent;
        return field.Element.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw field.Refuse("write true or false here"),
        };
    }

    public IEnumerable<JsonField> Items()
    {
        if (Element.ValueKind != JsonValueKind.Array)
            throw Refuse("write a JSON array here");
        JsonField self = this;
        return Element.EnumerateArray().Select((item, index) => new JsonField(self.File, $"{self.Path}[{index}]", item));
    }

    /// <summary>The names and values of an object.</summary>
    public IEnumerable<(string Name, JsonField Value)> Properties()
    {
        if (Element.ValueKind != JsonValueKind.Object)
            throw Refuse("write a JSON object here");
        foreach (JsonProperty property in Element.EnumerateObject())
            yield return (NameOf(property), new JsonField(File, PathOf(JsonField.Shorten(NameOf(property))), property.Value));
    }

    private string NameOf(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException)
        {
            throw Refuse("one of its names holds half a surrogate pair; write whole Unicode characters");
        }
    }

    /// <summary>The error for this field: one line with file, field, value and what to do.</summary>
    public InvalidDataException Refuse(string remedy) =>
        new($"{File}: {(Path.Length == 0 ? "its content" : $"field '{Path}'")} is {Shown()}; {remedy}");

    private string PathOf(string name) => Path.Length == 0 ? name : $"{Path}.{name}";

    private string Shown()
    {
        string raw = Element.GetRawText();
        return Shorten(Element.ValueKind is JsonValueKind.Object or JsonValueKind.Array
            ? string.Join(' ', raw.Split([' ', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries))
            : raw);
    }

    /// <summary>A value fit for one line of a message.</summary>
    public static string Shorten(string value)
    {
        string line = value.ReplaceLineEndings(" ");
        return line.Length <= 60 ? line : string.Concat(line.AsSpan(0, 57), "...");
    }
}

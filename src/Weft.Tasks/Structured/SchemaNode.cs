using System.Text.Json;

namespace Weft.Tasks;

/// <summary>A schema, or a keyword's value, and where it stands.</summary>
/// <param name="Element">What stands there.</param>
/// <param name="Pointer">Its JSON pointer from the root, as a fragment: <c>#/properties/name</c>.</param>
internal readonly record struct SchemaNode(JsonElement Element, string Pointer)
{
    public bool Has(string keyword) => Element.ValueKind == JsonValueKind.Object && Element.TryGetProperty(keyword, out _);

    /// <summary>The value of a member that there is.</summary>
    public SchemaNode Child(string name) => new(Element.GetProperty(name), $"{Pointer}/{Escape(name)}");

    /// <summary>Null where there is no such member.</summary>
    public SchemaNode? Find(string name) => Has(name) ? Child(name) : null;

    /// <summary>The elements of an array.</summary>
    public IReadOnlyList<SchemaNode> Items()
    {
        if (Element.ValueKind != JsonValueKind.Array)
            throw Refuse($"it is {Kind}, not an array; write one");
        string pointer = Pointer;
        return [.. Element.EnumerateArray().Select((item, index) => new SchemaNode(item, $"{pointer}/{index}"))];
    }

    /// <summary>The members of an object.</summary>
    public IReadOnlyList<(string Name, SchemaNode Value)> Members()
    {
        if (Element.ValueKind != JsonValueKind.Object)
            throw Refuse($"it is {Kind}, not an object; write one");
        SchemaNode self = this;
        return [.. Element.EnumerateObject().Select(member => (member.Name, self.Child(member.Name))).DistinctBy(member => member.Name)];
    }

    /// <summary>A text.</summary>
    public string Text() => Element.ValueKind == JsonValueKind.String ? Element.GetString()! : throw Refuse($"it is {Kind}, not a string; write one");

    /// <summary>A number from 0 on.</summary>
    public int Count() => Element.ValueKind == JsonValueKind.Number && Element.TryGetInt32(out int count) && count >= 0 ? count
        : throw Refuse($"it is {Element.GetRawText()}; write an integer from 0 to {int.MaxValue}");

    /// <summary>The schema is damaged.</summary>
    public ArgumentException Refuse(string problem) => new($"JSON schema, {Pointer}: {problem}");

    /// <summary>The schema asks for what is not understood.</summary>
    public NotSupportedException Unsupported(string problem) => new($"JSON schema, {Pointer}: {problem}");

    private string Kind => Element.ValueKind switch
    {
        JsonValueKind.True or JsonValueKind.False or JsonValueKind.Null => Element.GetRawText(),
        JsonValueKind kind => $"of kind {kind}",
    };

    private static string Escape(string name) => name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);
}

using System.Globalization;
using System.Text.Json;

namespace Weft.Tasks;

/// <summary>A schema's references within itself, and its alternatives.</summary>
/// <param name="root">The whole schema.</param>
internal sealed class SchemaReferences(JsonElement root)
{
    /// <summary>How many references and alternatives are looked through to tell two schemas apart.</summary>
    private const int MostSteps = 16;

    public SchemaNode Root { get; } = new(root, "#");

    /// <summary>What <c>$ref</c> names.</summary>
    public SchemaNode Follow(SchemaNode schema)
    {
        SchemaNode reference = schema.Child(SchemaKeywords.Reference);
        string text = reference.Text();
        if (text != "#" && !text.StartsWith("#/", StringComparison.Ordinal))
            throw reference.Unsupported($"'{text}' is no place in this schema; only those are followed, such as #/$defs/name");
        SchemaNode target = Root;
        foreach (string part in Uri.UnescapeDataString(text).Split('/').Skip(1))
        {
            string name = part.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            target = target.Element.ValueKind == JsonValueKind.Array && int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int index) && (uint)index < (uint)target.Element.GetArrayLength() ? target.Items()[index]
                : target.Find(name) ?? throw reference.Refuse($"there is nothing at '{text}'; correct it, or add the schema");
        }
        return target;
    }

    /// <summary>The schemas of <c>anyOf</c>, <c>oneOf</c> or <c>allOf</c>, of which one holds; null where there are none.</summary>
    /// <exception cref="NotSupportedException">More than one would have to hold, or none of two but one.</exception>
    public IReadOnlyList<SchemaNode>? Alternatives(SchemaNode schema)
    {
        if (Listed(schema) is not { } list)
            return null;
        IReadOnlyList<SchemaNode> schemas = list.Items();
        if (schemas.Count == 0)
            throw list.Refuse("it holds no schema; add one");
        if (schema.Has(SchemaKeywords.AllOf) && schemas.Count > 1)
            throw list.Unsupported($"'{SchemaKeywords.AllOf}' of more than one schema is not supported; write them as one");
        for (int i = 0; schema.Has(SchemaKeywords.OneOf) && i < schemas.Count; i++)
            for (int j = i + 1; j < schemas.Count; j++)
                if (!AreApart(schemas[i], schemas[j], MostSteps))
                    throw list.Unsupported($"a value may be of both schemas {i} and {j}, which '{SchemaKeywords.OneOf}' forbids, as far as can be told; give them types, required constants or additionalProperties that exclude each other, or use '{SchemaKeywords.AnyOf}'");
        return schemas;
    }

    private static SchemaNode? Listed(SchemaNode schema) =>
        schema.Find(SchemaKeywords.AnyOf) ?? schema.Find(SchemaKeywords.OneOf) ?? schema.Find(SchemaKeywords.AllOf);

    /// <summary>No value is valid for both. Where that is not plain, false.</summary>
    private bool AreApart(SchemaNode a, SchemaNode b, int steps)
    {
        if (a.Element.ValueKind == JsonValueKind.False || b.Element.ValueKind == JsonValueKind.False)
            return true;
        if (steps == 0 || a.Element.ValueKind != JsonValueKind.Object || b.Element.ValueKind != JsonValueKind.Object)
            return false;
        if (Unfold(a) is { } ofA)
            return ofA.All(one => AreApart(one, b, steps - 1));
        if (Unfold(b) is { } ofB)
            return ofB.All(one => AreApart(a, one, steps - 1));
        IReadOnlyList<JsonElement>? valuesA = SchemaKeywords.Values(a), valuesB = SchemaKeywords.Values(b);
        if (valuesA is not null && valuesB is not null)
            return !valuesA.Any(one => valuesB.Any(other => JsonElement.DeepEquals(one, other)));
        if ((valuesA ?? valuesB) is { } values)
            return SchemaKeywords.Named(valuesA is null ? a : b) is { } types && !values.Any(value => types.Any(type => SchemaKeywords.IsOfType(value, type)));
        if (SchemaKeywords.Named(a) is not { } typesA || SchemaKeywords.Named(b) is not { } typesB)
            return false;
        string[] common = [.. Wide(typesA).Intersect(Wide(typesB))];
        return common.Length == 0 || (common is ["object"] && AreObjectsApart(a, b, steps - 1));
    }

    /// <summary>The schemas of which a value has to satisfy one; null where the schema itself says what it is.</summary>
    private IReadOnlyList<SchemaNode>? Unfold(SchemaNode schema) => schema.Has(SchemaKeywords.Reference) ? [Follow(schema)] : Listed(schema)?.Items();

    /// <summary>An integer is a number too.</summary>
    private static IEnumerable<string> Wide(IEnumerable<string> types) => types.Select(type => type == "integer" ? "number" : type).Distinct();

    private bool AreObjectsApart(SchemaNode a, SchemaNode b, int steps)
    {
        HashSet<string> requiredA = Required(a), requiredB = Required(b);
        return Lacks(b, requiredA) || Lacks(a, requiredB)
            || requiredA.Intersect(requiredB).Any(name => Property(a, name) is { } one && Property(b, name) is { } other && AreApart(one, other, steps));
    }

    private static HashSet<string> Required(SchemaNode schema) => [.. (schema.Find(SchemaKeywords.Required)?.Items() ?? []).Select(item => item.Text())];

    /// <summary>A schema forbids one of some names.</summary>
    private static bool Lacks(SchemaNode schema, HashSet<string> names) =>
        schema.Find(SchemaKeywords.AdditionalProperties) is { Element.ValueKind: JsonValueKind.False } && names.Any(name => Property(schema, name) is null);

    private static SchemaNode? Property(SchemaNode schema, string name) => schema.Find(SchemaKeywords.Properties)?.Find(name);
}

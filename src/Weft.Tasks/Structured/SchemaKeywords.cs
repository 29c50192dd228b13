using System.Text.Json;

namespace Weft.Tasks;

/// <summary>The keywords of JSON Schema (2020-12) that are understood. Any other is refused: a schema that is heeded in part would promise what does not hold.</summary>
internal static class SchemaKeywords
{
    public const string Types = "type", Enumeration = "enum", Constant = "const", Reference = "$ref", AnyOf = "anyOf", OneOf = "oneOf", AllOf = "allOf",
        Properties = "properties", Required = "required", AdditionalProperties = "additionalProperties",
        Items = "items", PrefixItems = "prefixItems", MinItems = "minItems", MaxItems = "maxItems", UniqueItems = "uniqueItems",
        MinLength = "minLength", MaxLength = "maxLength",
        Minimum = "minimum", Maximum = "maximum", ExclusiveMinimum = "exclusiveMinimum", ExclusiveMaximum = "exclusiveMaximum";

    private const string Id = "$id", Root = "#";

    /// <summary>Say nothing of what is valid.</summary>
    private static readonly HashSet<string> Annotations =
        ["title", "description", "default", "examples", "$schema", "$comment", "deprecated", "readOnly", "writeOnly", "$defs", "definitions"];

    /// <summary>Beside these, which have a schema of their own or name one, nothing else is understood.</summary>
    private static readonly string[] Alone = [Reference, AnyOf, OneOf, AllOf];

    private static readonly string[] Numbers = [Minimum, Maximum, ExclusiveMinimum, ExclusiveMaximum];

    /// <summary>Types of values, and the keywords that are about them alone.</summary>
    private static readonly Dictionary<string, string[]> ByType = new()
    {
        ["object"] = [Properties, Required, AdditionalProperties],
        ["array"] = [Items, PrefixItems, MinItems, MaxItems, UniqueItems],
        ["string"] = [MinLength, MaxLength],
        ["number"] = Numbers,
        ["integer"] = Numbers,
        ["boolean"] = [],
        ["null"] = [],
    };

    /// <summary>Refuses what is not understood, alone or together.</summary>
    public static void Check(SchemaNode schema)
    {
        string[] names = [.. schema.Members().Select(member => member.Name).Where(name => !Annotations.Contains(name) && !(name == Id && schema.Pointer == Root))];
        foreach (string name in names)
            if (!Alone.Contains(name) && name is not (Types or Enumeration or Constant) && !ByType.Values.Any(keywords => keywords.Contains(name)))
                throw schema.Child(name).Unsupported($"the keyword '{name}' is not supported{(name == Id ? " below the root" : "")}; leave it out");
        string? leading = Alone.FirstOrDefault(names.Contains) ?? names.FirstOrDefault(name => name is Enumeration or Constant);
        if (leading is null)
            return;
        string? other = names.FirstOrDefault(name => name != leading && !(!Alone.Contains(leading) && name is Types or Enumeration or Constant));
        if (other is not null)
            throw schema.Child(other).Unsupported($"the keyword '{other}' is not supported beside '{leading}'; write it {(Alone.Contains(leading) ? "into the schemas that it names" : "into the values")}, or leave it out");
    }

    /// <summary>The types that a schema names; null where it names none.</summary>
    public static IReadOnlyList<string>? Named(SchemaNode schema)
    {
        if (schema.Find(Types) is not { } type)
            return null;
        string[] names = type.Element.ValueKind == JsonValueKind.Array ? [.. type.Items().Select(item => item.Text())] : [type.Text()];
        string? unknown = names.FirstOrDefault(name => !ByType.ContainsKey(name));
        return unknown is not null ? throw type.Refuse($"there is no type '{unknown}'; use {string.Join(", ", ByType.Keys)}")
            : names.Length == 0 ? throw type.Refuse("it names no type; name one")
            : names;
    }

    /// <summary>
    /// The types that are written: those that a schema names, or else those that its keywords are about; null for all. A value of another type would be valid, but is not what is meant.
    /// </summary>
    public static IReadOnlyList<string>? Written(SchemaNode schema)
    {
        IReadOnlyList<string>? named = Named(schema);
        if (named is null)
        {
            string[] meant = [.. ByType.Where(type => type.Key != "integer" && type.Value.Any(schema.Has)).Select(type => type.Key)];
            return meant.Length > 0 ? meant : null;
        }
        foreach ((string type, string[] keywords) in ByType)
            if (!named.Any(name => ByType[name].Intersect(keywords).Any()) && keywords.FirstOrDefault(schema.Has) is { } idle)
                throw schema.Child(idle).Refuse($"'{idle}' is of type {type}, which '{Types}' does not name; leave it out, or name the type");
        return named;
    }

    /// <summary>A value is of a type.</summary>
    public static bool IsOfType(JsonElement value, string type) => value.ValueKind switch
    {
        JsonValueKind.Object => type == "object",
        JsonValueKind.Array => type == "array",
        JsonValueKind.String => type == "string",
        JsonValueKind.Number => type == "number" || (type == "integer" && NumberRange.Scale(value.GetRawText(), isInteger: true) is { } scaled && scaled.Below == scaled.Above),
        JsonValueKind.True or JsonValueKind.False => type == "boolean",
        _ => type == "null",
    };

    /// <summary>The values that a schema lists; null where it lists none.</summary>
    public static IReadOnlyList<JsonElement>? Values(SchemaNode schema)
    {
        if (!schema.Has(Enumeration) && !schema.Has(Constant))
            return null;
        IEnumerable<JsonElement> values = schema.Has(Constant) ? [schema.Child(Constant).Element] : schema.Child(Enumeration).Items().Select(item => item.Element);
        if (schema.Has(Constant) && schema.Find(Enumeration) is { } list)
            values = values.Where(value => list.Items().Any(item => JsonElement.DeepEquals(item.Element, value)));
        IReadOnlyList<string>? types = Named(schema);
        return [.. values.Where(value => types is null || types.Any(type => IsOfType(value, type)))];
    }
}

using System.Globalization;
using System.Numerics;
using System.Text.Json;

namespace Weft.Tasks.Tests.Structured;

/// <summary>JSON Schema as its specification reads, keyword by keyword, knowing nothing of grammars.</summary>
internal sealed class SchemaValidator(JsonElement root)
{
    /// <summary>An exponent that no bound has.</summary>
    private const int Beyond = 2000;

    public bool IsValid(JsonElement value) => IsValid(root, value);

    private bool IsValid(JsonElement schema, JsonElement value)
    {
        if (schema.ValueKind is JsonValueKind.True or JsonValueKind.False)
            return schema.ValueKind == JsonValueKind.True;
        return schema.EnumerateObject().All(keyword => Holds(schema, keyword.Name, keyword.Value, value));
    }

    private bool Holds(JsonElement schema, string keyword, JsonElement wanted, JsonElement value)
    {
        bool isObject = value.ValueKind == JsonValueKind.Object, isArray = value.ValueKind == JsonValueKind.Array, isText = value.ValueKind == JsonValueKind.String;
        bool isNumber = value.ValueKind == JsonValueKind.Number;
        return keyword switch
        {
            "type" => wanted.ValueKind == JsonValueKind.Array ? wanted.EnumerateArray().Any(type => IsOf(type.GetString()!, value)) : IsOf(wanted.GetString()!, value),
            "enum" => wanted.EnumerateArray().Any(one => JsonElement.DeepEquals(one, value)),
            "const" => JsonElement.DeepEquals(wanted, value),
            "anyOf" => wanted.EnumerateArray().Any(one => IsValid(one, value)),
            "oneOf" => wanted.EnumerateArray().Count(one => IsValid(one, value)) == 1,
            "allOf" => wanted.EnumerateArray().All(one => IsValid(one, value)),
            "$ref" => IsValid(Follow(wanted.GetString()!), value),
            "properties" => !isObject || value.EnumerateObject().All(member => !wanted.TryGetProperty(member.Name, out JsonElement inner) || IsValid(inner, member.Value)),
            "required" => !isObject || wanted.EnumerateArray().All(name => value.TryGetProperty(name.GetString()!, out _)),
            "additionalProperties" => !isObject || value.EnumerateObject().All(member =>
                (schema.TryGetProperty("properties", out JsonElement known) && known.TryGetProperty(member.Name, out _)) || IsValid(wanted, member.Value)),
            "prefixItems" => !isArray || value.EnumerateArray().Zip(wanted.EnumerateArray()).All(pair => IsValid(pair.Second, pair.First)),
            "items" => !isArray || value.EnumerateArray().Skip(schema.TryGetProperty("prefixItems", out JsonElement first) ? first.GetArrayLength() : 0).All(item => IsValid(wanted, item)),
            "minItems" => !isArray || value.GetArrayLength() >= wanted.GetInt32(),
            "maxItems" => !isArray || value.GetArrayLength() <= wanted.GetInt32(),
            "minLength" => !isText || value.GetString()!.EnumerateRunes().Count() >= wanted.GetInt32(),
            "maxLength" => !isText || value.GetString()!.EnumerateRunes().Count() <= wanted.GetInt32(),
            "minimum" => !isNumber || Compare(value, wanted) >= 0,
            "maximum" => !isNumber || Compare(value, wanted) <= 0,
            "exclusiveMinimum" => !isNumber || Compare(value, wanted) > 0,
            "exclusiveMaximum" => !isNumber || Compare(value, wanted) < 0,
            "$defs" or "title" or "description" => true,
            _ => throw new InvalidOperationException(keyword),
        };
    }

    private JsonElement Follow(string reference) =>
        reference.Split('/').Skip(1).Aggregate(root, (place, name) => place.ValueKind == JsonValueKind.Array ? place[int.Parse(name, CultureInfo.InvariantCulture)] : place.GetProperty(name));

    private static bool IsOf(string type, JsonElement value) => type switch
    {
        "integer" => value.ValueKind == JsonValueKind.Number && Exact(value) is var (digits, exponent) && (exponent >= 0 || digits % BigInteger.Pow(10, -exponent) == 0),
        "number" => value.ValueKind == JsonValueKind.Number,
        "string" => value.ValueKind == JsonValueKind.String,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "null" => value.ValueKind == JsonValueKind.Null,
        "array" => value.ValueKind == JsonValueKind.Array,
        "object" => value.ValueKind == JsonValueKind.Object,
        _ => throw new InvalidOperationException(type),
    };

    private static int Compare(JsonElement a, JsonElement b)
    {
        ((BigInteger digitsA, int exponentA), (BigInteger digitsB, int exponentB)) = (Exact(a), Exact(b));
        int least = Math.Min(exponentA, exponentB);
        return (digitsA * BigInteger.Pow(10, exponentA - least)).CompareTo(digitsB * BigInteger.Pow(10, exponentB - least));
    }

    /// <summary>A number as digits * 10^exponent.</summary>
    private static (BigInteger Digits, int Exponent) Exact(JsonElement number)
    {
        string text = number.GetRawText().ToLowerInvariant();
        int e = text.IndexOf('e', StringComparison.Ordinal);
        string mantissa = e < 0 ? text : text[..e];
        int point = mantissa.IndexOf('.', StringComparison.Ordinal);
        int exponent = (e < 0 ? 0 : (int)BigInteger.Clamp(BigInteger.Parse(text[(e + 1)..], CultureInfo.InvariantCulture), -Beyond, Beyond)) - (point < 0 ? 0 : mantissa.Length - point - 1);
        return (BigInteger.Parse(mantissa.Replace(".", "", StringComparison.Ordinal), CultureInfo.InvariantCulture), exponent);
    }
}

using System.Globalization;
using System.Text.Json.Nodes;

namespace Weft.Tasks.Tests.Structured;

/// <summary>Random schemas, and values that they allow, written in the order of their properties.</summary>
internal sealed class SchemaSamples(Random random)
{
    private const string Node = "#/$defs/node";

    private static readonly string[] Names = ["a", "name", "näme", "na", "日", "with space", "quo\"te", "back\\slash", "a/b~c", ""];

    private static readonly string[] Constants = ["\"x\"", "\"é\\\"\\n\"", "1", "-2.5", "true", "null", "[1, {\"a\": []}]", "{}", "{\"k\": \"v\"}"];

    /// <summary>A whole schema; within it, a list or tree may be referred to.</summary>
    public JsonObject Schema()
    {
        JsonObject schema = Part(3);
        schema["$defs"] = new JsonObject
        {
            ["node"] = new JsonObject
            {
                ["type"] = "object",
                ["properties"] = new JsonObject { ["value"] = Part(0), ["next"] = new JsonObject { ["anyOf"] = new JsonArray(new JsonObject { ["type"] = "null" }, new JsonObject { ["$ref"] = Node }) } },
                ["required"] = new JsonArray("value"),
                ["additionalProperties"] = false,
            },
        };
        // Read as any schema is, numbers have no types of their own.
        return JsonNode.Parse(schema.ToJsonString())!.AsObject();
    }

    /// <summary>A value that a part of a schema allows.</summary>
    /// <param name="root">The whole schema.</param>
    /// <param name="schema">The part.</param>
    /// <param name="depth">How much may be in one another where it need not.</param>
    public string Value(JsonObject root, JsonNode? schema, int depth = 4)
    {
        if (schema is not JsonObject part)
            return JsonText.Value(random, 1);
        if (part["$ref"] is not null)
            return Value(root, root["$defs"]!["node"], depth);
        if (part["const"] is { } constant)
            return Fixed(constant);
        if (part.ContainsKey("const"))
            return "null";
        if (part["enum"] is JsonArray list)
            return Fixed(list[random.Next(list.Count)]);
        if ((part["anyOf"] ?? part["oneOf"] ?? part["allOf"]) is JsonArray alternatives)
            return Value(root, alternatives[depth <= 0 ? 0 : random.Next(alternatives.Count)], depth);
        string type = part["type"] is JsonArray types ? (string)types[random.Next(types.Count)]! : (string)part["type"]!;
        return type switch
        {
            "null" => "null",
            "boolean" => random.Next(2) == 0 ? "true" : "false",
            "string" => JsonText.Characterwise(random, random.Next((int?)part["minLength"] ?? 0, ((int?)part["maxLength"] ?? 6) + 1)),
            "integer" => Integer(part).ToString(CultureInfo.InvariantCulture),
            "number" => Number(part),
            "array" => Array(root, part, depth),
            _ => Object(root, part, depth),
        };
    }

    private JsonObject Part(int depth) => random.Next(depth == 0 ? 9 : 15) switch
    {
        0 => new() { ["type"] = "boolean", ["title"] = "yes or no" },
        1 => new() { ["type"] = "null" },
        2 or 3 => Bounded(new() { ["type"] = "string" }, "minLength", "maxLength", random.Next(4), random.Next(6)),
        4 => Bounded(new() { ["type"] = "integer" }, random.Next(2) == 0 ? "minimum" : "exclusiveMinimum", random.Next(2) == 0 ? "maximum" : "exclusiveMaximum", random.Next(-120, 120), 2 + random.Next(300)),
        5 => Bounded(new() { ["type"] = "number" }, "minimum", "maximum", random.Next(-400, 400) / 16m, random.Next(400) / 16m),
        6 => new() { ["enum"] = new JsonArray([.. Enumerable.Range(0, 1 + random.Next(3)).Select(_ => JsonNode.Parse(Constants[random.Next(Constants.Length)]))]) },
        7 => new() { ["const"] = JsonNode.Parse(Constants[random.Next(Constants.Length)]) },
        8 => new() { ["type"] = new JsonArray("string", "integer", "null"), ["maxLength"] = 3, ["minimum"] = -3, ["maximum"] = 12 },
        9 => new() { ["anyOf"] = new JsonArray(Part(depth - 1), Part(depth - 1)) },
        10 => new() { ["oneOf"] = new JsonArray(new JsonObject { ["type"] = "null" }, new JsonObject { ["type"] = "object", ["properties"] = new JsonObject { ["only"] = Part(depth - 1) } }) },
        11 => new() { ["$ref"] = Node },
        12 => Tuple(depth),
        13 => Bounded(new() { ["type"] = "array", ["items"] = Part(depth - 1) }, "minItems", "maxItems", random.Next(3), random.Next(3)),
        _ => Properties(depth),
    };

    private JsonObject Tuple(int depth)
    {
        JsonObject schema = new() { ["type"] = "array", ["prefixItems"] = new JsonArray(Part(depth - 1), Part(depth - 1)) };
        if (random.Next(2) == 0)
            schema["items"] = random.Next(2) == 0 ? Part(depth - 1) : JsonValue.Create(false);
        bool isClosed = schema["items"] is JsonValue;
        return Bounded(schema, "minItems", "maxItems", random.Next(isClosed ? 3 : 4), isClosed ? 2 : random.Next(3));
    }

    private JsonObject Properties(int depth)
    {
        string[] names = [.. Names.OrderBy(_ => random.Next()).Take(random.Next(5))];
        JsonObject schema = new() { ["type"] = "object" }, properties = [];
        foreach (string name in names)
            properties[name] = Part(depth - 1);
        if (names.Length > 0 || random.Next(2) == 0)
            schema["properties"] = properties;
        schema["required"] = new JsonArray([.. names.Where(_ => random.Next(2) == 0).Select(name => JsonValue.Create(name))]);
        if (random.Next(3) > 0)
            schema["additionalProperties"] = random.Next(3) switch
            {
                0 => JsonValue.Create(false),
                1 => JsonValue.Create(true),
                _ => Part(0),
            };
        return schema;
    }

    private JsonObject Bounded(JsonObject schema, string least, string most, decimal minimum, decimal more)
    {
        if (random.Next(3) > 0)
            schema[least] = JsonNode.Parse(minimum.ToString(CultureInfo.InvariantCulture));
        if (random.Next(3) > 0)
            schema[most] = JsonNode.Parse((minimum + more).ToString(CultureInfo.InvariantCulture));
        return schema;
    }

    private string Fixed(JsonNode? value) => value switch
    {
        JsonObject members => JsonText.List(random, "{}", [.. members.Select(member => JsonText.Member(random, JsonText.Plain(member.Key), Fixed(member.Value)))]),
        JsonArray items => JsonText.List(random, "[]", [.. items.Select(Fixed)]),
        JsonValue text when text.TryGetValue(out string? plain) => JsonText.Plain(plain),
        null => "null",
        _ => value.ToJsonString(),
    };

    private long Integer(JsonObject schema)
    {
        long low = (long?)schema["minimum"] ?? ((long?)schema["exclusiveMinimum"] + 1) ?? long.MinValue / 10;
        long high = (long?)schema["maximum"] ?? ((long?)schema["exclusiveMaximum"] - 1) ?? long.MaxValue / 10;
        return random.Next(4) switch
        {
            0 => low,
            1 => high,
            _ => random.NextInt64(low, high + 1),
        };
    }

    private string Number(JsonObject schema)
    {
        decimal low = (decimal?)schema["minimum"] ?? -1_000_000, high = (decimal?)schema["maximum"] ?? 1_000_000;
        decimal value = random.Next(4) switch
        {
            0 => low,
            1 => high,
            _ => Math.Round(low + ((high - low) * (decimal)random.NextDouble()), random.Next(4, 16)),
        };
        value = Math.Clamp(value, low, high);
        return value == 0 ? "0" : value.ToString(CultureInfo.InvariantCulture);
    }

    private string Array(JsonObject root, JsonObject schema, int depth)
    {
        JsonArray prefix = schema["prefixItems"] as JsonArray ?? [];
        int minimum = (int?)schema["minItems"] ?? 0;
        // Without a schema for them, others than the first come only where they must.
        int natural = prefix.Count > 0 && schema["items"] is not JsonObject ? Math.Max(prefix.Count, minimum) : minimum + 2;
        int maximum = Math.Min((int?)schema["maxItems"] ?? int.MaxValue, natural);
        int count = depth <= 0 ? minimum : random.Next(minimum, maximum + 1);
        return JsonText.List(random, "[]", [.. Enumerable.Range(0, count).Select(i => Value(root, i < prefix.Count ? prefix[i] : schema["items"], depth - 1))]);
    }

    private string Object(JsonObject root, JsonObject schema, int depth)
    {
        HashSet<string> required = [.. (schema["required"] as JsonArray ?? []).Select(name => (string)name!)];
        JsonObject properties = schema["properties"] as JsonObject ?? [];
        List<string> members = [.. properties.Where(property => required.Contains(property.Key) || (depth > 0 && random.Next(2) == 0))
            .Select(property => JsonText.Member(random, JsonText.Plain(property.Key), Value(root, property.Value, depth - 1)))];
        JsonNode? additional = schema["additionalProperties"];
        bool isOpen = schema.ContainsKey("additionalProperties") ? additional is JsonObject || (bool)additional! : properties.Count == 0;
        for (int i = 0; isOpen && depth > 0 && i < random.Next(3); i++)
            members.Add(JsonText.Member(random, $"\"other {"xyé"[i]} name\"", Value(root, additional as JsonObject, depth - 1)));
        return JsonText.List(random, "{}", members);
    }
}

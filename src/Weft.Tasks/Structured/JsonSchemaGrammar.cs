using System.Numerics;
using System.Text.Json;

namespace Weft.Tasks;

/// <summary>
/// A JSON schema (2020-12) as a grammar whose texts are all valid. Not every valid text is one of them: properties stand in the order of the schema, and no others beside them unless it
/// says so; numbers and white space are those of <see cref="JsonGrammar"/>. What is not understood is refused.
/// </summary>
internal sealed class JsonSchemaGrammar
{
    private readonly SchemaReferences _references;

    /// <summary>By place and levels that are left, so that a schema may be a part of itself and yet no deeper than JSON is read.</summary>
    private readonly Dictionary<(string Pointer, int Depth), ByteGrammar.Rule> _rules = [];

    private JsonSchemaGrammar(JsonElement root) => _references = new(root);

    /// <exception cref="ArgumentException">The schema is damaged; the message names the place.</exception>
    /// <exception cref="NotSupportedException">A keyword is not understood; the message names it and its place.</exception>
    public static ByteGrammar Of(JsonElement schema)
    {
        var grammar = new JsonSchemaGrammar(schema);
        try
        {
            return grammar.ValueOf(grammar._references.Root, JsonGrammar.MaximumDepth);
        }
        catch (InvalidOperationException e)
        {
            // What the reader of JSON says of a string with half a surrogate pair.
            throw new ArgumentException($"JSON schema: {e.Message}; correct the text", nameof(schema), e);
        }
    }

    private ByteGrammar.Rule ValueOf(SchemaNode schema, int depth)
    {
        if (!_rules.TryGetValue((schema.Pointer, depth), out ByteGrammar.Rule? rule))
        {
            _rules[(schema.Pointer, depth)] = rule = new();
            rule.Body = Build(schema, depth);
        }
        return rule;
    }

    private ByteGrammar Build(SchemaNode schema, int depth)
    {
        if (schema.Element.ValueKind is JsonValueKind.True or JsonValueKind.False)
            return schema.Element.ValueKind == JsonValueKind.True ? JsonGrammar.Value(depth) : ByteGrammar.Never;
        SchemaKeywords.Check(schema);
        if (schema.Has(SchemaKeywords.Reference))
            return ValueOf(_references.Follow(schema), depth);
        if (_references.Alternatives(schema) is { } alternatives)
            return ByteGrammar.Either([.. alternatives.Select(one => ValueOf(one, depth))]);
        if (SchemaKeywords.Values(schema) is { } values)
            return ByteGrammar.Either([.. values.Select(value => JsonGrammar.Literal(value, depth))]);
        return SchemaKeywords.Written(schema) is not { } types ? JsonGrammar.Value(depth)
            : ByteGrammar.Either([.. types.Distinct().Select(type => OfType(schema, type, depth))]);
    }

    private ByteGrammar OfType(SchemaNode schema, string type, int depth) => type switch
    {
        "object" => depth == 0 ? ByteGrammar.Never : ObjectOf(schema, depth - 1),
        "array" => depth == 0 ? ByteGrammar.Never : ArrayOf(schema, depth - 1),
        "string" => StringOf(schema),
        "number" or "integer" => NumberOf(schema, type == "integer"),
        "boolean" => JsonGrammar.Boolean,
        _ => JsonGrammar.Null,
    };

    private ByteGrammar ObjectOf(SchemaNode schema, int depth)
    {
        SchemaNode? additional = schema.Find(SchemaKeywords.AdditionalProperties);
        List<(string Name, SchemaNode Value)> properties = [.. schema.Find(SchemaKeywords.Properties)?.Members() ?? []];
        bool isOpen = additional is { } given ? given.Element.ValueKind != JsonValueKind.False : properties.Count == 0;
        ByteGrammar others = additional is { Element.ValueKind: not JsonValueKind.False } other ? ValueOf(other, depth) : JsonGrammar.Value(depth);
        HashSet<string> required = [.. schema.Find(SchemaKeywords.Required)?.Items().Select(item => item.Text()) ?? []];
        List<(string Name, ByteGrammar Value)> members = [.. properties.Select(property => (property.Name, (ByteGrammar)ValueOf(property.Value, depth)))];
        foreach (string name in required.Except(properties.Select(property => property.Name)))
            members.Add((name, additional is { Element.ValueKind: JsonValueKind.False }
                ? throw schema.Child(SchemaKeywords.Required).Refuse($"'{name}' is required, but '{SchemaKeywords.Properties}' does not have it and '{SchemaKeywords.AdditionalProperties}' is false; add the property")
                : others));
        ByteGrammar? free = isOpen ? JsonGrammar.Member(FreeName.Except(members.Select(member => member.Name)), others) : null;
        ByteGrammar close = ByteGrammar.Then(JsonGrammar.Space, ByteGrammar.Literal("}"));
        // What may follow another member, and what may follow the bracket, from the last property to the first.
        ByteGrammar further = free is null ? close : ByteGrammar.Then(JsonGrammar.Further(free, 0, null), close);
        ByteGrammar first = free is null ? ByteGrammar.Literal("}") : ByteGrammar.Either(ByteGrammar.Literal("}"), ByteGrammar.Then(JsonGrammar.Space, free, further));
        foreach ((string name, ByteGrammar value) in Enumerable.Reverse(members))
        {
            ByteGrammar member = JsonGrammar.Member(JsonGrammar.Literal(name), value);
            ByteGrammar next = ByteGrammar.Then(JsonGrammar.Next(member), further), begin = ByteGrammar.Then(JsonGrammar.Space, member, further);
            bool isOptional = !required.Contains(name);
            (further, first) = (isOptional ? ByteGrammar.Either(next, further) : next, isOptional ? ByteGrammar.Either(begin, first) : begin);
        }
        return ByteGrammar.Then(ByteGrammar.Literal("{"), first);
    }

    private ByteGrammar ArrayOf(SchemaNode schema, int depth)
    {
        if (schema.Find(SchemaKeywords.UniqueItems) is { Element.ValueKind: not JsonValueKind.False } unique)
            throw unique.Unsupported($"the keyword '{SchemaKeywords.UniqueItems}' is not supported; leave it out");
        ByteGrammar[] prefix = [.. (schema.Find(SchemaKeywords.PrefixItems)?.Items() ?? []).Select(item => ValueOf(item, depth))];
        SchemaNode? items = schema.Find(SchemaKeywords.Items);
        if (items is { Element.ValueKind: JsonValueKind.Array } list)
            throw list.Refuse($"it is an array, as older drafts have it; call it '{SchemaKeywords.PrefixItems}'");
        (int minimum, int? maximum) = CountsOf(schema, SchemaKeywords.MinItems, SchemaKeywords.MaxItems);
        // Without a schema of their own, items after the first ones come only where they must.
        int? most = items is null && prefix.Length > 0 ? Math.Max(prefix.Length, minimum) : null;
        maximum = most < (maximum ?? int.MaxValue) ? most : maximum;
        ByteGrammar rest = items is { } given ? ValueOf(given, depth) : JsonGrammar.Value(depth);
        if (prefix.Length == 0)
            return JsonGrammar.List("[]", rest, minimum, maximum);
        ByteGrammar close = ByteGrammar.Literal("]"), further = ByteGrammar.Then(JsonGrammar.Space, close);
        int left = (maximum ?? int.MaxValue) - prefix.Length;
        if (left > 0)
            further = ByteGrammar.Then(JsonGrammar.Further(rest, Math.Max(0, minimum - prefix.Length), maximum is null ? null : left), further);
        for (int i = Math.Min(prefix.Length, maximum ?? int.MaxValue) - 1; i > 0; i--)
        {
            ByteGrammar next = ByteGrammar.Then(JsonGrammar.Next(prefix[i]), further);
            further = i >= minimum ? ByteGrammar.Either(next, ByteGrammar.Then(JsonGrammar.Space, close)) : next;
        }
        ByteGrammar open = ByteGrammar.Literal("["), none = minimum == 0 ? ByteGrammar.Then(open, close) : ByteGrammar.Never;
        return maximum == 0 ? none : ByteGrammar.Either(none, ByteGrammar.Then(open, JsonGrammar.Space, prefix[0], further));
    }

    private static ByteGrammar StringOf(SchemaNode schema)
    {
        (int minimum, int? maximum) = CountsOf(schema, SchemaKeywords.MinLength, SchemaKeywords.MaxLength);
        return JsonGrammar.StringOf(minimum, maximum);
    }

    private static (int Minimum, int? Maximum) CountsOf(SchemaNode schema, string least, string most)
    {
        int minimum = schema.Find(least)?.Count() ?? 0;
        int? maximum = schema.Find(most)?.Count();
        return minimum <= (maximum ?? int.MaxValue) ? (minimum, maximum)
            : throw schema.Child(most).Refuse($"it is {maximum}, below '{least}', which is {minimum}; raise it");
    }

    private static ByteGrammar NumberOf(SchemaNode schema, bool isInteger)
    {
        BigInteger limit = NumberRange.Limit(isInteger), low = -limit, high = limit;
        bool isBounded = false;
        foreach (string keyword in new[] { SchemaKeywords.Minimum, SchemaKeywords.ExclusiveMinimum, SchemaKeywords.Maximum, SchemaKeywords.ExclusiveMaximum })
        {
            if (schema.Find(keyword) is not { } bound)
                continue;
            isBounded = true;
            (BigInteger below, BigInteger above) = (bound.Element.ValueKind == JsonValueKind.Number ? NumberRange.Scale(bound.Element.GetRawText(), isInteger) : null)
                ?? throw bound.Refuse($"it is {bound.Element.GetRawText()}; write a number, with no exponent beyond reason");
            // Between two neighbours of the numbers that can be written, both kinds of bounds are one.
            if (keyword is SchemaKeywords.Minimum or SchemaKeywords.ExclusiveMinimum)
                low = BigInteger.Max(low, keyword == SchemaKeywords.Minimum ? above : below + 1);
            else
                high = BigInteger.Min(high, keyword == SchemaKeywords.Maximum ? below : above - 1);
        }
        return !isBounded ? isInteger ? JsonGrammar.Integer : JsonGrammar.Number
            : low <= high ? NumberRange.Between(low, high, isInteger)
            : throw schema.Refuse($"no {(isInteger ? "integer" : "number")} of at most {JsonGrammar.MaximumDigits} digits before and behind its point lies within the bounds; widen them");
    }
}

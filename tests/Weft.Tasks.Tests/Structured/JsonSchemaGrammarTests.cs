using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;

namespace Weft.Tasks.Tests.Structured;

/// <summary>Schemas by the grammar against a validator that knows nothing of it.</summary>
public sealed class JsonSchemaGrammarTests
{
    [Fact]
    public void Values_of_a_schema_are_accepted()
    {
        int longer = 0;
        for (int seed = 0; seed < 3000; seed++)
        {
            (JsonObject schema, GrammarAutomaton automaton, SchemaValidator validator, Random random) = Sample(seed);
            for (int i = 0; i < 3; i++)
            {
                string value = new SchemaSamples(random).Value(schema, schema);
                using JsonDocument document = JsonDocument.Parse(value);
                Assert.True(validator.IsValid(document.RootElement), $"the sample is wrong: {value}\n{schema}");
                Assert.True(GrammarWalk.Accepts(automaton, value), $"seed {seed}: {value}\n{schema}");
                longer += value.Length > 60 ? 1 : 0;
            }
        }
        Assert.True(longer > 300, $"only {longer} values are of some length");
    }

    [Fact]
    public void Whatever_is_accepted_is_valid()
    {
        for (int seed = 0; seed < 700; seed++)
        {
            (JsonObject schema, GrammarAutomaton automaton, SchemaValidator validator, Random random) = Sample(seed);
            for (int i = 0; i < 3; i++)
            {
                byte[] text = GrammarWalk.Text(automaton, random);
                Assert.True(IsValid(validator, text), $"seed {seed}: {Encoding.UTF8.GetString(text)}\n{schema}");
            }
        }
    }

    [Fact]
    public void What_is_not_valid_is_rejected()
    {
        int rejected = 0, invalid = 0, accepted = 0;
        for (int seed = 0; seed < 3000; seed++)
        {
            (JsonObject schema, GrammarAutomaton automaton, SchemaValidator validator, Random random) = Sample(seed);
            byte[] value = Encoding.UTF8.GetBytes(new SchemaSamples(random).Value(schema, schema));
            for (int i = 0; i < 10; i++)
            {
                byte[] text = GrammarWalk.Mutate(value, random);
                bool isAccepted = GrammarWalk.Accepts(automaton, text);
                accepted += isAccepted ? 1 : 0;
                if (IsValid(validator, text))
                    continue;
                Assert.False(isAccepted, $"seed {seed}: {Encoding.UTF8.GetString(text)}\n{schema}");
                rejected++;
                invalid += JsonGrammarTests.IsJson(text) ? 1 : 0;
            }
        }
        Assert.True(rejected > 5000 && invalid > 1000 && accepted > 1000, $"{rejected} rejected, of them {invalid} that are JSON; {accepted} accepted");
    }

    [Theory]
    [InlineData("""{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"null"},"c":{"type":"boolean"}},"required":["b"]}""",
        new[] { """{"b":null}""", """{"a":1,"b":null}""", """{"b":null,"c":true}""", """{ "a": 1, "b": null, "c": false }""" },
        new[] { "{}", """{"a":1}""", """{"b":null,"a":1}""", """{"b":null,"d":1}""", """{"b":null,"b":null}""", """{"b":null,}""", """{,"b":null}""" })]
    [InlineData("""{"type":"object","properties":{"a":{"type":"integer"},"ab":{"type":"integer"},"日":{}},"additionalProperties":{"type":"null"}}""",
        new[] { "{}", """{"a":1,"x":null,"":null,"日本":null,"abc":null,"é":null}""", """{"aa":null}""", """{"b":null}""" },
        new[] { """{"x":1}""", """{"a":null}""", """{"x":null,"a":null}""", """{"x":null,"ab":null}""", """{"x":null,"\u0061b":null}""", """{"x":null,"日":null}""", """{"日":1,"日":null}""" })]
    [InlineData("""{"properties":{"a":true},"required":["a","z"],"additionalProperties":{"type":"string"}}""",
        new[] { """{"a":1,"z":"y"}""", """{"a":1,"z":"y","q":""}""" }, new[] { "1", """{"a":1}""", """{"a":1,"z":2}""" })]
    [InlineData("""{"type":"array","prefixItems":[{"type":"integer"},{"type":"string"}],"minItems":1}""", new[] { "[1]", "[1,\"a\"]" }, new[] { "[]", "[\"a\"]", "[1,\"a\",2]", "[1,2]" })]
    [InlineData("""{"type":"array","prefixItems":[{"type":"integer"}],"minItems":3}""", new[] { "[1,2,3]", "[1,null,{}]" }, new[] { "[1,2]", "[1,2,3,4]", "[null,2,3]" })]
    [InlineData("""{"type":"array","items":{"type":"integer"},"minItems":2,"maxItems":3,"uniqueItems":false}""", new[] { "[1,2]", "[ 1, 2, 3 ]" }, new[] { "[]", "[1]", "[1,2,3,4]", "[1,\"2\"]" })]
    [InlineData("""{"items":false}""", new[] { "[]" }, new[] { "[1]", "1" })]
    [InlineData("""{"type":"string","minLength":2,"maxLength":3}""", new[] { "\"ab\"", "\"日本語\"", "\"😀\\uD83D\\uDE00a\"", "\"\\n\\\"\"" }, new[] { "\"a\"", "\"abcd\"", "\"\"", "\"😀\"" })]
    [InlineData("""{"enum":["a",1,null,{"k":[1,2]}],"type":["string","object"]}""", new[] { "\"a\"", """{"k":[1,2]}""", """{ "k": [1, 2] }""" }, new[] { "1", "null", """{"k":[1]}""", "\"b\"" })]
    [InlineData("""{"enum":[1,2,3],"const":2}""", new[] { "2" }, new[] { "1", "3" })]
    [InlineData("""{"enum":[1.5,2.0,3],"type":"integer"}""", new[] { "2.0", "3" }, new[] { "1.5" })]
    [InlineData("""{"allOf":[{"type":"null"}]}""", new[] { "null" }, new[] { "1" })]
    [InlineData("{}", new[] { "1", "\"a\"", "[{}]", "null" }, new[] { "", "a" })]
    [InlineData("true", new[] { "1", "[]" }, new[] { "x" })]
    [InlineData("""{"oneOf":[{"type":"object","properties":{"kind":{"const":"a"},"x":{"type":"integer"}},"required":["kind"]},{"type":"object","properties":{"kind":{"enum":["b","c"]}},"required":["kind"]}]}""",
        new[] { """{"kind":"a","x":1}""", """{"kind":"c"}""" }, new[] { """{"kind":"b","x":1}""", """{"kind":"d"}""" })]
    [InlineData("""{"$defs":{"a/b~c d":{"type":"null"}},"anyOf":[{"$ref":"#/$defs/a~1b~0c%20d"},{"type":"array","items":{"$ref":"#"}}]}""", new[] { "null", "[[],[null]]" }, new[] { "1", "[1]" })]
    [InlineData("""{"properties":{"child":{"$ref":"#/properties/other"},"other":{"type":"boolean"}}}""", new[] { """{"child":true}""" }, new[] { """{"child":1}""" })]
    [InlineData("""{"type":["integer","null"],"minimum":1,"maximum":5,"$schema":"https://json-schema.org/draft/2020-12/schema","$id":"https://example.org/x","$comment":"c","description":"d","default":1,"examples":[2],"title":"t"}""",
        new[] { "1", "5", "null" }, new[] { "0", "6", "1.0", "-1" })]
    public void Keywords_mean_what_they_say(string schema, string[] accepted, string[] rejected)
    {
        var automaton = new GrammarAutomaton(Of(schema));
        Assert.All(accepted, text => Assert.True(GrammarWalk.Accepts(automaton, text), text));
        Assert.All(rejected, text => Assert.False(GrammarWalk.Accepts(automaton, text), text));
    }

    [Theory]
    [InlineData("""{"type":"string","pattern":"a+"}""", "#/pattern", "'pattern'")]
    [InlineData("""{"properties":{"a/b":{"type":"string","format":"date"}}}""", "#/properties/a~1b/format", "'format'")]
    [InlineData("""{"type":"number","multipleOf":2}""", "#/multipleOf", "'multipleOf'")]
    [InlineData("""{"type":"array","items":{"not":{}}}""", "#/items/not", "'not'")]
    [InlineData("""{"type":"array","uniqueItems":true}""", "#/uniqueItems", "'uniqueItems'")]
    [InlineData("""{"type":"object","patternProperties":{}}""", "#/patternProperties", "'patternProperties'")]
    [InlineData("""{"type":"object","requried":["a"]}""", "#/requried", "'requried'")]
    [InlineData("""{"$defs":{"a":{"if":{}}},"$ref":"#/$defs/a"}""", "#/$defs/a/if", "'if'")]
    [InlineData("""{"allOf":[{},{}]}""", "#/allOf", "'allOf'")]
    [InlineData("""{"anyOf":[{"type":"null"}],"type":"null"}""", "#/type", "beside 'anyOf'")]
    [InlineData("""{"enum":["a"],"minLength":1}""", "#/minLength", "beside 'enum'")]
    [InlineData("""{"$ref":"https://example.org/x"}""", "#/$ref", "no place in this schema")]
    [InlineData("""{"$ref":"#anchor"}""", "#/$ref", "no place in this schema")]
    [InlineData("""{"items":{"$id":"x"}}""", "#/items/$id", "'$id'")]
    [InlineData("""{"oneOf":[{"type":"integer"},{"type":"number"}]}""", "#/oneOf", "schemas 0 and 1")]
    [InlineData("""{"oneOf":[{"type":"null"},{"type":"object","properties":{"a":{"const":1}}},{"type":"object","properties":{"a":{"const":2}}}]}""", "#/oneOf", "schemas 1 and 2")]
    [InlineData("""{"oneOf":[{"const":1},{}]}""", "#/oneOf", "schemas 0 and 1")]
    public void What_is_not_understood_is_refused_with_its_place(string schema, string place, string name)
    {
        string message = Assert.Throws<NotSupportedException>(() => Of(schema)).Message;
        Assert.StartsWith($"JSON schema, {place}: ", message, StringComparison.Ordinal);
        Assert.Contains(name, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"type":"text"}""", "#/type", "'text'")]
    [InlineData("""{"type":[]}""", "#/type", "no type")]
    [InlineData("""{"type":1}""", "#/type", "not a string")]
    [InlineData("""{"type":"null","maxLength":1}""", "#/maxLength", "of type string")]
    [InlineData("""{"type":"string","minLength":3,"maxLength":2}""", "#/maxLength", "below 'minLength'")]
    [InlineData("""{"type":"string","minLength":-1}""", "#/minLength", "-1")]
    [InlineData("""{"type":"array","items":[{}]}""", "#/items", "prefixItems")]
    [InlineData("""{"type":"object","properties":{"a":3}}""", "#/properties/a", "not an object")]
    [InlineData("""{"type":"object","properties":[]}""", "#/properties", "not an object")]
    [InlineData("""{"properties":{"a":{}},"required":["b"],"additionalProperties":false}""", "#/required", "'b'")]
    [InlineData("""{"required":[1]}""", "#/required/0", "not a string")]
    [InlineData("""{"$ref":"#/$defs/a"}""", "#/$ref", "nothing at '#/$defs/a'")]
    [InlineData("""{"anyOf":[]}""", "#/anyOf", "no schema")]
    [InlineData("""{"type":"integer","minimum":2,"exclusiveMaximum":3,"exclusiveMinimum":2}""", "#", "no integer")]
    [InlineData("""{"type":"integer","minimum":0.1,"maximum":0.9}""", "#", "no integer")]
    [InlineData("""{"type":"number","minimum":1e18}""", "#", "no number")]
    [InlineData("""{"type":"number","exclusiveMinimum":true}""", "#/exclusiveMinimum", "true")]
    [InlineData("""{"type":"number","minimum":1e99999}""", "#/minimum", "1e99999")]
    [InlineData("3", "#", "not an object")]
    public void What_is_damaged_is_refused_with_its_place(string schema, string place, string reason)
    {
        string message = Assert.Throws<ArgumentException>(() => Of(schema)).Message;
        Assert.StartsWith($"JSON schema, {place}: ", message, StringComparison.Ordinal);
        Assert.Contains(reason, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("false")]
    [InlineData("""{"$ref":"#"}""")]
    [InlineData("""{"type":"object","properties":{"self":{"$ref":"#"}},"required":["self"]}""")]
    [InlineData("""{"type":"object","properties":{"a":false},"required":["a"]}""")]
    [InlineData("""{"const":1,"type":"string"}""")]
    public void A_schema_that_nothing_satisfies_has_no_text(string schema) => Assert.True(new GrammarAutomaton(Of(schema)).Start.IsDead);

    [Fact]
    public void A_schema_within_itself_is_as_deep_as_JSON_is_read()
    {
        var automaton = new GrammarAutomaton(Of("""{"type":"array","items":{"$ref":"#"}}"""));
        Assert.True(GrammarWalk.Accepts(automaton, new string('[', 64) + new string(']', 64)));
        Assert.True(automaton.Next(automaton.Start, Encoding.ASCII.GetBytes(new string('[', 65))).IsDead);
    }

    /// <summary>All short decimals there are, compared with what .NET's decimal says of them.</summary>
    [Fact]
    public void Bounds_of_numbers_hold_to_the_last_digit()
    {
        string[] wholes = [.. Enumerable.Range(0, 131).SelectMany(whole => new[] { $"{whole}", $"-{whole}" }), "00", "007", "-01", "", "-"];
        string[] fractions = ["", ".", .. Enumerable.Range(0, 10).Select(digit => $".{digit}"), .. Enumerable.Range(0, 100).Select(digits => $".{digits:00}"), ".500", ".0000", ".12500", ".999999999999999999", ".9999999999999999999"];
        string[] texts = [.. wholes.SelectMany(whole => fractions.Select(fraction => whole + fraction))];
        for (int seed = 0; seed < 60; seed++)
        {
            var random = new Random(seed);
            bool isInteger = random.Next(2) == 0, excludesLow = random.Next(2) == 0, excludesHigh = random.Next(2) == 0;
            decimal scale = random.Next(3) switch { 0 => 1, 1 => 10, _ => 400 };
            decimal low = random.Next(-4000, 4000) / 40m * (scale / 40), high = low + (random.Next(1, 4000) / scale) + 1;
            (bool hasLow, bool hasHigh) = (random.Next(4) > 0, random.Next(4) > 0);
            var schema = new JsonObject { ["type"] = isInteger ? "integer" : "number" };
            if (hasLow)
                schema[excludesLow ? "exclusiveMinimum" : "minimum"] = JsonNode.Parse(low.ToString(CultureInfo.InvariantCulture));
            if (hasHigh)
                schema[excludesHigh ? "exclusiveMaximum" : "maximum"] = JsonNode.Parse(high.ToString(CultureInfo.InvariantCulture));
            var automaton = new GrammarAutomaton(Of(schema.ToJsonString()));
            bool isBounded = hasLow || hasHigh;
            foreach (string text in texts)
            {
                bool isNumber = JsonGrammarTests.IsJson(Encoding.ASCII.GetBytes(text)) && text.Length - text.IndexOf('.', StringComparison.Ordinal) <= (text.Contains('.', StringComparison.Ordinal) ? 19 : int.MaxValue);
                decimal value = isNumber ? decimal.Parse(text, CultureInfo.InvariantCulture) : 0;
                bool expected = isNumber && !(isInteger && text.Contains('.', StringComparison.Ordinal)) && !(isBounded && value == 0 && text[0] == '-')
                    && (!hasLow || (excludesLow ? value > low : value >= low)) && (!hasHigh || (excludesHigh ? value < high : value <= high));
                Assert.True(expected == GrammarWalk.Accepts(automaton, text), $"'{text}' of {schema.ToJsonString()}: {expected} was expected");
            }
        }
    }

    [Fact]
    public void Bounds_with_exponents_or_more_digits_than_are_written_are_exact() =>
        Gen.Select(Gen.Long[-2_000_000, 2_000_000], Gen.Int[-25, 3], Gen.Bool).Sample((digits, exponent, isInteger) =>
        {
            string text = $"{digits}e{exponent}";
            (System.Numerics.BigInteger below, System.Numerics.BigInteger above) = NumberRange.Scale(text, isInteger)!.Value;
            int shift = exponent + (isInteger ? 0 : JsonGrammar.MaximumDigits);
            // digits * 10^shift lies between both, and they are neighbours or one.
            System.Numerics.BigInteger power = System.Numerics.BigInteger.Pow(10, Math.Abs(shift)), up = shift < 0 ? power : 1, exact = shift < 0 ? digits : digits * power;
            Assert.True(below * up <= exact && exact <= above * up && (below == above ? below * up == exact : above == below + 1 && below * up != exact && above * up != exact));
        });

    private static ByteGrammar Of(string schema)
    {
        using JsonDocument document = JsonDocument.Parse(schema);
        return JsonSchemaGrammar.Of(document.RootElement);
    }

    private static (JsonObject Schema, GrammarAutomaton Automaton, SchemaValidator Validator, Random Random) Sample(int seed)
    {
        var random = new Random(seed);
        JsonObject schema = new SchemaSamples(random).Schema();
        return (schema, new(Of(schema.ToJsonString())), new(JsonElement.Parse(schema.ToJsonString())), random);
    }

    private static bool IsValid(SchemaValidator validator, byte[] text)
    {
        if (!JsonGrammarTests.IsJson(text))
            return false;
        using JsonDocument document = JsonDocument.Parse(text);
        return validator.IsValid(document.RootElement);
    }
}

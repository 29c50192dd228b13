using System.Text;
using System.Text.Json;

namespace Weft.Tasks.Tests.Structured;

/// <summary>JSON by the grammar against what .NET reads.</summary>
public sealed class JsonGrammarTests
{
    private static readonly GrammarAutomaton Text = new(JsonGrammar.Text), Value = new(JsonGrammar.Value(JsonGrammar.MaximumDepth));

    [Fact]
    public void Any_JSON_is_accepted()
    {
        for (int seed = 0; seed < 5000; seed++)
        {
            string text = JsonText.Value(new Random(seed), 4);
            JsonDocument.Parse(text).Dispose();
            Assert.True(GrammarWalk.Accepts(Value, text), text);
            Assert.Equal(text[0] is '{' or '[', GrammarWalk.Accepts(Text, text));
        }
    }

    [Fact]
    public void Whatever_is_accepted_is_JSON()
    {
        for (int seed = 0; seed < 1000; seed++)
        {
            var random = new Random(seed);
            byte[] text = GrammarWalk.Text(random.Next(2) == 0 ? Text : Value, random);
            Assert.True(IsJson(text), Encoding.UTF8.GetString(text));
        }
    }

    [Fact]
    public void What_is_no_JSON_is_rejected()
    {
        int rejected = 0, accepted = 0;
        for (int seed = 0; seed < 20_000; seed++)
        {
            var random = new Random(seed);
            byte[] text = GrammarWalk.Mutate(Encoding.UTF8.GetBytes(JsonText.Value(random, 3)), random);
            if (IsJson(text))
                accepted += GrammarWalk.Accepts(Value, text) ? 1 : 0;
            else
            {
                Assert.False(GrammarWalk.Accepts(Value, text), Encoding.UTF8.GetString(text));
                rejected++;
            }
        }
        Assert.True(rejected > 5000 && accepted > 1000, $"{rejected} rejected, {accepted} accepted");
    }

    [Fact]
    public void Every_character_may_stand_in_a_string_and_nothing_that_is_none()
    {
        GrammarState inside = Value.Next(Value.Start, "\""u8);
        Span<byte> bytes = stackalloc byte[4];
        for (int scalar = ' '; scalar <= 0x10FFFF; scalar++)
        {
            if (!Rune.TryCreate(scalar, out Rune rune) || scalar is '"' or '\\')
                continue;
            Assert.Same(inside, Value.Next(inside, bytes[..rune.EncodeToUtf8(bytes)]));
        }
        byte[][] wrong = [[0x80], [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x9F, 0xBF], [0xED, 0xA0, 0x80], [0xF0, 0x8F, 0xBF, 0xBF], [0xF4, 0x90, 0x80, 0x80], [0xF5], [0xFF], [0xE2, 0x82, 0x22], [0x1F]];
        Assert.All(wrong, one => Assert.True(Value.Next(inside, one).IsDead));
        // Half of a pair by its escape too.
        Assert.All(new[] { "\\ud800\"", "\\ud800\\u0041", "\\udc00", "\\uD83Dx", "\\x" }, one => Assert.True(Value.Next(inside, Encoding.UTF8.GetBytes(one)).IsDead, one));
        Assert.Same(inside, Value.Next(inside, "\\uD83d\\uDe00\\u0000\\b"u8));
    }

    [Theory]
    [InlineData("0", true)]
    [InlineData("-0", true)]
    [InlineData("-12.50", true)]
    [InlineData("1e5", true)]
    [InlineData("1E-07", true)]
    [InlineData("123456789012345678", true)]
    [InlineData("1234567890123456789", false)]
    [InlineData("0.1234567890123456789", false)]
    [InlineData("1e100", false)]
    [InlineData("01", false)]
    [InlineData("1.", false)]
    [InlineData(".5", false)]
    [InlineData("+1", false)]
    [InlineData("-", false)]
    [InlineData("1e", false)]
    [InlineData("--1", false)]
    [InlineData("NaN", false)]
    [InlineData("True", false)]
    [InlineData("nul", false)]
    [InlineData("'a'", false)]
    [InlineData("[1,]", false)]
    [InlineData("[,1]", false)]
    [InlineData("{\"a\":1,}", false)]
    [InlineData("{a:1}", false)]
    [InlineData("{\"a\" 1}", false)]
    [InlineData("[1]]", false)]
    [InlineData("{ \"a\": 1,\n  \"b\": [\n\t1, 2 ] }", true)]
    [InlineData("[  1]", false)]
    [InlineData("[\n\n1]", false)]
    [InlineData("[\n                     1]", false)]
    [InlineData(" 1", false)]
    [InlineData("1 ", false)]
    [InlineData("", false)]
    public void Texts_are_told_apart(string text, bool expected) => Assert.Equal(expected, GrammarWalk.Accepts(Value, text));

    [Fact]
    public void It_is_as_deep_as_JSON_is_read()
    {
        string Nested(int depth) => new string('[', depth) + new string(']', depth);
        Assert.True(GrammarWalk.Accepts(Text, Nested(64)));
        Assert.False(GrammarWalk.Accepts(Text, Nested(65)));
        JsonDocument.Parse(Nested(64)).Dispose();
        Assert.ThrowsAny<JsonException>(() => JsonDocument.Parse(Nested(65)));
    }

    /// <summary>It parses, and every string in it is a text.</summary>
    internal static bool IsJson(byte[] text)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            ReadTexts(document.RootElement);
            return true;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    private static void ReadTexts(JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.String)
            element.GetString();
        else if (element.ValueKind == JsonValueKind.Array)
            foreach (JsonElement item in element.EnumerateArray())
                ReadTexts(item);
        else if (element.ValueKind == JsonValueKind.Object)
            foreach (JsonProperty member in element.EnumerateObject())
            {
                _ = member.Name;
                ReadTexts(member.Value);
            }
    }
}

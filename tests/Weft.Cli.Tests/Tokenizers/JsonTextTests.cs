using System.Text;
using System.Text.Json;
using CsCheck;
using Weft.Cli.Tokenizers;

namespace Weft.Cli.Tests.Tokenizers;

/// <summary>JSON strings, against .NET's own reader and writer where those can do it.</summary>
public sealed class JsonTextTests
{
    private static readonly Gen<string> Any = Gen.OneOf(Gen.Char.Array[0, 8].Select(c => new string(c)),
        Gen.Int[0, 9].Array[0, 8].Select(i => string.Concat(i.Select(x => new[] { "a", "\"", "\\", "\n", "\u0001", "é", "😀", "\uD83D", "\uDE00", "\u2028" }[x]))));

    private static string Read(string json) => JsonText.Read(Encoding.UTF8.GetBytes(json));

    private static string Write(string text)
    {
        var json = new StringBuilder();
        JsonText.Append(json, text);
        return json.ToString();
    }

    [Fact]
    public void What_is_written_is_read_again() => Any.Sample(text => Assert.Equal(text, Read(Write(text))));

    [Fact]
    public void Dotnet_reads_what_is_written_and_the_other_way_round() => Any.Sample(text =>
    {
        string whole = string.Concat(text.EnumerateRunes());
        Assert.Equal(whole, JsonSerializer.Deserialize<string>(Write(whole)));
        Assert.Equal(whole, Read(JsonSerializer.Serialize(whole)));
    });

    [Fact]
    public void Only_needed_escapes_are_written()
    {
        Assert.Equal("\"é 日本語 😀 <&'+> \u2028 \u007F /\"", Write("é 日本語 😀 <&'+> \u2028 \u007F /"));
        Assert.Equal("\"\\\"\\\\\\n\\r\\t\\b\\f\\u0000\\u001b\"", Write("\"\\\n\r\t\b\f\0\u001B"));
        Assert.Equal("\"a\\ud83db\\ude00\"", Write("a\uD83Db\uDE00"));
    }

    [Theory]
    [InlineData("  \"a\"\t\r", "a")]
    [InlineData("\"\"", "")]
    [InlineData("\"\\ud83d\\ude00\"", "😀")]
    [InlineData("\"\\/\\b\\f\\n\\r\\t\\\"\\\\\"", "/\b\f\n\r\t\"\\")]
    public void Strings_are_read(string json, string text) => Assert.Equal(text, Read(json));

    [Fact]
    public void Half_a_surrogate_pair_is_read() => Assert.Equal("\uD83D x", Read("\"\\uD83D x\""));

    [Theory]
    [InlineData("", "it is empty")]
    [InlineData("   ", "it is empty")]
    [InlineData("a", "no JSON string")]
    [InlineData("\"", "no JSON string")]
    [InlineData("[\"a\"]", "no JSON string")]
    [InlineData("\"a\" \"b\"", "ends before the line does")]
    [InlineData("\"a\tb\"", "control character U+0009")]
    [InlineData("\"\\x\"", "escape \\x")]
    [InlineData("\"\\u12\"", "four hexadecimal digits")]
    [InlineData("\"\\u12g4\"", "four hexadecimal digits")]
    [InlineData("\"\\u+123\"", "four hexadecimal digits")]
    [InlineData("\"a\\\"", "the string has no end")]
    public void Anything_else_is_refused(string json, string reason) =>
        Assert.Contains(reason, Assert.Throws<FormatException>(() => Read(json)).Message, StringComparison.Ordinal);

    [Fact]
    public void Bytes_that_are_no_utf8_are_refused() =>
        Assert.Contains("UTF-8", Assert.Throws<FormatException>(() => JsonText.Read([(byte)'"', 0xFF, (byte)'"'])).Message, StringComparison.Ordinal);
}

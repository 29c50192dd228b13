using System.Text.Json;
using Weft.Text.Files;

namespace Weft.Text.Tests.PreTokenizers;

public sealed class MetaspaceTests
{
    private static JsonField Field(string options) =>
        new("test.json", "pre_tokenizer", JsonElement.Parse($$"""{"type":"Metaspace","replacement":"▁"{{options}}}"""));

    [Theory]
    [InlineData("", "a b", "▁a|▁b")]
    [InlineData("", " a", "▁a")]
    [InlineData("", "▁a", "▁a")]
    [InlineData("", "a  b ", "▁a|▁|▁b|▁")]
    [InlineData("", "▁▁a▁", "▁|▁a|▁")]
    [InlineData(",\"prepend_scheme\":\"never\"", "a b", "a|▁b")]
    [InlineData(",\"add_prefix_space\":false", "a b", "a|▁b")]
    [InlineData(",\"add_prefix_space\":true,\"str_rep\":\"▁\"", "a b", "▁a|▁b")]
    [InlineData(",\"split\":false", "a b", "▁a▁b")]
    public void Spaces_become_marks_that_begin_words(string options, string text, string pieces) =>
        Assert.Equal(pieces.Split('|'), PieceList.Of(MetaspaceReader.ReadPreTokenizer(Field(options)), text));

    [Fact]
    public void The_scheme_first_marks_only_the_beginning_of_the_text()
    {
        Tokenizer tokenizer = TokenizerJson.Of(["▁", "a", "▁a"], ("▁", "a")).With("pre_tokenizer", Field(",\"prepend_scheme\":\"first\"").Element.GetRawText())
            .Adding(9, "<x>").Tokenizer;
        Assert.Equal(["▁a", "<x>", "a"], Texts.Tokens(tokenizer, "a<x>a", parse: true));
    }

    [Theory]
    [InlineData("", "a b")]
    [InlineData(",\"prepend_scheme\":\"never\"", " a b")]
    public void Decoding_takes_the_mark_off_the_first_token(string options, string expected)
    {
        Tokenizer tokenizer = TokenizerJson.Of(["▁a", "▁b"]).With("decoder", Field(options).Element.GetRawText()).Tokenizer;
        Assert.Equal(expected, tokenizer.Decode([0, 1]));
    }

    [Theory]
    [InlineData(",\"prepend_scheme\":\"last\"", "prepend_scheme")]
    [InlineData(",\"prepend_scheme\":\"first\",\"add_prefix_space\":false", "prepend_scheme")]
    public void Contradictions_are_refused_by_name(string options, string named)
    {
        var error = Assert.Throws<InvalidDataException>(() => MetaspaceReader.ReadPreTokenizer(Field(options)));
        Assert.Contains($"test.json: field 'pre_tokenizer.{named}'", error.Message, StringComparison.Ordinal);
    }
}

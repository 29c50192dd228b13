using System.Text.Json;
using Weft.Text.Files;
using Weft.Text.PreTokenizers;

namespace Weft.Text.Tests.PreTokenizers;

public sealed class PreTokenizerTests
{
    private static PreTokenizer Read(string json) => PreTokenizerReader.Read(new JsonField("test.json", "pre_tokenizer", JsonElement.Parse(json)));

    // The examples of Hugging Face's documentation of SplitDelimiterBehavior: "the-final--countdown" at "-".
    [Theory]
    [InlineData("Removed", "the|final|countdown")]
    [InlineData("Isolated", "the|-|final|-|-|countdown")]
    [InlineData("MergedWithPrevious", "the-|final-|-|countdown")]
    [InlineData("MergedWithNext", "the|-final|-|-countdown")]
    [InlineData("Contiguous", "the|-|final|--|countdown")]
    public void Matches_are_kept_as_the_behaviour_says(string behavior, string pieces)
    {
        string json = $$$"""{"type":"Split","pattern":{"String":"-"},"behavior":"{{{behavior}}}","invert":false}""";
        Assert.Equal(pieces.Split('|'), PieceList.Of(Read(json), "the-final--countdown"));
        string regex = $$$"""{"type":"Split","pattern":{"Regex":"[-]"},"behavior":"{{{behavior}}}","invert":false}""";
        Assert.Equal(pieces.Split('|'), PieceList.Of(Read(regex), "the-final--countdown"));
    }

    [Theory]
    [InlineData("MergedWithPrevious", "-|a-")]
    [InlineData("MergedWithNext", "-a|-")]
    public void A_match_at_an_end_stands_alone(string behavior, string pieces) => Assert.Equal(pieces.Split('|'),
        PieceList.Of(Read($$$"""{"type":"Split","pattern":{"String":"-"},"behavior":"{{{behavior}}}"}"""), "-a-"));

    // Hugging Face cuts at every match, be it empty.
    [Theory]
    [InlineData(@"(?=(\d{3})+(?!\d))", "Isolated", "x1234567", "x1|234|567")]
    [InlineData("(?<=.)", "Removed", "a😀b", "a|😀|b")]
    [InlineData("a*", "MergedWithPrevious", "aabc", "aa|b|c")]
    [InlineData("(?=b)", "MergedWithNext", "abb", "a|b|b")]
    [InlineData("a*", "MergedWithNext", "aab", "aab")]
    [InlineData("(?=b)", "Contiguous", "abb", "a|b|b")]
    [InlineData(@"[\[&]+", "Isolated", "a[&&b", "a|[&&|b")]
    public void A_regular_expression_may_match_between_characters(string regex, string behavior, string text, string pieces)
    {
        string pattern = JsonSerializer.Serialize(regex);
        string json = $$$"""{"type":"Split","pattern":{"Regex":{{{pattern}}}},"behavior":"{{{behavior}}}"}""";
        Assert.Equal(pieces.Split('|'), PieceList.Of(Read(json), text));
    }

    [Fact]
    public void Inverted_the_text_between_matches_is_what_is_removed() => Assert.Equal(["ab", "c"],
        PieceList.Of(Read("""{"type":"Split","pattern":{"Regex":"\\p{L}+"},"behavior":"Removed","invert":true}"""), "ab, c!"));

    [Theory]
    [InlineData(true, "Ġhello|Ġworld")]
    [InlineData(false, "hello|Ġworld")]
    public void Byte_level_adds_a_leading_space_when_asked(bool add, string pieces) => Assert.Equal(pieces.Split('|'),
        PieceList.Of(new ByteLevelPreTokenizer(add, usePattern: true), "hello world"));

    [Fact]
    public void Byte_level_without_its_pattern_only_maps_bytes() =>
        Assert.Equal(["helloĠworldĊé".Replace("é", "Ã©", StringComparison.Ordinal)], PieceList.Of(new ByteLevelPreTokenizer(false, usePattern: false), "hello world\né"));

    [Fact]
    public void A_sequence_splits_the_pieces_of_the_step_before() => Assert.Equal(["ab", "1", "2", "Ġc"], PieceList.Of(Read("""
        {"type":"Sequence","pretokenizers":[
          {"type":"Split","pattern":{"Regex":"\\p{N}"},"behavior":"Isolated","invert":false},
          {"type":"ByteLevel","add_prefix_space":false,"use_regex":false}]}
        """), "ab12 c"));

    // Llama 3's pattern; the pieces are those of its published tokenizer.
    [Theory]
    [InlineData("Hello WORLD'LL 12345\n\n x", "Hello| WORLD|'LL| |123|45|\n\n| x")]
    [InlineData("a  b!!\n", "a| | b|!!\n")]
    public void A_pattern_of_later_models_is_read(string text, string pieces)
    {
        const string Llama3 = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
        string json = $$$"""{"type":"Split","pattern":{"Regex":"{{{Llama3}}}"},"behavior":"Isolated","invert":false}""";
        Assert.Equal(pieces.Split('|'), PieceList.Of(Read(json), text));
    }

    [Fact]
    public void Gpt2s_pattern_gives_the_same_pieces_however_a_file_asks_for_it()
    {
        string pattern = JsonSerializer.Serialize(Gpt2Pattern.Text);
        string split = $$$"""{"type":"Split","pattern":{"Regex":{{{pattern}}}},"behavior":"Removed","invert":true}""";
        const string text = "It's 10 o'clock;  go\n";
        Assert.Equal(["It", "'s", " 10", " o", "'", "clock", ";", " ", " go", "\n"], PieceList.Of(Read(split), text));
    }
}

namespace Weft.Text.Tests.AddedTokens;

public sealed class AddedTokenTests
{
    private const string Plain = "\"special\":false,\"normalized\":false";

    private static TokenizerJson Letters() => TokenizerJson.Of("abcdxy <|>▁.".Select(c => c.ToString()));

    [Fact]
    public void Special_tokens_in_a_text_stay_text_unless_asked_for()
    {
        Tokenizer tokenizer = Letters().Adding(50, "<|x|>").Tokenizer;
        Assert.Equal(["a", "<", "|", "x", "|", ">", "b"], Texts.Tokens(tokenizer, "a<|x|>b"));
        Assert.Equal(["a", "<|x|>", "b"], Texts.Tokens(tokenizer, "a<|x|>b", parse: true));
    }

    [Fact]
    public void Other_added_tokens_are_always_found()
    {
        Tokenizer tokenizer = Letters().Adding(50, "ab", Plain).Tokenizer;
        Assert.Equal(["c", "ab", "ab", "a"], Texts.Tokens(tokenizer, "cababa"));
    }

    [Fact]
    public void The_leftmost_longest_token_wins()
    {
        Tokenizer tokenizer = Letters().Adding(50, "ab", Plain).Adding(51, "abc", Plain).Adding(52, "bcd", Plain).Tokenizer;
        Assert.Equal(["abc", "d", "ab", "x", "bcd"], Texts.Tokens(tokenizer, "abcdabxbcd"));
    }

    [Fact]
    public void Stripping_tokens_take_the_white_space_beside_them()
    {
        Tokenizer left = Letters().Adding(50, "<x>", Plain + ",\"lstrip\":true").Tokenizer;
        Assert.Equal(["a", "<x>", " ", "b"], Texts.Tokens(left, "a  <x> b"));
        Tokenizer right = Letters().Adding(50, "<x>", Plain + ",\"rstrip\":true").Tokenizer;
        Assert.Equal(["a", " ", "<x>", "<x>", "b"], Texts.Tokens(right, "a <x>  <x> b"));
        Tokenizer both = Letters().Adding(50, "<x>", Plain + ",\"lstrip\":true,\"rstrip\":true").Tokenizer;
        Assert.Equal(["a", "<x>", "<x>", "b"], Texts.Tokens(both, "a <x>  <x> b"));
    }

    [Fact]
    public void A_single_word_token_needs_borders_of_words()
    {
        Tokenizer tokenizer = Letters().Adding(50, "ab", Plain + ",\"single_word\":true").Tokenizer;
        Assert.Equal(["ab", " ", "a", "b", "c", " ", "c", "a", "b", ".", "ab", "."], Texts.Tokens(tokenizer, "ab abc cab.ab."));
        // The search goes on behind a match without borders, as in Hugging Face, not inside it.
        Tokenizer overlapping = Letters().Adding(50, "x.x", Plain + ",\"single_word\":true").Tokenizer;
        Assert.Equal(["a", "x", ".", "x", ".", "x"], Texts.Tokens(overlapping, "ax.x.x"));
    }

    [Fact]
    public void Normalized_tokens_are_sought_in_normalized_text()
    {
        const string Prepend = """{"type":"Prepend","prepend":"▁"}""";
        Tokenizer normalized = Letters().With("normalizer", Prepend).Adding(50, "ab", "\"special\":false,\"normalized\":true").Tokenizer;
        // The token's own content is normalized too, so that it is found at a beginning only; Hugging Face does the same.
        Assert.Equal(["ab", "c", "a", "b"], Texts.Tokens(normalized, "abcab"));
        Tokenizer raw = Letters().With("normalizer", Prepend).Adding(50, "ab", Plain).Tokenizer;
        Assert.Equal(["ab", "▁", "c", "ab"], Texts.Tokens(raw, "abcab"));
    }

    [Fact]
    public void Added_tokens_are_known_by_name_and_id()
    {
        Tokenizer tokenizer = Letters().Adding(50, "<|x|>").Adding(60, "ab", Plain).Tokenizer;
        Assert.Equal(61, tokenizer.VocabularySize);
        Assert.Equal((50, "<|x|>", true), (tokenizer.TokenToId("<|x|>")!.Value, tokenizer.IdToToken(50), tokenizer.IsSpecial(50)));
        Assert.Equal((60, "ab", false), (tokenizer.TokenToId("ab")!.Value, tokenizer.IdToToken(60), tokenizer.IsSpecial(60)));
        Assert.Null(tokenizer.IdToToken(55));
        Assert.Null(tokenizer.IdToToken(-1));
        Assert.Null(tokenizer.TokenToId("absent"));
        Assert.False(tokenizer.IsSpecial(1000));
    }

    [Fact]
    public void The_post_processor_puts_tokens_around_the_text_when_asked()
    {
        Tokenizer tokenizer = Letters().Adding(50, "<s>").Adding(51, "</s>").With("post_processor", """
            {"type":"Sequence","processors":[
              {"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>","type_id":0}},{"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"</s>","type_id":0}}],
               "pair":[],"special_tokens":{"<s>":{"id":"<s>","ids":[50],"tokens":["<s>"]},"</s>":{"id":"</s>","ids":[51],"tokens":["</s>"]}}},
              {"type":"RobertaProcessing","sep":["b",1],"cls":["c",2],"trim_offsets":true,"add_prefix_space":false}]}
            """).Tokenizer;
        Assert.Equal([2, 50, 0, 51, 1], tokenizer.EncodeToIds("a"));
        Assert.Equal([0], tokenizer.EncodeToIds("a", addSpecialTokens: false));
        Assert.Equal([2, 50, 51, 1], tokenizer.EncodeToIds(""));
    }
}

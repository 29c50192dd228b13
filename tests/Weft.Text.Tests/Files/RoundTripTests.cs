using System.Text;
using System.Text.Json;
using CsCheck;

namespace Weft.Text.Tests.Files;

public sealed class RoundTripTests
{
    private static Tokenizer SavedAndLoaded(Tokenizer tokenizer)
    {
        using var folder = new TemporaryFolder();
        tokenizer.Save(folder.File("tokenizer.json"));
        Assert.Single(Directory.GetFiles(folder.FullName));
        return Tokenizer.Load(folder.File("tokenizer.json"));
    }

    [Fact]
    public void A_saved_file_encodes_and_decodes_as_the_one_it_came_from()
    {
        Tokenizer tokenizer = TokenizerJson.OfSentencePiece(["▁", "a", "b", "t", "h", "e", "\"", "\\"], ("t", "h"), ("th", "e"), ("▁", "the"))
            .Adding(900, "<|x|>", "\"special\":true,\"normalized\":false,\"rstrip\":true").Adding(901, "a b", "\"special\":false,\"normalized\":true,\"lstrip\":true,\"rstrip\":true,\"single_word\":true")
            .With("post_processor", """{"type":"RobertaProcessing","sep":["<s>",1],"cls":["<s>",1]}""").Tokenizer;
        Tokenizer loaded = SavedAndLoaded(tokenizer);
        Assert.Equal(tokenizer.VocabularySize, loaded.VocabularySize);
        Texts.Any.Sample(text =>
        {
            int[] ids = tokenizer.EncodeToIds(text + " a b <|x|> a", parseSpecialTokens: true);
            Assert.Equal(ids, loaded.EncodeToIds(text + " a b <|x|> a", parseSpecialTokens: true));
            Assert.Equal(tokenizer.Decode(ids), loaded.Decode(ids));
        }, iter: 300);
    }

    [Fact]
    public void Merges_of_tokens_with_spaces_are_written_as_arrays_and_read_back()
    {
        Tokenizer tokenizer = TokenizerJson.Of(["a", " "], (" ", "a"), (" a", " a")).Tokenizer;
        Assert.Equal(["a", " a a"], Texts.Tokens(SavedAndLoaded(tokenizer), "a a a"));
    }

    [Fact]
    public void Ignored_merges_stay_ignored()
    {
        Tokenizer tokenizer = TokenizerJson.Of(["a", "b", "c", "abc"], ("b", "c")).With("model.ignore_merges", "true").Tokenizer;
        Assert.Equal(["abc"], Texts.Tokens(SavedAndLoaded(tokenizer), "abc"));
    }

    [Fact]
    public void Merges_written_as_text_are_read_and_spaces_inside_tokens_are_told_apart()
    {
        Tokenizer tokenizer = TokenizerJson.Of(["a", "b", " ", "ab", "  ", "    "])
            .With("model.merges", """["a b", "   ", "     "]""").Tokenizer;
        Assert.Equal(["    ", "ab", "  "], Texts.Tokens(tokenizer, "    ab  "));

        // Both spaces divide two tokens, one of them tokens whose union is a third.
        Tokenizer united = TokenizerJson.Of(["a", "b", "c", " ", "a b", "b c", "a bc"])
            .With("model.merges", """["a b c"]""").Tokenizer;
        Assert.Equal(["a", " ", "b", " ", "c"], Texts.Tokens(united, "a b c"));
    }

    [Fact]
    public void Fields_that_do_not_change_ids_are_kept()
    {
        using var folder = new TemporaryFolder();
        const string Template = """{"type":"TemplateProcessing","single":[{"Sequence":{"id":"A","type_id":0}}],"pair":[{"Sequence":{"id":"A","type_id":0}},{"Sequence":{"id":"B","type_id":1}}],"special_tokens":{}}""";
        TokenizerJson.Of(["a"]).With("post_processor", Template).Tokenizer.Save(folder.File("t.json"));
        using JsonDocument file = JsonDocument.Parse(File.ReadAllBytes(folder.File("t.json")));
        using JsonDocument expected = JsonDocument.Parse(Template);
        Assert.True(JsonElement.DeepEquals(expected.RootElement, file.RootElement.GetProperty("post_processor")));
    }

    [Fact]
    public void A_byte_order_mark_a_stream_and_a_model_without_type_are_read()
    {
        string text = Encoding.UTF8.GetString(TokenizerJson.Of(["a", "b"], ("a", "b")).Bytes).Replace("\"type\":\"BPE\",", "", StringComparison.Ordinal);
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes("\uFEFF" + text));
        Assert.Equal([2], Tokenizer.Parse(stream, "stream").EncodeToIds("ab"));
    }

    [Fact]
    public void Gaps_between_ids_are_allowed_and_decode_to_nothing()
    {
        Tokenizer tokenizer = new TokenizerJson(new Dictionary<string, int> { ["a"] = 1, ["b"] = 5 }, []).With("decoder", """{"type":"Fuse"}""").Tokenizer;
        Assert.Equal(6, tokenizer.VocabularySize);
        Assert.Equal("ab", tokenizer.Decode([1, 3, 0, 5]));
    }
}

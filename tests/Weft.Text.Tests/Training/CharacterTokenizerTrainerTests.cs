namespace Weft.Text.Tests.Training;

public sealed class CharacterTokenizerTrainerTests
{
    private static Tokenizer Train(string[] documents, string[]? specialTokens = null) =>
        CharacterTokenizerTrainer.Train(documents, specialTokens, TestContext.Current.CancellationToken);

    [Fact]
    public void Ids_follow_code_points_not_utf16_units()
    {
        // U+FFFD sorts before U+1F600 by code point and after its first surrogate by UTF-16 unit.
        Tokenizer tokenizer = Train(["b a\n", "😀\uFFFDb"]);
        Assert.Equal(["\n", " ", "a", "b", "\uFFFD", "😀"], Enumerable.Range(0, tokenizer.VocabularySize).Select(tokenizer.IdToToken));
    }

    [Fact]
    public void Text_of_the_corpus_characters_comes_back()
    {
        Tokenizer tokenizer = Train(["hello world\n", "日本 😀"]);
        const string text = "old 日 😀😀\nhero w";
        int[] ids = tokenizer.EncodeToIds(text);
        Assert.Equal(text.EnumerateRunes().Count(), ids.Length);
        Assert.Equal(text, tokenizer.Decode(ids));
        Assert.Equal("hell", tokenizer.Decode(tokenizer.EncodeToIds("hXellY")));
    }

    [Fact]
    public void Special_tokens_follow_the_characters_and_a_saved_file_encodes_the_same()
    {
        using var folder = new TemporaryFolder();
        Tokenizer tokenizer = Train(["cab <>|e"], ["<|e|>"]);
        Assert.Equal(9, tokenizer.TokenToId("<|e|>") + 1);
        tokenizer.Save(folder.File("tokenizer.json"));
        Tokenizer loaded = Tokenizer.Load(folder.File("tokenizer.json"));
        foreach (bool parse in new[] { false, true })
            Assert.Equal(tokenizer.EncodeToIds("a<|e|>b c", parseSpecialTokens: parse), loaded.EncodeToIds("a<|e|>b c", parseSpecialTokens: parse));
        Assert.Equal(5, loaded.CountTokens("a<|e|>b c", parseSpecialTokens: true));
        Assert.Equal("ab", loaded.Decode([tokenizer.TokenToId("a")!.Value, 8, tokenizer.TokenToId("b")!.Value]));
    }

    [Fact]
    public void A_special_token_that_is_a_character_is_refused() =>
        Assert.Throws<ArgumentException>(() => Train(["abc"], ["a"]));
}

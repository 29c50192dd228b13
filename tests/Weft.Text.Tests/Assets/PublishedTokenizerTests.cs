namespace Weft.Text.Tests.Assets;

public sealed class PublishedTokenizerTests
{
    private const string Sample = "It's 3.14 o'clock;  the naïve 日本語 café costs $42.\n\n\t<s> 😀 𝐀 \0 end   ";

    [Theory]
    [InlineData("tokenizers/llama2/tokenizer.json", 32000)]
    [InlineData("tokenizers/phi-3-mini/tokenizer.json", 32011)]
    [InlineData("tokenizers/phi-2/tokenizer.json", 50295)]
    [InlineData("tokenizers/roberta-base/tokenizer.json", 50265)]
    [InlineData("models/tinystories-656k/tokenizer.json", 2048, false)]
    public void Files_within_the_supported_set_load_and_round_trip(string asset, int vocabularySize, bool coversUnicode = true)
    {
        using var folder = new TemporaryFolder();
        Tokenizer tokenizer = Tokenizer.Load(TestAssets.Require(asset));
        Assert.Equal(vocabularySize, tokenizer.VocabularySize);
        tokenizer.Save(folder.FullName);
        Tokenizer loaded = Tokenizer.Load(folder.FullName);
        foreach (bool parse in new[] { false, true })
        {
            int[] ids = tokenizer.EncodeToIds(Sample, parseSpecialTokens: parse);
            Assert.Equal(ids, loaded.EncodeToIds(Sample, parseSpecialTokens: parse));
            Assert.Equal(tokenizer.Decode(ids, skipSpecialTokens: false), loaded.Decode(ids, skipSpecialTokens: false));
            if (!parse && coversUnicode)
                Assert.Equal(Sample, tokenizer.Decode(ids));
        }
    }

    [Theory]
    [InlineData("tokenizers/clip/tokenizer.json", "</w>")]
    [InlineData("tokenizers/falcon/tokenizer.json", "Punctuation")]
    [InlineData("tokenizers/bert/bert-base-uncased_tokenizer.json", "model.type")]
    [InlineData("tokenizers/bert/all-minilm-l6-v2_tokenizer.json", "WordPiece")]
    public void Files_outside_it_are_refused_by_name(string asset, string named)
    {
        string path = TestAssets.Require(asset);
        var error = Assert.Throws<InvalidDataException>(() => Tokenizer.Load(path));
        Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    // Two implementations published these: SentencePiece's own Llama 2 vectors come with llama.cpp.
    [Fact]
    public void Llama_2_agrees_with_the_published_vectors()
    {
        Tokenizer tokenizer = Tokenizer.Load(TestAssets.Require("tokenizers/llama2/tokenizer.json"));
        foreach ((string text, int[] expected) in LlamaCppVectors.Read("llama-spm"))
            Assert.Equal(expected, tokenizer.EncodeToIds(text, addSpecialTokens: false));
    }
}

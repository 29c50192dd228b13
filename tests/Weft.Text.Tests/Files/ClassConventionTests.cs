using CsCheck;

namespace Weft.Text.Tests.Files;

/// <summary>What tokenizer_class says where the tokenizer's own file leaves it open.</summary>
public sealed class ClassConventionTests
{
    [Theory]
    [InlineData("RobertaTokenizer")]
    [InlineData("BartTokenizerFast")]
    public void Roberta_splits_and_surrounds_as_its_own_json(string name)
    {
        Tokenizer json = Tokenizer.Load(TestAssets.Require("tokenizers/roberta-base/tokenizer.json"));
        AssertSame(json, Load(name, ("vocab.json", "roberta-base/vocab.json"), ("merges.txt", "roberta-base/merges.txt")));
    }

    [Fact]
    public void Clip_makes_letters_small_and_marks_the_ends_of_words()
    {
        using var folder = new TemporaryFolder();
        Tokenizer json = Tokenizer.Load(TestAssets.Require("tokenizers/clip/tokenizer.json"));
        json.SaveVocabularyAndMerges(folder.FullName);
        AssertSame(json, Load(folder, """{"tokenizer_class":"CLIPTokenizer"}"""));
    }

    [Fact]
    public void Qwen_splits_by_its_own_pattern()
    {
        using var folder = new TemporaryFolder();
        Tokenizer ranks = Tokenizer.Load(TestAssets.Require("tokenizers/qwen/qwen.tiktoken"));
        ranks.SaveVocabularyAndMerges(folder.FullName);
        Tokenizer qwen = Load(folder, """{"tokenizer_class":"Qwen2Tokenizer","eos_token":"<|im_end|>"}""");
        Texts.Any.Sample(text => Assert.Equal(ranks.EncodeToIds(text, parseSpecialTokens: false), qwen.EncodeToIds(text, parseSpecialTokens: false)), iter: 500);
        Assert.Equal([151645], qwen.EncodeToIds("<|im_end|>", parseSpecialTokens: true));
    }

    [Fact]
    public void T5_ends_texts_and_counts_its_sentinels_backwards()
    {
        Tokenizer json = Tokenizer.Load(TestAssets.Require("tokenizers/t5/t5-small_tokenizer.json"));
        Tokenizer model = Load("T5Tokenizer", ("spiece.model", "t5/spiece.model"));
        Assert.Equal(json.VocabularySize, model.VocabularySize);
        Assert.Equal(32099, model.TokenToId("<extra_id_0>"));
        foreach (string text in new[] { "The house is wonderful.", "Das Haus <extra_id_0> wunderbar <extra_id_1>", "" })
            Assert.Equal(json.EncodeToIds(text, parseSpecialTokens: true), model.EncodeToIds(text, parseSpecialTokens: true));
    }

    [Theory]
    [InlineData("""{"tokenizer_class":"LlamaTokenizer"}""", new[] { 1, 15043 })]
    [InlineData("""{"tokenizer_class":"LlamaTokenizerFast","add_bos_token":false}""", new[] { 15043 })]
    [InlineData("""{"tokenizer_class":"LlamaTokenizer","add_eos_token":true}""", new[] { 1, 15043, 2 })]
    [InlineData("""{"tokenizer_class":"PreTrainedTokenizerFast"}""", new[] { 15043 })]
    public void Llama_begins_texts_unless_told_otherwise(string config, int[] expected)
    {
        using var folder = new TemporaryFolder();
        File.Copy(TestAssets.Require("tokenizers/llama2/tokenizer.model"), folder.File("tokenizer.model"));
        Assert.Equal(expected, Load(folder, config).EncodeToIds("Hello"));
    }

    [Fact]
    public void A_class_that_numbers_pieces_in_its_own_way_is_refused()
    {
        var error = Assert.Throws<InvalidDataException>(() => Load("XLNetTokenizer", ("spiece.model", "t5/spiece.model")));
        Assert.Contains("tokenizer_class", error.Message, StringComparison.Ordinal);
        Assert.Contains("tokenizer.json", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Gpt2_may_put_a_space_before_texts()
    {
        Tokenizer plain = Tokenizer.Load(TestAssets.Require("tokenizers/gpt2/encoder.json"));
        using var folder = new TemporaryFolder();
        File.Copy(TestAssets.Require("tokenizers/gpt2/encoder.json"), folder.File("vocab.json"));
        File.Copy(TestAssets.Require("tokenizers/gpt2/vocab.bpe"), folder.File("merges.txt"));
        Tokenizer spaced = Load(folder, """{"tokenizer_class":"GPT2Tokenizer","add_prefix_space":true}""");
        Assert.Equal(plain.EncodeToIds(" Hello world"), spaced.EncodeToIds("Hello world"));
    }

    private static Tokenizer Load(string name, params (string Name, string Asset)[] files)
    {
        using var folder = new TemporaryFolder();
        foreach ((string file, string asset) in files)
            File.Copy(TestAssets.Require($"tokenizers/{asset}"), folder.File(file));
        return Load(folder, $$"""{"tokenizer_class":"{{name}}"}""");
    }

    private static Tokenizer Load(TemporaryFolder folder, string config)
    {
        File.WriteAllText(folder.File("tokenizer_config.json"), config);
        return Tokenizer.Load(folder.FullName);
    }

    private static void AssertSame(Tokenizer expected, Tokenizer actual) => Texts.Any.Sample(text =>
    {
        var options = new EncodeOptions { AllowedSpecialTokens = SpecialTokens.All };
        EncodedText first = expected.Encode(text, options), second = actual.Encode(text, options);
        Assert.Equal(first.Ids, second.Ids);
        Assert.Equal(first.Offsets, second.Offsets);
        Assert.Equal(expected.EncodePair(text, "b c").Ids, actual.EncodePair(text, "b c").Ids);
        Assert.Equal(expected.Decode(first.Ids), actual.Decode(second.Ids));
    }, iter: 500);
}

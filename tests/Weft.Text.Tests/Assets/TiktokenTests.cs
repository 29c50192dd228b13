using System.Text;
using CsCheck;
using Weft.Text.Files;

namespace Weft.Text.Tests.Assets;

public sealed class TiktokenTests
{
    private static Tokenizer Read(string asset, TiktokenEncoding? encoding = null)
    {
        string file = TestAssets.Require(asset);
        byte[] content = File.ReadAllBytes(file);
        return new Tokenizer(encoding is null ? TiktokenReader.Read(content, file) : TiktokenReader.Read(content, file, encoding), file);
    }

    [Theory]
    [InlineData("r50k_base", "r50k_base", 423)]
    [InlineData("p50k_base", "p50k_base", 423)]
    [InlineData("p50k_base", "p50k_edit", 423)]
    [InlineData("cl100k_base", "cl100k_base", 423)]
    [InlineData("o200k_base", "o200k_base", 421)]
    public void Jtokkits_vectors_agree(string ranks, string vectors, int count)
    {
        Tokenizer tokenizer = Read($"tokenizers/tiktoken/{ranks}.tiktoken", vectors == "p50k_edit" ? TiktokenEncoding.P50kEdit : null);
        List<(string Text, int[] Ids)> rows = JtokkitVectors.Read(vectors);
        Assert.Equal(count, rows.Count);
        foreach ((string text, int[] expected) in rows)
        {
            Assert.Equal(expected, tokenizer.EncodeToIds(text));
            Assert.Equal(expected, tokenizer.Encode(text).Ids);
            Assert.Equal(text, tokenizer.Decode(expected));
        }
    }

    [Theory]
    [InlineData("tokenizers/tiktoken/p50k_base.tiktoken", "r50k")]
    [InlineData("tokenizers/tiktoken/cl100k_base.tiktoken", "cl100k")]
    [InlineData("tokenizers/tiktoken/o200k_base.tiktoken", "o200k")]
    [InlineData("tokenizers/qwen/qwen.tiktoken", "qwen")]
    public void Ids_are_those_of_merging_bytes_by_rank(string asset, string pattern)
    {
        Tokenizer tokenizer = Read(asset);
        PlainRanks twin = new(TestAssets.Require(asset), pattern switch
        {
            "r50k" => TiktokenEncoding.R50k.Pattern,
            "cl100k" => TiktokenEncoding.Cl100k.Pattern,
            "o200k" => TiktokenEncoding.O200k.Pattern,
            _ => TiktokenEncoding.Qwen.Pattern,
        });
        Texts.Any.Sample(text =>
        {
            string wellFormed = Texts.WellFormed(text);
            int[] expected = twin.Encode(pattern == "qwen" ? Compose(wellFormed) : wellFormed);
            Assert.Equal(expected, tokenizer.EncodeToIds(text));
            Assert.Equal(expected, tokenizer.Encode(text).Ids);
        }, iter: 600);
    }

    // The texts of the generator hold one pair that composes.
    private static string Compose(string text) => text.Replace("e\u0301", "é", StringComparison.Ordinal);

    [Theory]
    [InlineData("tokenizers/tiktoken/p50k_base.tiktoken")]
    [InlineData("tokenizers/tiktoken/cl100k_base.tiktoken")]
    [InlineData("tokenizers/llama3/tokenizer.model")]
    public void Written_as_tokenizer_json_they_give_the_same_ids(string asset)
    {
        using var folder = new TemporaryFolder();
        Tokenizer tokenizer = Read(asset);
        tokenizer.Save(folder.FullName);
        Tokenizer loaded = Tokenizer.Load(folder.FullName);
        Texts.Any.Sample(text => Assert.Equal(tokenizer.EncodeToIds(text, parseSpecialTokens: true), loaded.EncodeToIds(text, parseSpecialTokens: true)), iter: 1000);
    }

    [Fact]
    public void Llama_3_gives_the_ids_of_its_vocabulary_and_merges()
    {
        Tokenizer ranks = Read("tokenizers/llama3/tokenizer.model");
        string merges = TestAssets.Require("tokenizers/llama3/llama3.2_vocab.bpe");
        TokenizerDefinition files = VocabularyAndMergesReader.Read(TestAssets.Require("tokenizers/llama3/llama3.2_encoder.json"), merges);
        using var folder = new TemporaryFolder();
        ranks.Save(folder.FullName);
        TokenizerDefinition written = TokenizerReader.Read(File.ReadAllBytes(Path.Combine(folder.FullName, "tokenizer.json")), "written");
        var twin = new Tokenizer(files with { PreTokenizer = written.PreTokenizer, AddedTokens = [] }, merges);
        Texts.Any.Sample(text => Assert.Equal(twin.EncodeToIds(text), ranks.EncodeToIds(text, addSpecialTokens: false)), iter: 600);
        Assert.Equal([128000, 9906, 1917, 0], ranks.EncodeToIds("Hello world!"));
        Assert.Equal(128009, ranks.TokenToId("<|eot_id|>"));
        Assert.Equal(128255, ranks.TokenToId("<|reserved_special_token_250|>"));
    }

    [Theory]
    [InlineData("IQ== 0\nIg== 1\n", "name the encoding")]
    [InlineData("", "name the encoding")]
    public void An_unknown_file_asks_for_what_it_does_not_say(string content, string named)
    {
        var error = Assert.Throws<InvalidDataException>(() => TiktokenReader.Read(Encoding.ASCII.GetBytes(content), "x.tiktoken"));
        Assert.StartsWith("x.tiktoken: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("IQ== 0\nIQ== 1\n", "line 2")]
    [InlineData("IQ== 0\nIg== 0\n", "line 2")]
    [InlineData("IQ==\n", "line 1")]
    [InlineData("I 0\n", "line 1")]
    [InlineData("IQ== -1\n", "line 1")]
    [InlineData("IQ== 99999999999\n", "line 1")]
    [InlineData("IQ== 0 \n", "line 1")]
    [InlineData("IQ== 0\n", "0x00")]
    public void A_damaged_file_is_refused_by_line(string content, string named)
    {
        var error = Assert.Throws<InvalidDataException>(() => TiktokenReader.Read(Encoding.ASCII.GetBytes(content), "x.tiktoken", TiktokenEncoding.R50k));
        Assert.StartsWith("x.tiktoken: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Special_tokens_must_not_take_the_ids_of_others()
    {
        string file = TestAssets.Require("tokenizers/tiktoken/cl100k_base.tiktoken");
        var error = Assert.Throws<InvalidDataException>(() => TiktokenReader.Read(File.ReadAllBytes(file), file, TiktokenEncoding.R50k));
        Assert.Contains("50256", error.Message, StringComparison.Ordinal);
    }
}

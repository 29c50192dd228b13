using Weft.Gguf;
using Weft.Text.Files.Gguf;
using Weft.Text.Tests.Assets;

namespace Weft.Text.Tests.Files.Gguf;

public sealed class GgufTokenizerWriterTests
{
    private const string HuggingFaceKey = "tokenizer.huggingface.json";

    [Theory]
    [InlineData("tokenizers/gpt2", "gpt2", "gpt-2")]
    [InlineData("tokenizers/llama2/tokenizer.model", "llama", "default")]
    [InlineData("tokenizers/llama2/tokenizer.json", "llama", "default")]
    [InlineData("tokenizers/mistral/tokenizer.model.v1", "llama", "default")]
    [InlineData("tokenizers/t5/spiece.model", "t5", "default")]
    [InlineData("tokenizers/bert/bert-base-uncased_vocab.txt", "bert", "default")]
    [InlineData("models/tinystories-656k", "llama", "default")]
    public void Llama_cpps_keys_alone_give_the_same_ids(string asset, string model, string pattern)
    {
        string path = TestAssets.Require(asset);
        Tokenizer tokenizer = Tokenizer.Load(path);
        GgufTokenizer written = tokenizer.ToGguf(tokenizer.VocabularySize + 3, 2);
        Assert.Null(written.Problem);
        Dictionary<string, object> keys = written.Keys.ToDictionary();
        Assert.Equal((model, pattern), (keys["tokenizer.ggml.model"], keys["tokenizer.ggml.pre"]));
        Assert.Equal(tokenizer.VocabularySize + 3, ((string[])keys["tokenizer.ggml.tokens"]).Length);
        Tokenizer again = Read(written.Keys.Where(key => key.Key != HuggingFaceKey));
        foreach ((string text, _) in LlamaCppVectors.Read(model == "bert" ? "bert-bge" : "gpt-2"))
            if (text.IsNormalized())
                Assert.Equal(tokenizer.EncodeToIds(text), again.EncodeToIds(text));
    }

    [Fact]
    public void A_whole_tokenizer_json_is_preferred_where_the_file_has_one()
    {
        Tokenizer tokenizer = TokenizerOf("""{"type":"Whitespace"}""");
        GgufTokenizer written = tokenizer.ToGguf(10);
        Assert.Contains("pre-tokenizer", written.Problem, StringComparison.Ordinal);
        Assert.Equal("none", written.Keys.ToDictionary()["tokenizer.ggml.model"]);
        using var folder = new TemporaryFolder();
        string path = folder.File("model.gguf");
        using (FileStream stream = File.Create(path))
            GgufMetadataWriter.Write(stream, [.. written.Keys, new("weft.file.tokenizer_config.json", """{"eos_token":"b"}""")], 0);
        Tokenizer again = Tokenizer.Load(path);
        Assert.Equal(tokenizer.EncodeToIds("ab a"), again.EncodeToIds("ab a"));
        Assert.Equal(new SpecialToken(1, "b"), again.Settings.Roles.End);
    }

    [Fact]
    public void What_would_get_other_ids_is_not_written_for_llama_cpp()
    {
        // A cased vocabulary: llama.cpp's kind of it lowers every text.
        string path = TestAssets.Require("tokenizers/bert/bert-multilingual-cased_vocab.txt");
        using var folder = new TemporaryFolder();
        File.Copy(path, folder.File("vocab.txt"));
        File.WriteAllText(folder.File("tokenizer_config.json"), """{"do_lower_case":false}""");
        Tokenizer tokenizer = Tokenizer.Load(folder.FullName);
        Assert.Contains("would get other ids", tokenizer.ToGguf(tokenizer.VocabularySize).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Merges_that_are_left_out_at_random_are_written_all()
    {
        Tokenizer tokenizer = Tokenizer.Load(TestAssets.Require("tokenizers/gpt2"));
        GgufTokenizer expected = tokenizer.ToGguf(tokenizer.VocabularySize), written = tokenizer.WithDropout(0.5, 1).ToGguf(tokenizer.VocabularySize);
        Assert.Null(written.Problem);
        Assert.Equal(expected.Keys.ToDictionary()["tokenizer.ggml.merges"], written.Keys.ToDictionary()["tokenizer.ggml.merges"]);
    }

    [Fact]
    public void A_model_with_fewer_ids_than_the_tokenizer_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => TokenizerOf("""{"type":"Whitespace"}""").ToGguf(2));

    [Fact]
    public void A_missing_or_damaged_companion_in_the_file_is_refused_by_its_key()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("model.gguf");
        using (FileStream stream = File.Create(path))
            GgufMetadataWriter.Write(stream, [.. TokenizerOf("""{"type":"Whitespace"}""").ToGguf(3).Keys, new("weft.file.tokenizer_config.json", "[")], 0);
        Assert.Contains("weft.file.tokenizer_config.json", Assert.Throws<InvalidDataException>(() => Tokenizer.Load(path)).Message, StringComparison.Ordinal);
    }

    private static Tokenizer TokenizerOf(string preTokenizer) => Tokenizer.Parse(System.Text.Encoding.UTF8.GetBytes(
        $$$"""{"model":{"type":"BPE","vocab":{"a":0,"b":1,"ab":2},"merges":["a b"]},"pre_tokenizer":{{{preTokenizer}}}}"""), "tokenizer.json");

    private static Tokenizer Read(IEnumerable<KeyValuePair<string, object>> keys)
    {
        using var stream = new MemoryStream();
        GgufMetadataWriter.Write(stream, [.. keys], 0);
        stream.Position = 0;
        using GgufMetadata metadata = GgufMetadata.Open(stream, "keys");
        return new Tokenizer(GgufTokenizerReader.ReadKeys(metadata), "keys");
    }
}

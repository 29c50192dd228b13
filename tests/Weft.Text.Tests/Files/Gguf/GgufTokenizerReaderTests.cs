using CsCheck;
using Weft.Gguf;
using Weft.Text.Files.Gguf;
using Weft.Text.Tests.Assets;

namespace Weft.Text.Tests.Files.Gguf;

public sealed class GgufTokenizerReaderTests
{
    private static Tokenizer Load(string path) => new(GgufTokenizerReader.Read(path), path);

    private static GgufFile Tiny(string model, string pattern = "gpt-2") => new GgufFile().Text("tokenizer.ggml.model", model).Text("tokenizer.ggml.pre", pattern)
        .Texts("tokenizer.ggml.tokens", "<unk>", "<s>", "a", "b", "ab").Integers("tokenizer.ggml.token_type", 2, 3, 1, 1, 1).Integer("tokenizer.ggml.bos_token_id", 1);

    private static T With<T>(byte[] file, Func<string, T> use)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("test.gguf");
        File.WriteAllBytes(path, file);
        return use(path);
    }

    [Theory]
    [InlineData("gpt-2")]
    [InlineData("llama-spm")]
    [InlineData("bert-bge")]
    public void Llama_cpps_vectors_agree(string vocabulary)
    {
        Tokenizer tokenizer = Load(TestAssets.Require($"tokenizer-vectors/llamacpp/ggml-vocab-{vocabulary}.gguf"));
        foreach ((string text, int[] expected) in LlamaCppVectors.Read(vocabulary))
            Assert.Equal(expected, tokenizer.EncodeToIds(text, addSpecialTokens: false));
    }

    [Fact]
    public void A_model_with_weights_holds_Llamas_tokenizer()
    {
        Tokenizer tokenizer = Load(TestAssets.Require("models/llama2-tiny-random/llama-2-tiny-random.gguf"));
        foreach ((string text, int[] expected) in LlamaCppVectors.Read("llama-spm"))
            Assert.Equal([1, .. expected], tokenizer.EncodeToIds(text));
    }

    [Fact]
    public void Saved_as_json_it_encodes_the_same()
    {
        foreach (string vocabulary in new[] { "gpt-2", "llama-spm", "bert-bge" })
        {
            using var folder = new TemporaryFolder();
            Tokenizer tokenizer = Load(TestAssets.Require($"tokenizer-vectors/llamacpp/ggml-vocab-{vocabulary}.gguf"));
            tokenizer.Save(folder.FullName);
            Tokenizer loaded = Tokenizer.Load(folder.FullName);
            foreach ((string text, _) in LlamaCppVectors.Read(vocabulary))
                Assert.Equal(tokenizer.EncodeToIds(text), loaded.EncodeToIds(text));
        }
    }

    [Fact]
    public void Merges_bytes_and_the_beginning_of_the_text_are_read()
    {
        byte[] file = Tiny("gpt2").Texts("tokenizer.ggml.merges", "a b").Flag("tokenizer.ggml.add_bos_token", true).Bytes(version: 2);
        Tokenizer tokenizer = With(file, Load);
        Assert.Equal([1, 4, 2], tokenizer.EncodeToIds("aba"));
    }

    [Fact]
    public void Scores_make_a_unigram_model_where_the_file_says_so()
    {
        byte[] file = Tiny("t5").Singles("tokenizer.ggml.scores", 0, 0, -1, -1, -3).Flag("tokenizer.ggml.add_space_prefix", false).Bytes();
        Assert.Equal([2, 3], With(file, Load).EncodeToIds("ab"));
    }

    [Fact]
    public void Every_pattern_splits_without_losing_text()
    {
        foreach (string name in new[] { "default", "falcon", "starcoder", "llama-bpe", "qwen2", "tekken", "gpt-4o", "deepseek-coder", "deepseek-v3", "viking" })
        {
            var vocabulary = Enumerable.Range(0, 256).Select(b => Weft.Text.PreTokenizers.ByteAlphabet.ToCharacter((byte)b).ToString()).ToArray();
            byte[] file = new GgufFile().Text("tokenizer.ggml.model", "gpt2").Text("tokenizer.ggml.pre", name).Texts("tokenizer.ggml.tokens", vocabulary).Texts("tokenizer.ggml.merges").Bytes();
            Tokenizer tokenizer = With(file, Load);
            Texts.Any.Sample(text => Assert.Equal(Texts.WellFormed(text), tokenizer.Decode(tokenizer.EncodeToIds(text))), iter: 60);
        }
    }

    public static TheoryData<string, byte[]> Wrong => new()
    {
        { "magic", [1, 2, 3] },
        { "version", Tiny("gpt2").Bytes(version: 1) },
        { "metadata_kv_count", Tiny("gpt2").Bytes(keys: ulong.MaxValue) },
        { "tensor_count", Tiny("gpt2").Bytes(tensors: ulong.MaxValue) },
        { "key 5", Tiny("gpt2").Bytes(keys: 6) },
        { "x", new GgufFile().Array("x", GgufType.Int64, ulong.MaxValue, []).Bytes() },
        { "x", new GgufFile().Array("x", GgufType.String, 1, [255, 255, 255, 255, 255, 255, 255, 127]).Bytes() },
        { "x", new GgufFile().Array("x", GgufType.Array, 1, new byte[32]).Bytes() },
        { "x", new GgufFile().Add("x", (GgufType)99, new byte[32]).Bytes() },
        { "x", new GgufFile().Integer("x", 1).Integer("x", 1).Bytes() },
        { "tokenizer.ggml.model", new GgufFile().Integer("x", 1).Bytes() },
        { "tokenizer.ggml.model", Tiny("rwkv").Bytes() },
        { "tokenizer.ggml.pre", Tiny("gpt2", "no-such-pattern").Texts("tokenizer.ggml.merges").Bytes() },
        { "tokenizer.ggml.merges", Tiny("gpt2").Bytes() },
        { "tokenizer.ggml.merges[1]", Tiny("gpt2").Texts("tokenizer.ggml.merges", "a b", "b a").Bytes() },
        { "tokenizer.ggml.scores", Tiny("llama").Bytes() },
        { "tokenizer.ggml.scores", Tiny("llama").Singles("tokenizer.ggml.scores", 1).Bytes() },
        { "tokenizer.ggml.tokens", new GgufFile().Text("tokenizer.ggml.model", "llama").Bytes() },
        { "tokenizer.ggml.tokens", new GgufFile().Text("tokenizer.ggml.model", "llama").Text("tokenizer.ggml.tokens", "a").Bytes() },
        { "tokenizer.ggml.tokens", Tiny("bert").Bytes() },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Wrong_files_are_refused_by_name(string named, byte[] file)
    {
        With(file, path =>
        {
            var error = Assert.Throws<InvalidDataException>(() => GgufTokenizerReader.Read(path));
            Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
            Assert.Contains($"field '{named}", error.Message, StringComparison.Ordinal);
            return true;
        });
    }

    [Fact]
    public void Damage_gives_a_complaint_or_another_tokenizer_and_nothing_else()
    {
        byte[] whole = Tiny("llama").Singles("tokenizer.ggml.scores", 0, 0, -1, -1, -3).Bytes();
        Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Byte, Gen.Bool).Sample((at, value, cuts) =>
        {
            byte[] damaged = cuts ? whole[..at] : [.. whole];
            if (!cuts)
                damaged[at] = value;
            With(damaged, path =>
            {
                try
                {
                    return Load(path).EncodeToIds("ab a").Length;
                }
                catch (InvalidDataException error)
                {
                    Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
                    return 0;
                }
            });
        }, iter: 400);
    }
}

using System.Text;
using CsCheck;

namespace Weft.Text.Tests.Files;

public sealed class BadFileTests
{
    private static TokenizerJson Good() => TokenizerJson.Of(["a", "b"], ("a", "b")).Adding(3, "<s>");

    private static void AssertRefused(byte[] json, params string[] parts)
    {
        var error = Assert.Throws<InvalidDataException>(() => Tokenizer.Parse(json, "dir/tokenizer.json"));
        Assert.DoesNotContain('\n', error.Message);
        foreach (string part in parts.Prepend("dir/tokenizer.json: "))
            Assert.Contains(part, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model.type", "\"Bigram\"", "'model.type' is \"Bigram\"", "BPE")]
    [InlineData("model.dropout", "1.5", "'model.dropout' is 1.5")]
    [InlineData("model.unk_token", "\"<unk>\"", "'model.unk_token' is \"<unk>\"")]
    [InlineData("model.fuse_unk", "1", "'model.fuse_unk' is 1")]
    [InlineData("model.vocab", "[]", "'model.vocab' is []")]
    [InlineData("model.vocab", "{\"a\":0,\"b\":-1,\"ab\":2}", "'model.vocab[b]' is -1")]
    [InlineData("model.vocab", "{\"a\":0,\"b\":2000000000,\"ab\":2}", "'model.vocab[b]' is 2000000000")]
    [InlineData("model.vocab", "{\"a\":0,\"b\":0.5,\"ab\":2}", "'model.vocab[b]' is 0.5")]
    [InlineData("model.vocab", "{\"a\":0,\"b\":0,\"ab\":2}", "id 0", "'a'", "'b'")]
    [InlineData("model.vocab", "{\"a\":0,\"b\":1}", "'model.merges[0]'", "'ab'")]
    [InlineData("model.vocab", "{\"b\":1,\"ab\":2}", "'model.merges[0]'", "'a'")]
    [InlineData("model.merges", "[\"ab\"]", "'model.merges[0]' is \"ab\"")]
    [InlineData("model.merges", "[[\"a\"]]", "'model.merges[0]'")]
    [InlineData("model.merges", "[7]", "'model.merges[0]' is 7")]
    [InlineData("model.merges", "[\"a \"]", "'model.merges[0]' is \"a \"")]
    [InlineData("model.merges", "null", "'model.merges' is missing")]
    [InlineData("model", "null", "'model' is missing")]
    [InlineData("model", "3", "'model' is 3")]
    [InlineData("truncation", "{\"max_length\":-8}", "'truncation.max_length' is -8")]
    [InlineData("truncation", "{\"max_length\":8,\"strategy\":\"Never\"}", "'truncation.strategy'", "OnlyFirst")]
    [InlineData("padding", "{\"strategy\":\"Shortest\"}", "'padding.strategy'", "BatchLongest")]
    [InlineData("normalizer", "{\"type\":\"Precompiled\"}", "'normalizer.precompiled_charsmap' is missing")]
    [InlineData("normalizer", "{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"Uppercase\"}]}", "'normalizer.normalizers[0].type' is \"Uppercase\"")]
    [InlineData("normalizer", "{\"type\":\"BertNormalizer\",\"lowercase\":1}", "'normalizer.lowercase' is 1")]
    [InlineData("pre_tokenizer", "{\"type\":\"Punctuation\",\"behavior\":\"Kept\"}", "'pre_tokenizer.behavior' is \"Kept\"")]
    [InlineData("pre_tokenizer", "{\"type\":\"CharDelimiterSplit\",\"delimiter\":\"ab\"}", "'pre_tokenizer.delimiter' is \"ab\"")]
    [InlineData("pre_tokenizer", "{\"type\":\"FixedLength\",\"length\":0}", "'pre_tokenizer.length' is 0")]
    [InlineData("model.type", "\"WordPiece\"", "'model.unk_token' is missing")]
    [InlineData("model.type", "\"WordLevel\"", "'model.unk_token' is missing")]
    [InlineData("normalizer", "{\"type\":\"Replace\",\"pattern\":{\"Regex\":\"(\"},\"content\":\"\"}", "'normalizer.pattern.Regex'")]
    [InlineData("normalizer", "{}", "'normalizer.type' is missing")]
    [InlineData("pre_tokenizer", "{\"type\":\"Metaspace\"}", "'pre_tokenizer.replacement' is missing")]
    [InlineData("pre_tokenizer", "{\"type\":\"Split\",\"pattern\":{\"Regex\":\"(\"},\"behavior\":\"Isolated\"}", "'pre_tokenizer.pattern.Regex' is \"(\"")]
    [InlineData("pre_tokenizer", "{\"type\":\"Split\",\"pattern\":{\"Regex\":\"\\\\[[^\\\\[]|[^a[bc]]\"},\"behavior\":\"Isolated\"}", "'pre_tokenizer.pattern.Regex'", "Oniguruma")]
    [InlineData("pre_tokenizer", "{\"type\":\"Split\",\"pattern\":{\"Regex\":\"[&a]|[\\\\w&&^a]\"},\"behavior\":\"Isolated\"}", "'pre_tokenizer.pattern.Regex'", "Oniguruma")]
    [InlineData("pre_tokenizer", "{\"type\":\"Split\",\"pattern\":{\"String\":\" \"},\"behavior\":\"Kept\"}", "'pre_tokenizer.behavior' is \"Kept\"")]
    [InlineData("post_processor", "{\"type\":\"Other\"}", "'post_processor.type' is \"Other\"")]
    [InlineData("post_processor", "{\"type\":\"BertProcessing\",\"cls\":[\"<s>\",3],\"sep\":[\"x\",99]}", "'post_processor'", "id 99")]
    [InlineData("post_processor", "{\"type\":\"TemplateProcessing\",\"single\":[],\"special_tokens\":{}}", "'post_processor.single' is []")]
    [InlineData("post_processor", "{\"type\":\"TemplateProcessing\",\"single\":[{\"SpecialToken\":{\"id\":\"<s>\"}}],\"special_tokens\":{}}", "'post_processor.special_tokens.<s>' is missing")]
    [InlineData("decoder", "{\"type\":\"Other\"}", "'decoder.type' is \"Other\"")]
    [InlineData("decoder", "{\"type\":\"BPEDecoder\",\"suffix\":\"\"}", "'decoder.suffix' is \"\"")]
    [InlineData("decoder", "{\"type\":\"Sequence\",\"decoders\":[{\"type\":\"Fuse\"},{\"type\":\"WordPiece\"}]}", "'decoder.decoders[1].type'")]
    [InlineData("decoder", "{\"type\":\"Sequence\",\"decoders\":[{\"type\":\"Fuse\"},{\"type\":\"ByteFallback\"}]}", "'decoder.decoders[1].type'")]
    [InlineData("decoder", "{\"type\":\"Strip\",\"content\":\"ab\",\"start\":1,\"stop\":0}", "'decoder.content' is \"ab\"")]
    [InlineData("added_tokens", "[{\"id\":3}]", "'added_tokens[0].content' is missing")]
    [InlineData("added_tokens", "[{\"id\":3,\"content\":\"\"}]", "'added_tokens[0]'")]
    [InlineData("added_tokens", "[{\"id\":1,\"content\":\"x\"}]", "'added_tokens[0]'", "'b'")]
    [InlineData("added_tokens", "[{\"id\":9,\"content\":\"a\"}]", "'added_tokens[0]'", "id 0")]
    [InlineData("added_tokens", "[{\"id\":9,\"content\":\"x\"},{\"id\":10,\"content\":\"x\"}]", "'added_tokens[1]'")]
    [InlineData("added_tokens", "[{\"id\":9,\"content\":\"x\"},{\"id\":9,\"content\":\"y\"}]", "'added_tokens[1]'")]
    [InlineData("added_tokens", "[{\"id\":9,\"content\":\"\\ud800\"}]", "'added_tokens[0].content'", "surrogate")]
    public void A_wrong_field_is_named_with_its_value(string path, string json, params string[] parts)
    {
        Assert.Equal(4, Good().Tokenizer.VocabularySize);
        // JsonNode cannot carry half a surrogate pair, so the value is set in the text.
        string text = Encoding.UTF8.GetString(Good().With(path, "\"@here\"").Bytes);
        AssertRefused(Encoding.UTF8.GetBytes(text.Replace("\"@here\"", json, StringComparison.Ordinal)), parts);
    }

    [Fact]
    public void A_token_listed_twice_is_refused()
    {
        string text = Encoding.UTF8.GetString(Good().Bytes).Replace("\"b\":1", "\"b\":1,\"b\":7", StringComparison.Ordinal);
        AssertRefused(Encoding.UTF8.GetBytes(text), "'model.vocab'", "'b' twice");
    }

    [Fact]
    public void A_file_cut_anywhere_is_refused()
    {
        byte[] whole = Good().Bytes;
        for (int length = 0; length < whole.Length; length++)
            AssertRefused(whole[..length], "not complete JSON", $"of {length} bytes");
    }

    [Fact]
    public void Bytes_that_are_no_utf8_are_refused()
    {
        byte[] damaged = Good().Bytes;
        damaged[^3] = 0xFF;
        AssertRefused(damaged, "not UTF-8");
    }

    [Fact]
    public void A_long_value_is_shortened_to_one_line() =>
        AssertRefused(Encoding.UTF8.GetBytes($"[{string.Concat(Enumerable.Repeat("1,\n", 500))}1]"), "its content is [1, 1,", "...; write a JSON object");

    [Theory]
    [InlineData("{\"model\":{},\"\\ud800\":1}")]
    [InlineData("{\"model\":{\"\\ud800\":1}}")]
    [InlineData("{\"model\":{\"type\":\"BPE\",\"merges\":[],\"vocab\":{\"\\ud800\":1}}}")]
    public void Half_a_surrogate_pair_in_a_name_is_refused(string json) => AssertRefused(Encoding.UTF8.GetBytes(json), "surrogate");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_damaged_file_loads_or_is_refused_and_nothing_else(bool bert)
    {
        byte[] whole = bert
            ? TokenizerJson.OfWordPiece(["[UNK]", "a", "##b"]).With("normalizer", """{"type":"BertNormalizer","strip_accents":null}""")
                .With("pre_tokenizer", """{"type":"Sequence","pretokenizers":[{"type":"BertPreTokenizer"},{"type":"Punctuation","behavior":"Isolated"},{"type":"FixedLength","length":5}]}""")
                .With("decoder", """{"type":"WordPiece","prefix":"##","cleanup":true}""").Bytes
            : TokenizerJson.OfSentencePiece(["▁", "a"], ("▁", "a")).Adding(259, "<s>x")
                .With("pre_tokenizer", TokenizerJson.ByteLevel).With("post_processor", "{\"type\":\"ByteLevel\"}").Bytes;
        int refused = 0;
        Gen.Select(Gen.Int[0, whole.Length - 1], Texts.OneOf("\"", "}", "]", "1", "-", ",", "a", "null", "\\", "\u00FF")).Array[1, 3].Sample(damage =>
        {
            byte[] damaged = [.. whole];
            foreach ((int at, string text) in damage)
                Encoding.Latin1.GetBytes(text).AsSpan(0, Math.Min(text.Length, whole.Length - at)).CopyTo(damaged.AsSpan(at));
            try
            {
                Tokenizer.Parse(damaged, "t").EncodeToIds("a b ab!");
            }
            catch (InvalidDataException error)
            {
                Assert.DoesNotContain('\n', error.Message);
                Interlocked.Increment(ref refused);
            }
        }, iter: 3000);
        Assert.True(refused > 500);
    }

    [Fact]
    public void A_file_that_is_not_there_is_named()
    {
        using var folder = new TemporaryFolder();
        var error = Assert.Throws<FileNotFoundException>(() => Tokenizer.Load(folder.FullName));
        Assert.Contains(folder.File("tokenizer.json"), error.Message, StringComparison.Ordinal);
    }
}

using System.Text;
using System.Text.Unicode;
using CsCheck;
using Weft.Text.PreTokenizers;

namespace Weft.Text.Tests.Decoders;

/// <summary>The bytes of single tokens against the text of all.</summary>
public sealed class TokenBytesTests
{
    /// <summary>No decoder drops anything of the first token here but the space that SentencePiece puts before it.</summary>
    private const string Beginning = "a";

    [Theory]
    [InlineData("tokenizers/gpt2")]
    [InlineData("tokenizers/roberta-base/tokenizer.json")]
    [InlineData("tokenizers/phi-2/tokenizer.json")]
    [InlineData("tokenizers/falcon/tokenizer.json")]
    [InlineData("tokenizers/clip/tokenizer.json")]
    [InlineData("tokenizers/tiktoken/cl100k_base.tiktoken")]
    [InlineData("tokenizers/llama2/tokenizer.json")]
    [InlineData("tokenizers/llama2/tokenizer.model")]
    [InlineData("tokenizers/phi-3-mini/tokenizer.json")]
    [InlineData("tokenizers/t5/t5-small_tokenizer.json")]
    [InlineData("tokenizers/marian-like/tokenizer.json")]
    [InlineData("models/tinystories-656k/tokenizer.json")]
    public void The_bytes_of_tokens_joined_are_their_text(string asset)
    {
        Tokenizer tokenizer = Tokenizer.Load(TestAssets.Require(asset));
        int first = tokenizer.EncodeToIds(Beginning, addSpecialTokens: false)[0], compared = 0;
        void Check(IEnumerable<int> ids)
        {
            int[] all = [first, .. ids];
            byte[] bytes = [.. all.SelectMany(tokenizer.GetTokenBytes)];
            // Decoders disagree on what to show in place of bytes that are no characters.
            if (!Utf8.IsValid(bytes))
                return;
            compared++;
            string joined = Encoding.UTF8.GetString(bytes), text = tokenizer.Decode(all);
            Assert.Equal(text, joined.StartsWith(' ') ? joined[1..] : joined);
        }
        Texts.Any.Sample(text => Check(tokenizer.EncodeToIds(text, addSpecialTokens: false)), iter: 1000, threads: 1);
        Assert.True(compared > 500, $"only {compared} texts were compared");
        for (int id = 0; id < tokenizer.VocabularySize; id++)
            Check([id, first]);
    }

    [Theory]
    [MemberData(nameof(DetokenizerTests.Decoders), MemberType = typeof(DetokenizerTests))]
    public void A_decoder_gives_the_bytes_of_tokens_or_none_at_all(string decoder)
    {
        Tokenizer tokenizer = TokenizerJson.Of(DetokenizerTests.Tokens).With("decoder", decoder).Tokenizer;
        int[] known = [.. Enumerable.Range(0, tokenizer.VocabularySize).Where(id => HasBytes(tokenizer, id))];
        if (known.Length == 0)
            return;
        int plain = tokenizer.TokenToId("not")!.Value, compared = 0;
        Gen.Int[0, known.Length - 1].Array[0, 12].Sample(indices =>
        {
            int[] ids = [plain, .. indices.Select(index => known[index])];
            byte[] bytes = [.. ids.SelectMany(tokenizer.GetTokenBytes)];
            if (!Utf8.IsValid(bytes))
                return;
            compared++;
            Assert.Equal(tokenizer.Decode(ids), Encoding.UTF8.GetString(bytes));
        }, iter: 2000, threads: 1);
        Assert.True(compared > 100, $"only {compared} texts were compared");
    }

    [Theory]
    [InlineData("""{"type":"ByteLevel"}""", true)]
    [InlineData("""{"type":"Metaspace","replacement":"▁","prepend_scheme":"always"}""", true)]
    [InlineData("""{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"▁"},"content":" "},{"type":"ByteFallback"},{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]}""", true)]
    [InlineData("""{"type":"Sequence","decoders":[{"type":"Fuse"},{"type":"Strip","content":" ","start":0,"stop":1}]}""", false)]
    [InlineData("""{"type":"Sequence","decoders":[{"type":"Fuse"},{"type":"Replace","pattern":{"String":"ab"},"content":"-"}]}""", false)]
    [InlineData("""{"type":"WordPiece","prefix":"##","cleanup":true}""", false)]
    [InlineData("""{"type":"CTC","pad_token":"<pad>","word_delimiter_token":"|","cleanup":true}""", false)]
    [InlineData("""{"type":"BPEDecoder","suffix":"</w>"}""", false)]
    [InlineData(null, false)]
    public void Where_neighbours_decide_there_are_none(string? decoder, bool expected)
    {
        TokenizerJson json = TokenizerJson.Of(["a", "b"]);
        Tokenizer tokenizer = decoder is null ? json.Tokenizer : json.With("decoder", decoder).Tokenizer;
        Assert.Equal(expected, HasBytes(tokenizer, 0));
        if (!expected)
            Assert.Contains("token 'a'", Assert.Throws<NotSupportedException>(() => tokenizer.GetTokenBytes(0)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Half_a_character_is_a_token_of_its_own()
    {
        Tokenizer bytes = TokenizerJson.OfBytes().Tokenizer, pieces = TokenizerJson.OfSentencePiece(["▁a"]).Tokenizer;
        Assert.Equal([0xF0], bytes.GetTokenBytes(bytes.TokenToId(ByteAlphabet.ToCharacter(0xF0).ToString())!.Value));
        Assert.Equal([0xF0], pieces.GetTokenBytes(pieces.TokenToId("<0xF0>")!.Value));
        Assert.Equal(" a"u8, pieces.GetTokenBytes(pieces.TokenToId("▁a")!.Value));
    }

    [Fact]
    public void Special_tokens_and_gaps_have_none_and_other_added_ones_their_text()
    {
        Tokenizer tokenizer = TokenizerJson.OfBytes().Adding(256, "<|x|>").Adding(258, "two wörds", "\"special\":false,\"normalized\":false").Tokenizer;
        Assert.Empty(tokenizer.GetTokenBytes(256));
        Assert.Empty(tokenizer.GetTokenBytes(257));
        Assert.Equal("two wörds"u8, tokenizer.GetTokenBytes(258));
        foreach (int id in new[] { -1, 259 })
            Assert.Contains("size is 259", Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.GetTokenBytes(id)).Message, StringComparison.Ordinal);
    }

    private static bool HasBytes(Tokenizer tokenizer, int id)
    {
        try
        {
            tokenizer.GetTokenBytes(id);
            return true;
        }
        catch (NotSupportedException)
        {
            return false;
        }
    }
}

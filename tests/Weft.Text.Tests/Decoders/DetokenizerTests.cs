using System.Text;
using CsCheck;
using Weft.Text.PreTokenizers;

namespace Weft.Text.Tests.Decoders;

public sealed class DetokenizerTests
{
    internal static readonly string[] Tokens =
    [
        "▁", "▁▁", "▁the", "a", "b", "ab", "aab", " ", "  ", "é", "日本", "😀", "<unk>", "<0x41>", "<0xE6>", "<0x97>", "<0xA5>", "<0xF0>", "<0x9F>", "<0x98>",
        "<0x80>", "<0xFF>", "<0x20>", "<0x0A>", "Ġ", "Ã", "©", "ð", "Ł", "ĺ", "Ģ", "Ċ", "t▁",
        "##a", "##", "##do", "do", "not", "do not", "n't", ".", "'", "' ", "'s", "x ?", " . ,", "<pad>", "|", "a|b<pad>", "</w>", "a</w>", "</w>b</w>",
    ];

    public static TheoryData<string> Decoders => [.. new[]
    {
        """{"type":"ByteLevel"}""",
        """{"type":"Fuse"}""",
        """{"type":"ByteFallback"}""",
        """{"type":"Replace","pattern":{"String":"ab"},"content":"-"}""",
        """{"type":"Strip","content":"▁","start":1,"stop":1}""",
        """{"type":"WordPiece","prefix":"##","cleanup":true}""",
        """{"type":"WordPiece","prefix":"##","cleanup":false}""",
        """{"type":"CTC","pad_token":"<pad>","word_delimiter_token":"|","cleanup":true}""",
        """{"type":"CTC","pad_token":"<pad>","word_delimiter_token":"|","cleanup":false}""",
        """{"type":"BPEDecoder","suffix":"</w>"}""",
        """{"type":"Sequence","decoders":[{"type":"CTC","pad_token":"<pad>","word_delimiter_token":"|","cleanup":true},{"type":"WordPiece","prefix":"##","cleanup":true},{"type":"BPEDecoder","suffix":"a"},{"type":"Fuse"}]}""",
        """{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"▁"},"content":" "},{"type":"ByteFallback"},{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]}""",
        """{"type":"Sequence","decoders":[{"type":"Fuse"},{"type":"Strip","content":"▁","start":3,"stop":2}]}""",
        """{"type":"Sequence","decoders":[{"type":"Strip","content":"b","start":1,"stop":0},{"type":"Replace","pattern":{"String":"ab"},"content":"-"}]}""",
        """{"type":"Sequence","decoders":[{"type":"Fuse"},{"type":"Replace","pattern":{"String":"aab"},"content":"[a]"}]}""",
        """{"type":"Sequence","decoders":[{"type":"ByteLevel"},{"type":"Replace","pattern":{"String":"é"},"content":"e"}]}""",
        """{"type":"Sequence","decoders":[{"type":"ByteFallback"},{"type":"Fuse"},{"type":"Replace","pattern":{"String":"日本"},"content":"Japan"},{"type":"Strip","content":"a","start":2,"stop":1}]}""",
    }];

    [Theory]
    [MemberData(nameof(Decoders))]
    public void Streamed_text_equals_the_decoding_of_the_whole(string decoder)
    {
        Tokenizer tokenizer = TokenizerJson.Of(Tokens).With("decoder", decoder).Tokenizer;
        Gen.Int[0, Tokens.Length - 1].Array[0, 20].Sample(ids =>
        {
            Detokenizer stream = tokenizer.CreateDetokenizer();
            string[] parts = [.. ids.Select(stream.Append), stream.Flush()];
            foreach (string part in parts)
                Assert.Equal(part, Texts.WellFormed(part));
            Assert.Equal(WholeDecoder.Decode(decoder, ids.Select(id => Tokens[id])), string.Concat(parts));
            Assert.Equal(string.Concat(parts), tokenizer.Decode(ids));
        }, iter: 2000);
    }

    [Fact]
    public void A_character_is_not_shown_before_its_last_byte()
    {
        Tokenizer tokenizer = TokenizerJson.OfBytes().Tokenizer;
        Detokenizer stream = tokenizer.CreateDetokenizer();
        int[] ids = [.. Encoding.UTF8.GetBytes("😀!").Select(b => tokenizer.TokenToId(ByteAlphabet.ToCharacter(b).ToString())!.Value)];
        Assert.Equal(["", "", "", "😀", "!"], ids.Select(stream.Append));
        Assert.Equal("", stream.Flush());
    }

    [Fact]
    public void What_is_left_of_a_character_is_shown_at_the_end_as_the_replacement_character()
    {
        Tokenizer tokenizer = TokenizerJson.OfBytes().Tokenizer;
        Detokenizer stream = tokenizer.CreateDetokenizer();
        int first = tokenizer.TokenToId(ByteAlphabet.ToCharacter(0xF0).ToString())!.Value;
        Assert.Equal("", stream.Append(first));
        Assert.Equal("\uFFFD", stream.Flush());
        Assert.Equal("a", stream.Append(tokenizer.TokenToId("a")!.Value));
    }

    [Fact]
    public void After_a_flush_another_text_begins()
    {
        Tokenizer tokenizer = TokenizerJson.OfSentencePiece(["▁", "a"], ("▁", "a")).Tokenizer;
        Detokenizer stream = tokenizer.CreateDetokenizer();
        int[] ids = tokenizer.EncodeToIds("a a");
        for (int text = 0; text < 2; text++)
            Assert.Equal("a a", string.Concat(ids.Select(stream.Append)) + stream.Flush());
    }

    [Fact]
    public void Special_tokens_are_shown_only_when_asked_for()
    {
        Tokenizer tokenizer = TokenizerJson.OfBytes().Adding(256, "<|x|>").Adding(257, "two words", "\"special\":false,\"normalized\":false").Tokenizer;
        int[] ids = [256, tokenizer.TokenToId("a")!.Value, 257, 256];
        Assert.Equal("atwo words", tokenizer.Decode(ids));
        Assert.Equal("<|x|>atwo words<|x|>", tokenizer.Decode(ids, skipSpecialTokens: false));
    }

    [Fact]
    public void Without_a_decoder_tokens_are_joined_by_spaces() =>
        Assert.Equal("a b ab", TokenizerJson.Of(["a", "b", "ab"]).Tokenizer.Decode([0, 1, 2]));

    [Theory]
    [InlineData(-1)]
    [InlineData(2)]
    public void An_id_outside_the_vocabulary_is_named_with_the_vocabularys_size(int id)
    {
        Tokenizer tokenizer = TokenizerJson.Of(["a", "b"]).Tokenizer;
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.Decode([id]));
        Assert.Contains($"id {id} ", error.Message, StringComparison.Ordinal);
        Assert.Contains("size is 2", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.CreateDetokenizer().Append(id));
    }
}

using CsCheck;

namespace Weft.Text.Tests.Encodings;

/// <summary>Offsets: the part of the original text that each token stands for.</summary>
public sealed class OffsetTests
{
    private static Tokenizer Bytes() => TokenizerJson.OfBytes(("t", "h"), ("th", "e"), ("Ġ", "the"), ("a", "a"), ("Ã", "©")).Adding(300, "<s>").Tokenizer;

    private static Tokenizer SentencePiece() =>
        TokenizerJson.OfSentencePiece(["▁", "t", "h", "e", "a", "é"], ("t", "h"), ("th", "e"), ("▁", "the"), ("a", "a")).Adding(400, "<|x|>").Tokenizer;

    private static Tokenizer Composed() => TokenizerJson.OfBytes(("t", "h")).With("normalizer", """{"type":"NFC"}""").Tokenizer;

    public static TheoryData<string> Kinds => ["bytes", "sentencepiece", "composed"];

    private static Tokenizer Make(string kind) => kind switch
    {
        "bytes" => Bytes(),
        "sentencepiece" => SentencePiece(),
        _ => Composed(),
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Tokens_with_offsets_have_the_ids_of_tokens_without(string kind)
    {
        Tokenizer tokenizer = Make(kind);
        Texts.Any.Sample(text =>
        {
            foreach (bool parse in new[] { false, true })
            {
                IReadOnlyList<EncodedToken> tokens = tokenizer.EncodeToTokens(text, parseSpecialTokens: parse);
                Assert.Equal(tokenizer.EncodeToIds(text, parseSpecialTokens: parse), tokens.Select(token => token.Id));
                Assert.All(tokens, token => Assert.Equal(tokenizer.IdToToken(token.Id), token.Value));
            }
        }, iter: 1000);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Offsets_slice_the_text_in_order_and_leave_nothing_out(string kind)
    {
        Tokenizer tokenizer = Make(kind);
        Texts.Any.Sample(text =>
        {
            int covered = 0, start = 0;
            foreach (EncodedToken token in tokenizer.EncodeToTokens(text, parseSpecialTokens: true))
            {
                (int from, int to) = (token.Offset.Start.Value, token.Offset.End.Value);
                Assert.InRange(from, start, covered);
                Assert.InRange(to, from, text.Length);
                Assert.False(Splits(Texts.WellFormed(text), from) || Splits(Texts.WellFormed(text), to), "an offset lies within a character");
                (start, covered) = (from, Math.Max(covered, to));
            }
            Assert.Equal(text.Length, covered);
        }, iter: 1000);
    }

    [Fact]
    public void A_byte_token_covers_its_whole_character()
    {
        Tokenizer tokenizer = Bytes();
        Assert.Equal([0..2, 2..4, 2..4, 2..4, 2..4, 4..5], tokenizer.EncodeToTokens("th😀é").Select(token => token.Offset));
    }

    [Fact]
    public void A_mark_before_the_first_word_covers_the_word()
    {
        IReadOnlyList<EncodedToken> tokens = SentencePiece().EncodeToTokens("the the é\u4E00");
        Assert.Equal(["▁the", "▁the", "▁", "é", "<0xE4>", "<0xB8>", "<0x80>"], tokens.Select(token => token.Value));
        Assert.Equal([0..3, 3..7, 7..8, 8..9, 9..10, 9..10, 9..10], tokens.Select(token => token.Offset));
    }

    [Fact]
    public void A_composed_character_covers_all_that_it_is_made_of()
    {
        IReadOnlyList<EncodedToken> tokens = Composed().EncodeToTokens("ae\u0301th");
        Assert.Equal([0..1, 1..3, 1..3, 3..5], tokens.Select(token => token.Offset));
    }

    [Fact]
    public void Half_a_surrogate_pair_keeps_its_place()
    {
        Assert.Equal([0..1, 1..2, 1..2, 1..2, 2..3], Bytes().EncodeToTokens("a\uD83Db").Select(token => token.Offset));
    }

    [Fact]
    public void A_special_token_covers_its_name()
    {
        Assert.Equal([0..1, 1..4, 4..6], Bytes().EncodeToTokens("b<s>th", parseSpecialTokens: true).Select(token => token.Offset));
    }

    [Theory]
    [InlineData(true, false, new[] { 0, 3, 4, 7 })]
    [InlineData(false, false, new[] { 0, 3, 3, 7 })]
    [InlineData(true, true, new[] { 0, 3, 4, 7 })]
    public void White_space_before_a_word_is_left_out_where_the_file_says_so(bool trim, bool addPrefixSpace, int[] expected)
    {
        Tokenizer tokenizer = TokenizerJson.OfBytes(("t", "h"), ("th", "e"), ("Ġ", "the")).With("post_processor",
            $$"""{"type":"ByteLevel","add_prefix_space":{{(addPrefixSpace ? "true" : "false")}},"trim_offsets":{{(trim ? "true" : "false")}},"use_regex":true}""").Tokenizer;
        Range[] offsets = [.. tokenizer.EncodeToTokens("the the").Select(token => token.Offset)];
        Assert.Equal(expected, offsets.SelectMany(range => new[] { range.Start.Value, range.End.Value }));
    }

    private static bool Splits(string text, int at) => at > 0 && at < text.Length && char.IsLowSurrogate(text[at]);
}

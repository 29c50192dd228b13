using CsCheck;

namespace Weft.Text.Tests.Pieces;

/// <summary>Offsets are valid slices and ids do not depend on whether they are wanted, whatever rewrites and cuts the text.</summary>
public sealed class OffsetTests
{
    private static readonly string[] Words = ["[UNK]", "a", "##a", "b", "##b", "the", "hello", "é", "e", "##e", "日", "##本", "😀", "i", "##\u0307", "σ", "##σ", "ᄀ", "##ᅡ", "'", "##'", "##s", "!", " ", "## "];

    public static TheoryData<string, string> Components => new()
    {
        { """{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":true}""", """{"type":"BertPreTokenizer"}""" },
        { """{"type":"BertNormalizer","clean_text":false,"handle_chinese_chars":true,"strip_accents":true,"lowercase":false}""", """{"type":"Whitespace"}""" },
        { """{"type":"Sequence","normalizers":[{"type":"NFKD"},{"type":"StripAccents"},{"type":"Lowercase"}]}""", """{"type":"WhitespaceSplit"}""" },
        { """{"type":"Sequence","normalizers":[{"type":"Nmt"},{"type":"NFKC"},{"type":"Strip","strip_left":true,"strip_right":true}]}""", """{"type":"Punctuation","behavior":"MergedWithNext"}""" },
        { """{"type":"ByteLevel"}""", """{"type":"FixedLength","length":3}""" },
        { """{"type":"Lowercase"}""", """{"type":"Sequence","pretokenizers":[{"type":"UnicodeScripts"},{"type":"Digits","individual_digits":true},{"type":"CharDelimiterSplit","delimiter":"a"}]}""" },
    };

    [Theory]
    [MemberData(nameof(Components))]
    public void Ids_are_the_same_and_offsets_are_slices(string normalizer, string preTokenizer)
    {
        foreach (TokenizerJson json in new[] { TokenizerJson.OfWordPiece(Words), TokenizerJson.OfWordLevel(Words) })
        {
            Tokenizer tokenizer = json.With("normalizer", normalizer).With("pre_tokenizer", preTokenizer).Tokenizer;
            Texts.Any.Sample(text =>
            {
                EncodedText encoded = tokenizer.Encode(text);
                Assert.Equal(tokenizer.EncodeToIds(text), encoded.Ids);
                Assert.Equal(encoded.Ids.Length, encoded.Offsets.Length);
                string whole = Texts.WellFormed(text);
                foreach (Range offset in encoded.Offsets)
                {
                    Assert.InRange(offset.Start.Value, 0, offset.End.Value);
                    Assert.InRange(offset.End.Value, 0, text.Length);
                    Assert.False(SplitsPair(whole, offset.Start.Value) || SplitsPair(whole, offset.End.Value));
                }
            }, iter: 500);
        }
    }

    [Fact]
    public void Berts_tokens_point_at_what_they_were()
    {
        Tokenizer tokenizer = TokenizerJson.OfWordPiece(["[UNK]", "hello", "ha", "##llo", "中", "i"])
            .With("normalizer", """{"type":"BertNormalizer"}""").With("pre_tokenizer", """{"type":"BertPreTokenizer"}""").Tokenizer;
        const string text = "HÉLLO\u0000 x中İ Hällo";
        Assert.Equal(["HÉLLO", "x", "中", "İ", "Hä", "llo"], tokenizer.EncodeToTokens(text).Select(token => text[token.Offset]));
    }

    private static bool SplitsPair(string text, int at) => at > 0 && at < text.Length && char.IsSurrogatePair(text[at - 1], text[at]);
}

using System.Globalization;
using System.IO.Compression;
using System.Text;
using CsCheck;
using Weft.Text.Normalizers;

namespace Weft.Text.Tests.Normalizers;

public sealed class UnicodeNormalizerTests
{
    private static readonly UnicodeNormalizer Nfc = new(compatible: false, compose: true);
    private static readonly UnicodeNormalizer Nfd = new(compatible: false, compose: false);
    private static readonly UnicodeNormalizer Nfkc = new(compatible: true, compose: true);
    private static readonly UnicodeNormalizer Nfkd = new(compatible: true, compose: false);

    // The examples of Unicode Standard Annex #15 and others that each need one rule.
    [Theory]
    [InlineData("e\u0301", "\u00E9", "e\u0301", "\u00E9", "e\u0301")]
    [InlineData("\u1E9B\u0323", "\u1E9B\u0323", "\u017F\u0323\u0307", "\u1E69", "s\u0323\u0307")]
    [InlineData("\uFB01", "\uFB01", "\uFB01", "fi", "fi")]
    [InlineData("\u212B", "\u00C5", "A\u030A", "\u00C5", "A\u030A")]
    [InlineData("d\u0307\u0323", "\u1E0D\u0307", "d\u0323\u0307", "\u1E0D\u0307", "d\u0323\u0307")]
    [InlineData("\uAC01", "\uAC01", "\u1100\u1161\u11A8", "\uAC01", "\u1100\u1161\u11A8")]
    [InlineData("\u0958", "\u0915\u093C", "\u0915\u093C", "\u0915\u093C", "\u0915\u093C")]
    [InlineData("a\u0315\u0300\u05AE\u0300b", "\u00E0\u05AE\u0300\u0315b", "a\u05AE\u0300\u0300\u0315b", "\u00E0\u05AE\u0300\u0315b", "a\u05AE\u0300\u0300\u0315b")]
    [InlineData("x\u00A0½", "x\u00A0½", "x\u00A0½", "x 1\u20442", "x 1\u20442")]
    [InlineData("plain ASCII", "plain ASCII", "plain ASCII", "plain ASCII", "plain ASCII")]
    public void Known_texts_have_known_forms(string text, string nfc, string nfd, string nfkc, string nfkd)
    {
        Assert.Equal(nfc, Nfc.Normalize(text));
        Assert.Equal(nfd, Nfd.Normalize(text));
        Assert.Equal(nfkc, Nfkc.Normalize(text));
        Assert.Equal(nfkd, Nfkd.Normalize(text));
    }

    // Hugging Face's tables end with Unicode 9; SentencePiece's go on.
    private static bool IsAddedAfterUnicode9(Rune rune) => rune.Value is 0x32FF or (>= 0xA7F2 and <= 0xA7F4) or (>= 0xAB66 and <= 0xAB69)
        or (>= 0x10781 and <= 0x107BA) or (>= 0x11930 and <= 0x11938) or (>= 0x1DF04 and <= 0x1DF1E) or (>= 0x1E030 and <= 0x1E06D)
        or 0x1F16C or (>= 0x1FBF0 and <= 0x1FBF9);

    [Theory]
    [InlineData("nfc", 13000)]
    [InlineData("nfd", 13000)]
    [InlineData("nfkd", 17000)]
    public void Sentencepieces_tables_agree(string form, int least)
    {
        UnicodeNormalizer normalizer = form == "nfc" ? Nfc : form == "nfd" ? Nfd : Nfkd;
        using var file = new GZipStream(File.OpenRead(TestAssets.Require($"tokenizer-vectors/sentencepiece/{form}.tsv.gz")), CompressionMode.Decompress);
        using var reader = new StreamReader(file);
        int rows = 0, newer = 0;
        for (; reader.ReadLine() is string line; rows++)
        {
            string[] columns = line.Split('\t');
            if (Scalars($"{columns[0]} {columns[1]}").EnumerateRunes().Any(IsAddedAfterUnicode9))
                newer++;
            else
                Assert.Equal(Scalars(columns[1]), normalizer.Normalize(Scalars(columns[0])));
        }
        Assert.True(rows > least && newer < 150, $"{newer} of {rows} rows were left out");
    }

    [Fact]
    public void Forms_agree_with_each_other()
    {
        Gen<string> scalar = Gen.Frequency(
            (4, Gen.Int[0x20, 0x17F]), (4, Gen.Int[0x300, 0x36F]), (1, Gen.Int[0x1100, 0x11FF]), (1, Gen.Int[0xAC00, 0xD7A3]), (2, Gen.Int[0x900, 0x1FFF]),
            (1, Gen.Int[0xE000, 0x2FFFF])).Select(value => new Rune(value).ToString());
        scalar.Array[0, 12].Select(string.Concat).Sample(text =>
        {
            Assert.Equal(Nfc.Normalize(text), Nfc.Normalize(Nfd.Normalize(text)));
            Assert.Equal(Nfd.Normalize(text), Nfd.Normalize(Nfc.Normalize(text)));
            Assert.Equal(Nfkc.Normalize(text), Nfkc.Normalize(Nfkd.Normalize(Nfc.Normalize(text))));
            Assert.Equal(Nfkd.Normalize(text), Nfkd.Normalize(Nfkc.Normalize(text)));
            foreach (UnicodeNormalizer form in new[] { Nfc, Nfd, Nfkc, Nfkd })
                Assert.Equal(form.Normalize(text), form.Normalize(form.Normalize(text)));
        }, iter: 3000);
    }

    [Fact]
    public void A_tokenizer_file_may_ask_for_a_form()
    {
        Tokenizer tokenizer = TokenizerJson.OfBytes().With("normalizer", """{"type":"NFC"}""").Tokenizer;
        Assert.Equal(tokenizer.EncodeToIds("caf\u00E9"), tokenizer.EncodeToIds("cafe\u0301"));
    }

    private static string Scalars(string hex) => string.Concat(hex.Split(' ')
        .Select(value => new Rune(int.Parse(value, NumberStyles.HexNumber, CultureInfo.InvariantCulture)).ToString()));
}

using System.Globalization;
using System.Text;
using CsCheck;
using Weft.Text.Normalizers;

namespace Weft.Text.Tests.Normalizers;

public sealed class CharacterNormalizerTests
{
    // Marks that canonical order moves: some BERT takes away, U+302E, U+1D165, U+1D16D and U+A9C0 it does not.
    private static readonly Gen<string> Marks = Texts.OneOf("\u0301", "\u0323", "\u0345", "\u302E", "\U0001D165", "\U0001D16D", "\uA9C0", "\u093C", "a", "é", "İ", "각", "\u0001", "中", "Ǆ", "\u0958", "\uF900");

    private static readonly Gen<string> Strings = Gen.OneOf(
        Texts.Any.Select(Texts.WellFormed), Marks.Array[0, 12].Select(string.Concat),
        Gen.Int[0, 0x10FFFF].Where(Rune.IsValid).Select(scalar => char.ConvertFromUtf32(scalar)).Array[0, 8].Select(string.Concat));

    [Fact]
    public void Berts_normalizer_gives_what_its_steps_give_one_after_another()
    {
        foreach (int options in Enumerable.Range(0, 16))
        {
            (bool clean, bool spaceChinese, bool stripAccents, bool lowercase) = ((options & 1) != 0, (options & 2) != 0, (options & 4) != 0, (options & 8) != 0);
            BertNormalizer normalizer = BertNormalizer.Of(clean, spaceChinese, stripAccents, lowercase);
            Strings.Sample(text => Assert.Equal(PlainBert.Normalize(text, clean, spaceChinese, stripAccents, lowercase), normalizer.Normalize(text)), iter: 500);
        }
    }

    [Fact]
    public void Every_character_by_itself_is_normalized_as_by_the_steps()
    {
        BertNormalizer normalizer = BertNormalizer.Of(clean: true, spaceChinese: true, stripAccents: true, lowercase: true);
        foreach (string text in Enumerable.Range(0, 0x110000).Where(Rune.IsValid).Select(scalar => char.ConvertFromUtf32(scalar)).Chunk(512).Select(chunk => string.Concat(chunk)))
            Assert.Equal(PlainBert.Normalize(text, true, true, true, true), normalizer.Normalize(text));
    }

    [Theory]
    [InlineData("Héllo\tWÖRLD\r\n中x\u0000\uFFFD\u00AD!", "hello world   中 x!")]
    [InlineData("İΑΣ ß Ǆ 각", "iασ ß ǆ \u1100\u1161\u11A8")]
    public void Known_texts_are_normalized_as_by_bert(string text, string expected) =>
        Assert.Equal(expected, BertNormalizer.Of(true, true, true, true).Normalize(text));

    [Theory]
    [InlineData("Lowercase", "ΑΣ İ ǅ \u1E9E \U00010400", "ασ i\u0307 ǆ ß \U00010428")]
    [InlineData("StripAccents", "e\u0301é\u0903\u20DDx", "eéx")]
    [InlineData("Strip", " \t\u3000a b\u00A0\n", "a b")]
    [InlineData("Nmt", "a\u0001b\tc\u200Bd▁e\u2028f\u00A0g\u008F", "ab c d e f\u00A0g")]
    [InlineData("ByteLevel", "a é\n", "aĠÃ©Ċ")]
    public void Each_type_does_its_part(string type, string text, string expected)
    {
        Tokenizer tokenizer = TokenizerJson.OfWordLevel(["[UNK]", expected]).With("normalizer", $$"""{"type":"{{type}}"}""").Tokenizer;
        Assert.Equal([1], tokenizer.EncodeToIds(text));
    }

    [Theory]
    [InlineData(true, false, "a ")]
    [InlineData(false, true, "  a")]
    [InlineData(false, false, "  a ")]
    public void One_side_may_be_left_alone(bool left, bool right, string expected) => Assert.Equal(expected, new StripNormalizer(left, right).Normalize("  a "));

    // .NET's tables are of another Unicode version, so a few characters at the edges may differ, and İ, of which .NET has no full mapping.
    [Fact]
    public void Classes_and_lower_case_agree_with_dotnets_where_unicode_has_not_changed()
    {
        int differ = 0, lower = 0;
        for (int scalar = 0; scalar < 0x3000; scalar++)
        {
            CharacterClasses classes = CharacterTables.Instance.ClassesOf(scalar);
            UnicodeCategory category = CharUnicodeInfo.GetUnicodeCategory(scalar);
            Assert.Equal(char.IsWhiteSpace((char)scalar), (classes & CharacterClasses.Space) != 0);
            bool[] expected =
            [
                category is >= UnicodeCategory.ConnectorPunctuation and <= UnicodeCategory.OtherPunctuation || scalar < 128 && char.IsSymbol((char)scalar),
                category is UnicodeCategory.NonSpacingMark,
                category is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark,
                category is UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber,
            ];
            CharacterClasses[] asked = [CharacterClasses.Punctuation, CharacterClasses.NonSpacingMark, CharacterClasses.Mark, CharacterClasses.Number];
            differ += asked.Zip(expected).Count(pair => (classes & pair.First) != 0 != pair.Second);
            lower += CharacterTables.Instance.LowerCase(scalar) == Rune.ToLowerInvariant(new Rune(scalar)).ToString() ? 0 : 1;
        }
        Assert.InRange(differ, 0, 200);
        Assert.InRange(lower, 1, 3);
    }
}

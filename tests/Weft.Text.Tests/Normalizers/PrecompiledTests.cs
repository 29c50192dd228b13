using System.Text.Json;
using Weft.Text.Files;
using Weft.Text.Normalizers;

namespace Weft.Text.Tests.Normalizers;

public sealed class PrecompiledTests
{
    private static JsonField T5()
    {
        string file = TestAssets.Require("tokenizers/t5/t5-small_tokenizer.json");
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(file));
        return new JsonField(file, "normalizer", json.RootElement.GetProperty("normalizer").Clone());
    }

    // Hugging Face takes the shortest rule for the whole of a short grapheme, and single characters of a long one.
    [Theory]
    [InlineData("plain text 42", "plain text 42", "plain text 42")]
    [InlineData("Ａ１ ﬁ ① ㍻", "A1 fi 1 平成", "A1 fi 1 平成")]
    [InlineData("a\tb\u0001c\u200Bd", "a bc d", "a bc d")]
    [InlineData("a\u0300 ｶﾞ", "à カ\u3099", "à ガ")]
    [InlineData("a\r\nb", "a b", "a  b")]
    [InlineData("\u3000😀", " 😀", " 😀")]
    [InlineData("à\u0316", "à\u0316", "à\u0316")]
    public void Published_rules_rewrite_text(string text, string expected, string asSentencePiece)
    {
        Assert.Equal(expected, CharsMapReader.Read(T5()).Normalize(text));
        var plain = new SentencePieceOptions { AddDummyPrefix = false, RemoveExtraWhitespaces = false, EscapeWhitespaces = false };
        Assert.Equal(asSentencePiece, new SentencePieceNormalizer(CharsMapReader.ReadMap(T5()), plain).Normalize(text));
    }

    [Fact]
    public void Tracked_text_is_the_same_and_knows_its_origins()
    {
        PrecompiledNormalizer normalizer = CharsMapReader.Read(T5());
        const string Text = "x㍻ﬁ\u0001y";
        var origins = Enumerable.Range(0, Text.Length).Select(i => new Origin(i, i + 1)).ToArray();
        var output = new AlignedText();
        var piece = new Piece(Text, Text.Length, origins, isFirst: true);
        output.Begin(piece);
        normalizer.Normalize(piece, output);
        Assert.Equal("x平成fiy", output.Piece.Text.ToString());
        Assert.Equal([0, 1, 1, 2, 2, 4], output.Piece.Origins.ToArray().Select(origin => origin.Start));
    }

    [Theory]
    [InlineData("AAAA", "claims")]
    [InlineData("//8AAAAA", "claims")]
    [InlineData("BAAAAAAAAAAA", "points to unit")]
    [InlineData("*", "base64")]
    public void Damaged_rules_are_refused(string base64, string named)
    {
        var field = new JsonField("test.json", "normalizer", JsonElement.Parse($$"""{"type":"Precompiled","precompiled_charsmap":"{{base64}}"}"""));
        var error = Assert.Throws<InvalidDataException>(() => CharsMapReader.Read(field));
        Assert.StartsWith("test.json: field 'normalizer.precompiled_charsmap'", error.Message, StringComparison.Ordinal);
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }
}

using CsCheck;
using Weft.Text.Files.SentencePiece;
using Weft.Text.Unigram;

namespace Weft.Text.Tests.Files.SentencePiece;

public sealed class SentencePieceReaderTests
{
    private static ModelFile Basic(bool isBpe) => new ModelFile().Trainer(isBpe).Piece("<unk>", 0, PieceType.Unknown).Piece("<s>", 0, PieceType.Control);

    [Theory]
    [InlineData(true, true, " a  b ", "▁a|▁b")]
    [InlineData(true, false, "a  b ", "▁a|▁|▁b|▁")]
    [InlineData(false, true, "  a b", "a|▁b")]
    [InlineData(false, false, "a b", "a|▁b")]
    [InlineData(true, true, "   ", "")]
    [InlineData(true, false, " ", "▁|▁")]
    public void Spaces_are_counted_and_marked(bool prefix, bool removeSpaces, string text, string tokens)
    {
        Tokenizer tokenizer = Basic(isBpe: false).Normalizer(prefix, removeSpaces).Piece("▁a", -1).Piece("▁b", -1).Piece("▁", -2).Piece("a", -3).Piece("b", -3).Tokenizer;
        Assert.Equal(tokens.Split('|', StringSplitOptions.RemoveEmptyEntries), Texts.Tokens(tokenizer, text));
    }

    [Fact]
    public void Spaces_may_end_words_and_stay_spaces()
    {
        Tokenizer suffix = Basic(isBpe: false).Trainer(isBpe: false, suffix: true).Piece("a▁", -1).Piece("b▁", -1).Tokenizer;
        Assert.Equal(["a▁", "b▁"], Texts.Tokens(suffix, "a b"));
        Tokenizer plain = Basic(isBpe: false).Normalizer(prefix: true, removeSpaces: true, escape: false).Piece(" a", -1).Piece(" b", -1).Tokenizer;
        Assert.Equal([" a", " b"], Texts.Tokens(plain, "a b"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void User_defined_pieces_come_first_and_marks_of_structure_never(bool isBpe)
    {
        Tokenizer tokenizer = Basic(isBpe).Normalizer(prefix: false, removeSpaces: false).Piece("ab", 0, PieceType.UserDefined).Piece("abc", -20).Piece("a", -9).Piece("b", -9)
            .Piece("c", -9).Piece("bc", -2).Piece("<", -9).Piece("s", -9).Piece(">", -9).Tokenizer;
        Assert.Equal(["ab", "c", "a", "<", "s", ">", "bc"], Texts.Tokens(tokenizer, "abca<s>bc"));
    }

    [Fact]
    public void The_highest_score_merges_first_and_the_leftmost_of_equals()
    {
        Tokenizer tokenizer = Basic(isBpe: true).Normalizer(prefix: false, removeSpaces: false).Piece("a", -9).Piece("b", -9).Piece("c", -9).Piece("ab", -2).Piece("bc", -1)
            .Piece("aa", -3).Piece("aaa", -3).Tokenizer;
        Assert.Equal(["a", "bc"], Texts.Tokens(tokenizer, "abc"));
        Assert.Equal(["aaa", "aa"], Texts.Tokens(tokenizer, "aaaaa"));
    }

    [Fact]
    public void Unused_pieces_are_taken_apart_and_pieces_of_unknown_characters_found()
    {
        Tokenizer tokenizer = Basic(isBpe: true).Normalizer(prefix: false, removeSpaces: false).Piece("a", -9).Piece("b", -9).Piece("ab", -1, PieceType.Unused)
            .Piece("abb", -2).Piece("xy", -3).Tokenizer;
        Assert.Equal(["a", "b", "a", "abb", "xy", "<unk>"], Texts.Tokens(tokenizer, "abaabbxyzz"));
    }

    [Fact]
    public void Bytes_stand_for_unknown_characters()
    {
        var file = Basic(isBpe: true).Trainer(isBpe: true, byteFallback: true).Normalizer(prefix: true, removeSpaces: false).Piece("▁", -1);
        for (int b = 0; b < 256; b++)
            file.Piece($"<0x{b:X2}>", 0, PieceType.Byte);
        Tokenizer tokenizer = file.Tokenizer;
        Assert.Equal(["▁", "<0xC3>", "<0xA9>"], Texts.Tokens(tokenizer, "é"));
        Texts.Any.Sample(text => Assert.Equal(Texts.WellFormed(text).Replace('▁', ' '), tokenizer.Decode(tokenizer.EncodeToIds(text))), iter: 300);
    }

    public static TheoryData<string, byte[]> Wrong => new()
    {
        { "pieces", [] },
        { "pieces[2]", Basic(isBpe: false).Piece("").Bytes },
        { "pieces[2]", Basic(isBpe: false).Piece("<s>").Bytes },
        { "pieces[2]", Basic(isBpe: false).Piece("a", float.NaN).Bytes },
        { "pieces[2]", Basic(isBpe: false).Piece("a", 0, PieceType.Unknown).Bytes },
        { "pieces[2].3", Basic(isBpe: false).Piece("a", 0, (PieceType)7).Bytes },
        { "UNKNOWN", new ModelFile().Piece("a").Bytes },
        { "trainer_spec.byte_fallback", Basic(isBpe: false).Trainer(isBpe: false, byteFallback: true).Bytes },
        { "trainer_spec.model_type", Basic(isBpe: false).Message(2, new ModelFile().Integer(3, 4)).Bytes },
        { "trainer_spec.3", Basic(isBpe: false).Message(2, new ModelFile().Single(3, 4)).Bytes },
        { "precompiled_charsmap", Basic(isBpe: false).Message(3, new ModelFile().Message(2, [255, 255, 255, 255, 0, 0])).Bytes },
        { "ModelProto.1", [10, 200, 1, 10, 1, 97] },
        { "ModelProto.1", [10, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1] },
        { "ModelProto.7", [59] },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Wrong_fields_are_refused_by_name(string named, byte[] file)
    {
        var error = Assert.Throws<InvalidDataException>(() => SentencePieceReader.Read(file, "test.model"));
        Assert.StartsWith("test.model: field '", error.Message, StringComparison.Ordinal);
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Damage_gives_a_complaint_or_another_tokenizer_and_nothing_else()
    {
        byte[] whole = File.ReadAllBytes(TestAssets.Require("tokenizer-vectors/sentencepiece/test_model.model"));
        Gen.Select(Gen.Int[0, 30000], Gen.Byte, Gen.Bool).Sample((at, value, cuts) =>
        {
            byte[] damaged = cuts ? whole[..at] : [.. whole];
            if (!cuts)
                damaged[at * 8 % whole.Length] = value;
            try
            {
                new Tokenizer(SentencePieceReader.Read(damaged, "test.model"), "test.model").EncodeToIds("I saw a girl.");
            }
            catch (InvalidDataException error)
            {
                Assert.StartsWith("test.model: ", error.Message, StringComparison.Ordinal);
            }
        }, iter: 60);
    }
}

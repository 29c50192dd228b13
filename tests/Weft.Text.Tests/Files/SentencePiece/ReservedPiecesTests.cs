using Weft.Text.Unigram;

namespace Weft.Text.Tests.Files.SentencePiece;

/// <summary>Pegasus' SentencePiece model, after whose first two pieces the tokens of pretraining stand.</summary>
public sealed class ReservedPiecesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("weft-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Pieces_after_the_first_two_are_numbered_103_higher_and_texts_end_with_the_mark()
    {
        Tokenizer tokenizer = Load("""{"tokenizer_class":"PegasusTokenizer"}""");
        Assert.Equal([106, 108, 1], tokenizer.EncodeToIds("ab"));
        Assert.Equal("ab", tokenizer.Decode([106, 108]));
        Assert.Equal((0, 1, 2, 3, 4, 104, 105), (Id("<pad>"), Id("</s>"), Id("<mask_1>"), Id("<mask_2>"), Id("<unk_2>"), Id("<unk_102>"), Id("<unk>")));
        Assert.Equal(110, tokenizer.VocabularySize);
        Assert.Equal([105, 1], tokenizer.EncodeToIds("€")[^2..]);
        int? Id(string token) => tokenizer.TokenToId(token);
    }

    [Theory]
    [InlineData(0, 3)]
    [InlineData(3, 6)]
    [InlineData(4, 7)]
    public void The_config_may_say_how_many_there_are(int offset, int first)
    {
        Tokenizer tokenizer = Load($$"""{"tokenizer_class":"PegasusTokenizerFast","offset":{{offset}}}""");
        Assert.Equal([first, 1], tokenizer.EncodeToIds("a"));
        Assert.Equal(offset == 4 ? 5 : null, tokenizer.TokenToId("<unk_3>"));
    }

    [Theory]
    [InlineData("""{"tokenizer_class":"PegasusTokenizer","offset":2}""", "<pad>", "offset")]
    [InlineData("""{"tokenizer_class":"PegasusTokenizer","offset":-1}""", "<pad>", "offset")]
    [InlineData("""{"tokenizer_class":"PegasusTokenizer"}""", "<s>", "'<s>'")]
    public void Another_count_or_another_model_is_refused(string config, string first, string named) =>
        Assert.Contains(named, Assert.Throws<InvalidDataException>(() => Load(config, first)).Message, StringComparison.Ordinal);

    private Tokenizer Load(string config, string first = "<pad>")
    {
        File.WriteAllText(Path.Combine(_folder, "tokenizer_config.json"), config);
        File.WriteAllBytes(Path.Combine(_folder, "spiece.model"), new ModelFile().Piece(first, 0, PieceType.Control).Piece("</s>", 0, PieceType.Control).Piece("<unk>", 0, PieceType.Unknown)
            .Piece("▁a", -1).Piece("▁b", -2).Piece("b", -3).Piece("▁", -4).Trainer(isBpe: false).Normalizer(prefix: true, removeSpaces: true).Bytes);
        return Tokenizer.Load(_folder);
    }
}

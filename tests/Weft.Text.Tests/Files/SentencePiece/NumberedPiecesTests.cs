using System.Text.Json;
using Weft.Text.Unigram;

namespace Weft.Text.Tests.Files.SentencePiece;

/// <summary>Marian's pair of a SentencePiece model and the vocab.json that numbers its pieces.</summary>
public sealed class NumberedPiecesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("weft-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_vocabulary_numbers_the_pieces_and_texts_end_with_its_mark()
    {
        Tokenizer tokenizer = Load("""{"</s>":0,"<unk>":1,"▁b":2,">>fra<<":3,"▁a":4,"b":5,"<pad>":6}""");
        Assert.Equal([4, 2, 5, 0], tokenizer.EncodeToIds("a bb"));
        Assert.Equal("a bb", tokenizer.Decode([4, 2, 5]));
        Assert.Equal([3, 4, 0], tokenizer.EncodeToIds(">>fra<< a"));
        Assert.Equal(7, tokenizer.VocabularySize);
        Assert.Equal(6, tokenizer.TokenToId("<pad>"));
    }

    [Fact]
    public void Pieces_without_a_number_are_unknown_each_by_itself_and_what_no_piece_covers_together()
    {
        Tokenizer tokenizer = Load("""{"</s>":0,"<unk>":1,"▁a":2,"<pad>":3}""");
        Assert.Equal([2, 1, 1, 0], tokenizer.EncodeToIds("abb"));
        Assert.Equal([2, 1, 0], tokenizer.EncodeToIds("axyz"));
        Assert.Equal(4, tokenizer.VocabularySize);
    }

    [Fact]
    public void It_is_written_into_a_tokenizer_json_that_gives_the_same()
    {
        Tokenizer tokenizer = Load("""{"</s>":0,"<unk>":1,"▁b":2,"▁a":3,"<pad>":4,">>fra<<":5}""");
        string saved = Path.Combine(_folder, "tokenizer.json");
        tokenizer.Save(saved);
        Tokenizer again = Tokenizer.Load(saved);
        foreach (string text in new[] { "a bb", ">>fra<< b a", "xx", "" })
            Assert.Equal(tokenizer.EncodeToIds(text), again.EncodeToIds(text));
        Assert.Equal(tokenizer.VocabularySize, again.VocabularySize);
    }

    [Theory]
    [InlineData("""{"</s>":0,"<unk>":2}""", "id 2")]
    [InlineData("""{"</s>":0,"a":1}""", "<unk>")]
    [InlineData("""[1]""", "vocab.json")]
    public void A_vocabulary_that_cannot_number_is_refused(string vocabulary, string named) =>
        Assert.Contains(named, Assert.Throws<InvalidDataException>(() => Load(vocabulary)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_published_vocabulary_gives_the_pieces_the_numbers_that_they_have()
    {
        Tokenizer numbered = Tokenizer.Load(TestAssets.Require("tokenizers/marian-like/vocab.joint.spm"));
        string alone = Path.Combine(_folder, "alone.spm");
        File.Copy(TestAssets.Require("tokenizers/marian-like/vocab.joint.spm"), alone);
        Tokenizer own = Tokenizer.Load(alone);
        using JsonDocument vocabulary = JsonDocument.Parse(File.ReadAllText(TestAssets.Require("tokenizers/marian-like/vocab.json")));
        Assert.Equal(vocabulary.RootElement.EnumerateObject().Count(), numbered.VocabularySize);
        foreach (string text in new[] { "Hello, world! 你好世界。", "  two  spaces ", "礴 饪 😀" })
            Assert.Equal([.. own.EncodeToIds(text, addSpecialTokens: false), 0], numbered.EncodeToIds(text));
    }

    private Tokenizer Load(string vocabulary)
    {
        File.WriteAllText(Path.Combine(_folder, "vocab.json"), vocabulary);
        File.WriteAllBytes(Path.Combine(_folder, "source.spm"), new ModelFile().Piece("<unk>", 0, PieceType.Unknown).Piece("<s>", 0, PieceType.Control).Piece("</s>", 0, PieceType.Control)
            .Piece("▁a", -1).Piece("▁b", -2).Piece("b", -3).Piece("▁", -4).Trainer(isBpe: false).Normalizer(prefix: true, removeSpaces: true).Bytes);
        return Tokenizer.Load(_folder);
    }
}

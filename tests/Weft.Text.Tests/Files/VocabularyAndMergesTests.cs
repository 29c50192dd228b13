using CsCheck;
using Weft.Text.Files;

namespace Weft.Text.Tests.Files;

public sealed class VocabularyAndMergesTests
{
    [Fact]
    public void What_is_written_is_read_again()
    {
        using var folder = new TemporaryFolder();
        (string vocabulary, string merges) = (TestAssets.Require("tokenizers/roberta-base/vocab.json"), TestAssets.Require("tokenizers/roberta-base/merges.txt"));
        Tokenizer.Load(vocabulary).SaveVocabularyAndMerges(folder.FullName);
        Assert.Equal(File.ReadAllText(merges).TrimEnd(), File.ReadAllText(folder.File("merges.txt")).TrimEnd());
        TokenizerDefinition original = VocabularyAndMergesReader.Read(vocabulary, merges), read = VocabularyAndMergesReader.Read(folder.File("vocab.json"), folder.File("merges.txt"));
        Assert.Equal(original.Model.Ids, read.Model.Ids);
    }

    [Fact]
    public void What_has_no_merges_or_spaces_in_them_is_refused()
    {
        using var folder = new TemporaryFolder();
        foreach (Tokenizer tokenizer in new[] { TokenizerJson.OfWordPiece(["[UNK]", "a"]).Tokenizer, TokenizerJson.Of(["a", " "], ("a", " ")).Tokenizer })
            Assert.Contains("save a tokenizer.json", Assert.Throws<NotSupportedException>(() => tokenizer.SaveVocabularyAndMerges(folder.FullName)).Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(folder.FullName));
    }

    [Fact]
    public void The_ids_are_those_of_the_tokenizer_json()
    {
        string merges = TestAssets.Require("tokenizers/roberta-base/merges.txt");
        var files = new Tokenizer(VocabularyAndMergesReader.Read(TestAssets.Require("tokenizers/roberta-base/vocab.json"), merges), merges);
        Tokenizer json = Tokenizer.Load(TestAssets.Require("tokenizers/roberta-base/tokenizer.json"));
        // Without the tokens that only the json adds.
        Texts.Any.Where(text => !text.Contains('<', StringComparison.Ordinal))
            .Sample(text => Assert.Equal(json.EncodeToIds(text, addSpecialTokens: false), files.EncodeToIds(text)), iter: 1000);
    }

    [Theory]
    [InlineData("""{"a":0,"b":1,"ab":2}""", "#version: 0.2\na b\na  b\n", "merges.txt: line 3")]
    [InlineData("""{"a":0,"b":1}""", "a b\n", "merges.txt: line 1 needs token 'ab'")]
    [InlineData("""{"a":0,"b":1}""", "ab\n", "merges.txt: line 1 is 'ab'")]
    [InlineData("""{"a":0,"b":1""", "", "vocab.json: not complete JSON")]
    [InlineData("[]", "", "vocab.json: its content is []")]
    public void Damage_is_named(string vocabulary, string merges, string named)
    {
        using var folder = new TemporaryFolder();
        string[] files = [Path.Combine(folder.FullName, "vocab.json"), Path.Combine(folder.FullName, "merges.txt")];
        File.WriteAllText(files[0], vocabulary);
        File.WriteAllText(files[1], merges);
        Assert.Contains(named, Assert.Throws<InvalidDataException>(() => VocabularyAndMergesReader.Read(files[0], files[1])).Message, StringComparison.Ordinal);
    }
}

using Weft.Text.Files;

namespace Weft.Text.Tests.Files;

/// <summary>Which file of a folder is the tokenizer.</summary>
public sealed class TokenizerFolderTests
{
    private static readonly string[] BestFirst =
        ["tokenizer.json", "tokenizer.model", "spiece.model", "source.spm+vocab.json", "vocab.json+merges.txt", "encoder.json+vocab.bpe", "vocab.txt", "a.tiktoken", "a.gguf"];

    [Fact]
    public void The_file_that_says_most_is_taken()
    {
        using var folder = new TemporaryFolder();
        Assert.Null(Tokenizer.FindFile(folder.FullName));
        foreach (string names in BestFirst.Reverse())
        {
            foreach (string name in names.Split('+'))
                File.WriteAllText(folder.File(name), "");
            Assert.Equal(folder.File(names.Split('+')[0]), Tokenizer.FindFile(folder.FullName));
        }
    }

    [Fact]
    public void A_vocabulary_without_its_merges_is_not_taken()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("vocab.json"), "{\"a\":0}");
        Assert.Null(Tokenizer.FindFile(folder.FullName));
        var error = Assert.Throws<FileNotFoundException>(() => Tokenizer.Load(folder.File("vocab.json")));
        Assert.Contains("merges.txt", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("vocab.json", "merges.txt")]
    [InlineData("encoder.json", "vocab.bpe")]
    [InlineData("gpt2-vocab.json", "gpt2-merges.txt")]
    public void Vocabulary_and_merges_find_each_other(string vocabulary, string merges)
    {
        using var folder = new TemporaryFolder();
        (string, string) both = (folder.File(vocabulary), folder.File(merges));
        File.WriteAllText(both.Item1, "");
        File.WriteAllText(both.Item2, "");
        Assert.Equal(both, TokenizerFolder.Pair(both.Item1, TokenizerFileKind.VocabularyJson));
        Assert.Equal(both, TokenizerFolder.Pair(both.Item2, TokenizerFileKind.Merges));
    }

    [Fact]
    public void Two_files_of_equal_right_are_refused()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("a.gguf"), "");
        File.WriteAllText(folder.File("b.gguf"), "");
        var error = Assert.Throws<InvalidDataException>(() => Tokenizer.Load(folder.FullName));
        Assert.Contains("2 .gguf files (a.gguf, b.gguf)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_of_no_kind_is_refused_by_what_it_begins_with()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("notes.md"), "# Notes");
        var error = Assert.Throws<InvalidDataException>(() => Tokenizer.Load(folder.File("notes.md")));
        Assert.StartsWith(folder.File("notes.md"), error.Message, StringComparison.Ordinal);
        Assert.Contains("'# Notes'", error.Message, StringComparison.Ordinal);
        Assert.Contains("GGUF", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_not_there_is_named() =>
        Assert.Contains("nowhere/tokenizer.json", Assert.Throws<FileNotFoundException>(() => Tokenizer.Load("nowhere/tokenizer.json")).Message, StringComparison.Ordinal);
}

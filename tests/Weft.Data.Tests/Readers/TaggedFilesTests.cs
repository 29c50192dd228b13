namespace Weft.Data.Tests.Readers;

public class TaggedFilesTests
{
    [Fact]
    public void Columns_are_words_and_tags_and_an_empty_line_ends_a_sentence()
    {
        using var folder = new TemporaryFolder();
        string file = folder.File("train.conll");
        File.WriteAllText(file, "-DOCSTART- -X- -X- O\n\nEU NNP B-NP B-ORG\nrejects VBZ B-VP O\r\n\n\n \t\nPeter\tNNP\tB-NP\tB-PER\nBlackburn NNP I-NP I-PER");
        TaggedSentence[] sentences = [.. TaggedFiles.ReadColumns([file], 1, null)];
        Assert.Equal([["EU", "rejects"], ["Peter", "Blackburn"]], sentences.Select(sentence => sentence.Words));
        Assert.Equal([["B-ORG", "O"], ["B-PER", "I-PER"]], sentences.Select(sentence => sentence.Tags));
        Assert.Equal([$"{file}#3", $"{file}#8"], sentences.Select(sentence => sentence.Source));
        Assert.Equal([["NNP", "VBZ"], ["NNP", "NNP"]], TaggedFiles.ReadColumns([file], 1, 2).Select(sentence => sentence.Tags));
        Assert.Equal([["B-ORG", "O"], ["B-PER", "I-PER"]], TaggedFiles.ReadColumns([file], 4, 1).Select(sentence => sentence.Words));
    }

    [Fact]
    public void Lists_are_words_and_tags_of_a_line()
    {
        using var folder = new TemporaryFolder();
        string file = folder.File("train.jsonl");
        File.WriteAllText(file, "{\"tokens\": [\"New York\", \"嗨\"], \"tags\": [\"B-LOC\", \"O\"]}\n{\"tags\": [0, 3], \"tokens\": [\"a\", \"b\"]}\n");
        TaggedSentence[] sentences = [.. TaggedFiles.ReadLists([file], "tokens", "tags")];
        Assert.Equal([["New York", "嗨"], ["a", "b"]], sentences.Select(sentence => sentence.Words));
        Assert.Equal([["B-LOC", "O"], ["0", "3"]], sentences.Select(sentence => sentence.Tags));
    }

    [Theory]
    [InlineData("a O\nb\n", "line 2: has 1 column, but 2 are asked for")]
    [InlineData("\n\na\n", "line 3: has 1 column, but 2 are asked for")]
    public void Lines_with_too_few_columns_are_named(string text, string expected)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("a.conll"), text);
        Assert.Contains($"{folder.File("a.conll")}, {expected}", Assert.Throws<InvalidDataException>(() => TaggedFiles.ReadColumns([folder.File("a.conll")], 1, null).ToArray()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"tokens\": [\"a\", \"b\"], \"tags\": [\"O\"]}", "#1: has 2 'tokens' and 1 'tags'; give one tag for each word")]
    [InlineData("{\"tokens\": \"a b\", \"tags\": [\"O\"]}", "#1: has no list of texts at 'tokens'")]
    [InlineData("{\"tokens\": [[\"a\"]], \"tags\": [\"O\"]}", "#1: has no list of texts at 'tokens'")]
    [InlineData("{\"tokens\": [\"a\"]}", ", line 1: has no key 'tags'")]
    public void Lines_with_wrong_lists_are_named(string text, string expected)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("a.jsonl"), text);
        Assert.Contains(folder.File("a.jsonl") + expected, Assert.Throws<InvalidDataException>(() => TaggedFiles.ReadLists([folder.File("a.jsonl")], "tokens", "tags").ToArray()).Message, StringComparison.Ordinal);
    }
}

namespace Weft.Text.Tests.Files;

public sealed class VocabularyTextTests
{
    private const string Small = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\ncafe\n##s\n!\n";

    private static Tokenizer Load(string vocabulary, string? config = null)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("vocab.txt"), vocabulary);
        if (config is not null)
            File.WriteAllText(folder.File("tokenizer_config.json"), config);
        return Tokenizer.Load(folder.File("vocab.txt"));
    }

    [Theory]
    [InlineData(Small)]
    [InlineData("\uFEFF[PAD]\r\n[UNK]\r\n[CLS]\r\n[SEP]\r\n[MASK]\r\nthe\r\ncafe\r\n##s\r\n!")]
    public void Lines_are_tokens_and_their_numbers_ids(string vocabulary)
    {
        Tokenizer tokenizer = Load(vocabulary);
        Assert.Equal(9, tokenizer.VocabularySize);
        Assert.Equal([2, 5, 6, 7, 8, 3], tokenizer.EncodeToIds("The cafés!"));
        Assert.Equal("the cafes!", tokenizer.Decode(tokenizer.EncodeToIds("The cafés!")));
        EncodedText pair = tokenizer.EncodePair("the", "cafe");
        Assert.Equal([2, 5, 3, 6, 3], pair.Ids);
        Assert.Equal([0, 0, 0, 1, 1], pair.TypeIds);
        Assert.Equal([2, 4, 1, 3], tokenizer.EncodeToIds("[MASK] what", parseSpecialTokens: true));
    }

    [Fact]
    public void Case_is_kept_where_the_vocabulary_has_capitals_or_the_options_say_so()
    {
        Assert.Equal([2, 1, 3], Load(Small + "The\n").EncodeToIds("thE"));
        Assert.Equal([2, 9, 3], Load(Small + "The\n").EncodeToIds("The"));
        Assert.Equal([2, 5, 3], Load(Small + "The\n", """{"do_lower_case":true}""").EncodeToIds("The"));
        Assert.Equal([2, 1, 3], Load(Small, """{"do_lower_case":false,"strip_accents":null}""").EncodeToIds("The"));
        Assert.Equal([2, 6, 3], Load(Small, """{"do_lower_case":false,"strip_accents":true}""").EncodeToIds("café"));
        Assert.Equal([2, 1, 3], Load(Small, """{"strip_accents":false}""").EncodeToIds("CAFÉ"));
        Assert.Equal([2, 9, 9, 3], Load(Small + "中\n").EncodeToIds("中中"));
        Assert.Equal([2, 1, 3], Load(Small + "中\n", """{"tokenize_chinese_chars":false}""").EncodeToIds("中中"));
    }

    [Fact]
    public void A_token_listed_twice_has_the_later_id_and_an_empty_line_none()
    {
        Tokenizer tokenizer = Load(Small + "\nthe\n");
        Assert.Equal(10, tokenizer.TokenToId("the"));
        Assert.Null(tokenizer.IdToToken(9));
        Assert.Null(tokenizer.IdToToken(5));
    }

    [Fact]
    public void A_written_vocabulary_is_what_was_read()
    {
        using var folder = new TemporaryFolder();
        Load(Small).SaveVocabularyText(folder.File("out.txt"));
        Assert.Equal(Small, File.ReadAllText(folder.File("out.txt")));
        Tokenizer saved = Load(Small);
        saved.Save(folder.File("tokenizer.json"));
        Assert.Equal(saved.EncodeToIds("the cafés what!"), Tokenizer.Load(folder.File("tokenizer.json")).EncodeToIds("the cafés what!"));
    }

    [Fact]
    public void What_lines_cannot_say_is_not_written()
    {
        using var folder = new TemporaryFolder();
        foreach (Tokenizer tokenizer in new[] { TokenizerJson.OfBytes().Tokenizer, Load(Small + "\nx\n"), TokenizerJson.OfWordPiece(["[UNK]", "a\n"]).Tokenizer })
            Assert.Throws<NotSupportedException>(() => tokenizer.SaveVocabularyText(folder.File("out.txt")));
        Assert.Empty(Directory.GetFiles(folder.FullName));
    }

    [Fact]
    public void Files_that_are_no_vocabulary_are_refused_by_name()
    {
        foreach ((string content, string part) in new[] { ("the\ncat\n", "'[UNK]'"), ("[UNK]\n[CLS]\n", "'[SEP]'"), ("", "it is empty") })
        {
            var error = Assert.Throws<InvalidDataException>(() => Load(content));
            Assert.Contains("vocab.txt: ", error.Message, StringComparison.Ordinal);
            Assert.Contains(part, error.Message, StringComparison.Ordinal);
        }
        Assert.Contains("'do_lower_case' is 1", Assert.Throws<InvalidDataException>(() => Load(Small, """{"do_lower_case":1}""")).Message, StringComparison.Ordinal);
        Assert.Contains("not complete JSON", Assert.Throws<InvalidDataException>(() => Load(Small, "{")).Message, StringComparison.Ordinal);
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("vocab.txt"), [.. System.Text.Encoding.UTF8.GetBytes(Small), 0xFF, 0xFE]);
        Assert.Contains("not UTF-8", Assert.Throws<InvalidDataException>(() => Tokenizer.Load(folder.File("vocab.txt"))).Message, StringComparison.Ordinal);
        Assert.Throws<FileNotFoundException>(() => Tokenizer.Load(folder.File("none.txt")));
    }
}

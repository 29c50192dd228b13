namespace Weft.Cli.Tests.Tokenizers;

/// <summary><c>weft tokenizer decode</c>.</summary>
public sealed class DecodeTests
{
    [Fact]
    public void Special_tokens_show_where_they_are_asked_for()
    {
        using var saved = new SavedTokenizer();
        Assert.Equal(Environment.NewLine, CommandRun.Of("tokenizer", "decode", saved.Folder, "0").OutputOfSuccess());
        Assert.Equal(SavedTokenizer.EndOfText + Environment.NewLine, CommandRun.Of("tokenizer", "decode", saved.Folder, "0", "--keep-special").OutputOfSuccess());
    }

    [Fact]
    public void Both_forms_of_a_line_are_read()
    {
        using var saved = new SavedTokenizer();
        CommandRun run = CommandRun.With("[0]\n {\"ids\":[0],\"offsets\":[[0,0]]}\r\n[]", "tokenizer", "decode", saved.Folder, "--jsonl", "--keep-special");
        Assert.Equal("\"<|endoftext|>\"\n\"<|endoftext|>\"\n\"\"\n", run.OutputOfSuccess().ReplaceLineEndings("\n"));
    }

    [Theory]
    [InlineData("{\"ids\":3}", "it holds no list of ids; write [1, 2] or {\"ids\": [1, 2]}")]
    [InlineData("3", "it holds no list of ids; write [1, 2] or {\"ids\": [1, 2]}")]
    [InlineData("[1", "it is no JSON; write [1, 2] or {\"ids\": [1, 2]}")]
    [InlineData("", "it is no JSON; write [1, 2] or {\"ids\": [1, 2]}")]
    [InlineData("[0,1.5]", "'1.5' at position 1 is no token id; write whole numbers")]
    [InlineData("[99999999999]", "'99999999999' at position 0 is no token id; write whole numbers")]
    [InlineData("[0,-1]", "id -1 at position 1 is outside the vocabulary of 282; use ids from 0 to 281")]
    [InlineData("[282]", "id 282 at position 0 is outside the vocabulary of 282; use ids from 0 to 281")]
    public void A_bad_line_is_named(string line, string expected)
    {
        using var saved = new SavedTokenizer();
        CommandRun run = CommandRun.With($"[0]\n{line}\n[0]\n", "tokenizer", "decode", saved.Folder, "--jsonl");
        Assert.Equal($"error: standard input, line 2: {expected}", run.Error.TrimEnd());
        Assert.Equal(Failure.Error, run.ExitCode);
    }

    [Fact]
    public void An_id_outside_the_vocabulary_is_named()
    {
        using var saved = new SavedTokenizer();
        Assert.Equal("id 282 at position 1 is outside the vocabulary of 282; use ids from 0 to 281",
            CommandRun.Of("tokenizer", "decode", saved.Folder, "1,282").Refusal(Failure.Error));
        Assert.Equal("IDS: 'x' at position 1 is no token id; write whole numbers such as 1,80,147",
            CommandRun.Of("tokenizer", "decode", saved.Folder, "1,x").Refusal(Failure.Usage));
        Assert.StartsWith("IDS is missing", CommandRun.Of("tokenizer", "decode", saved.Folder).Refusal(Failure.Usage), StringComparison.Ordinal);
    }
}

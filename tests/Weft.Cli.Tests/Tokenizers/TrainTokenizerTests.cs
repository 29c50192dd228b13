using System.Text.Json;
using Weft.Cli.Tokenizers;
using Weft.Text;

namespace Weft.Cli.Tests.Tokenizers;

/// <summary><c>weft tokenizer train</c>.</summary>
public sealed class TrainTokenizerTests
{
    private static readonly string Corpus = string.Concat(Enumerable.Range(0, 300).Select(i => $"the thread {i % 7} of the weaver\n\n"));

    [Theory]
    [InlineData("byte-bpe", "--vocabulary", "300")]
    [InlineData("characters")]
    public void Every_kind_trains_and_its_file_gives_the_text_back(string kind, params string[] options)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("corpus.txt"), Corpus);
        string output = folder.File("tokenizer");
        JsonElement json = CommandRun.Of(["tokenizer", "train", "--kind", kind, "--text", folder.File("corpus.txt"), "--special", "<x>", "--special", "<y>", "--out", output, "--json", .. options]).Json;
        Assert.Equal(["kind", "path", "vocabulary_size", "documents", "characters", "seconds"], CommandRun.Keys(json));
        Tokenizer tokenizer = Tokenizer.Load(output);
        Assert.Equal(json.GetProperty("vocabulary_size").GetInt32(), tokenizer.VocabularySize);
        Assert.Equal(["<x>", "<y>"], tokenizer.SpecialTokenNames);
        Assert.Equal(Corpus, tokenizer.Decode(tokenizer.EncodeToIds(Corpus)));
        Assert.Equal(["tokenizer.json"], Directory.GetFiles(output).Select(Path.GetFileName));
    }

    [Fact]
    public void Every_kind_of_the_table_has_a_test() =>
        Assert.Equal(["byte-bpe", "char-bpe", "wordpiece", "unigram", "characters"], TrainerKind.All.Select(kind => kind.Name));

    /// <summary>These kinds know words only, so of white space one space stays.</summary>
    [Theory]
    [InlineData("char-bpe")]
    [InlineData("wordpiece")]
    [InlineData("unigram")]
    public void Kinds_of_words_train_and_give_a_line_back(string kind)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("corpus.txt"), Corpus);
        string output = folder.File("tokenizer");
        JsonElement json = CommandRun.Of("tokenizer", "train", "--kind", kind, "--text", folder.File("corpus.txt"), "--vocabulary", "60", "--special", "<x>", "--out", output, "--json").Json;
        Tokenizer tokenizer = Tokenizer.Load(output);
        Assert.Equal(json.GetProperty("vocabulary_size").GetInt32(), tokenizer.VocabularySize);
        Assert.Contains("<x>", tokenizer.SpecialTokenNames);
        Assert.Equal("the thread 3 of the weaver", tokenizer.Decode(tokenizer.EncodeToIds("the thread 3 of the weaver")));
    }

    [Fact]
    public void A_cancelled_training_leaves_no_file()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("corpus.txt"), Corpus);
        string output = folder.File("tokenizer");
        CommandRun run = CommandRun.Of(new StringWriter(), ["tokenizer", "train", "--text", folder.File("corpus.txt"), "--out", output], new CancellationToken(canceled: true));
        Assert.Equal("cancelled", run.Refusal(Failure.Cancelled));
        Assert.False(File.Exists(Path.Combine(output, "tokenizer.json")));
    }

    [Theory]
    [InlineData(2, "--text is missing; give a file, a folder or a glob to learn from")]
    [InlineData(2, "--kind is 'bpe'; use byte-bpe, char-bpe, wordpiece, unigram or characters", "--text", "x", "--kind", "bpe")]
    [InlineData(2, "--kind characters takes every character of the text; leave --vocabulary out", "--text", "x", "--kind", "characters", "--vocabulary", "9")]
    [InlineData(2, "vocabulary size 10 cannot hold 256 bytes and 0 special tokens; ask for at least 256", "--text", "CORPUS", "--vocabulary", "10")]
    [InlineData(2, "--vocabulary is '0'; use a whole number, 1 or more", "--text", "x", "--vocabulary", "0")]
    [InlineData(1, "no/such: no such file or folder, and no file matches it; check the spelling", "--text", "no/such")]
    public void What_cannot_be_trained_is_said(int exitCode, string expected, params string[] words)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("corpus.txt"), Corpus);
        Assert.Equal(expected, CommandRun.Of(["tokenizer", "train", "--out", folder.File("out"), .. words.Select(word => word == "CORPUS" ? folder.File("corpus.txt") : word)]).Refusal(exitCode));
    }

    [Fact]
    public void An_output_that_is_a_file_is_refused()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("corpus.txt"), Corpus);
        Assert.EndsWith("which is a file; give a folder",
            CommandRun.Of("tokenizer", "train", "--text", folder.File("corpus.txt"), "--out", folder.File("corpus.txt")).Refusal(Failure.Usage), StringComparison.Ordinal);
        Assert.Equal(Corpus, File.ReadAllText(folder.File("corpus.txt")));
    }

    [Fact]
    public void A_watched_training_draws_one_line_and_takes_it_away()
    {
        using var error = new StringWriter();
        using (var progress = new TrainerProgress(error, watched: true, TimeProvider.System))
            progress.Report(new TokenizerTrainingProgress("merge", 50, 200));
        Assert.Contains("merge  ███████░", error.ToString(), StringComparison.Ordinal);
        Assert.Contains("50/200 (25 %)", error.ToString(), StringComparison.Ordinal);
        Assert.EndsWith("\r\e[K", error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.ToString());
    }
}

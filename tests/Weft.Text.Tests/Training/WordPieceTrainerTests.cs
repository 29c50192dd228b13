using CsCheck;

namespace Weft.Text.Tests.Training;

public sealed class WordPieceTrainerTests
{
    private static readonly string[] Corpus =
    [
        "The cat sat on the mat; the cat's hat was flat. Running, runner, runs.", "A banana, bananas and an ananas: banana!", "naïve Café — 日本語 日本 😀😀 the end",
    ];

    private static Tokenizer Train(IEnumerable<string> documents, WordPieceTrainerOptions options, IProgress<TokenizerTrainingProgress>? progress = null) =>
        WordPieceTrainer.Train(documents, options, progress, TestContext.Current.CancellationToken);

    private static IEnumerable<string?> Tokens(Tokenizer tokenizer) => Enumerable.Range(0, tokenizer.VocabularySize).Select(tokenizer.IdToToken);

    [Fact]
    public void Corpora_give_the_tokens_of_the_plain_twin()
    {
        Gen<string> words = Texts.OneOf("ab", "aab", "aaaa", "ba", " ab", " aba", "BAB", " ", "c", "abc", "bc", "é", "\n", "日本", ",", "😀", "x");
        Gen.Select(words.Array[1, 30].Select(string.Concat).Array[1, 4], Gen.Int[1, 3], Gen.Int[3, 12], Gen.Bool).Sample((documents, minimum, limit, lowercase) =>
        {
            var options = new WordPieceTrainerOptions { VocabularySize = 40, MinimumFrequency = minimum, AlphabetLimit = limit == 12 ? null : limit, Lowercase = lowercase };
            if (documents.All(string.IsNullOrWhiteSpace))
                Assert.Throws<InvalidDataException>(() => Train(documents, options));
            else
                Assert.Equal(PlainWordPieceTrainer.Train(documents, options), Tokens(Train(documents, options)));
        }, iter: 300);
        var whole = new WordPieceTrainerOptions { VocabularySize = 90 };
        Assert.Equal(PlainWordPieceTrainer.Train(Corpus, whole), Tokens(Train(Corpus, whole)));
    }

    [Fact]
    public void A_trained_tokenizer_encodes_its_corpus_and_is_saved_both_ways()
    {
        using var folder = new TemporaryFolder();
        Tokenizer tokenizer = Train(Corpus, new WordPieceTrainerOptions { VocabularySize = 120 });
        foreach (string text in Corpus)
            Assert.DoesNotContain(tokenizer.TokenToId("[UNK]")!.Value, tokenizer.EncodeToIds(text));
        Assert.Equal(["[CLS]", "banana", "[SEP]"], Texts.Tokens(tokenizer, "Banana"));
        Assert.Equal("the bananas, end.", tokenizer.Decode(tokenizer.EncodeToIds("The Bananas , end.")));
        tokenizer.Save(folder.FullName);
        tokenizer.SaveVocabularyText(folder.File("vocab.txt"));
        Texts.Any.Sample(text =>
        {
            Assert.Equal(tokenizer.EncodeToIds(text), Tokenizer.Load(folder.FullName).EncodeToIds(text));
            Assert.Equal(tokenizer.EncodeToIds(text), Tokenizer.Load(folder.File("vocab.txt")).EncodeToIds(text));
        }, iter: 50);
    }

    [Fact]
    public void The_number_of_threads_does_not_change_the_result()
    {
        string[] documents = [.. Enumerable.Range(0, 60).Select(i => string.Concat(Enumerable.Repeat($"{Corpus[i % 3]} number {i} ", 400)))];
        IEnumerable<string?> one = Tokens(Train(documents, new WordPieceTrainerOptions { VocabularySize = 150, MaximumParallelism = 1 }));
        foreach (int threads in new[] { 2, 8 })
            Assert.Equal(one, Tokens(Train(documents, new WordPieceTrainerOptions { VocabularySize = 150, MaximumParallelism = threads })));
    }

    [Fact]
    public void Words_never_add_up_to_a_special_token()
    {
        Tokenizer tokenizer = Train(["pad pad pad pads pad"], new WordPieceTrainerOptions { SpecialTokens = ["pad", "[UNK]", "[CLS]", "[SEP]"] });
        Assert.DoesNotContain(0, Enumerable.Range(4, tokenizer.VocabularySize - 4).Where(id => tokenizer.IdToToken(id) == "pad"));
        Assert.Throws<ArgumentException>(() => Train(Corpus, new WordPieceTrainerOptions { SpecialTokens = ["!", "[UNK]", "[CLS]", "[SEP]"] }));
    }

    [Fact]
    public void Progress_is_told_and_cancelling_stops()
    {
        var reports = new List<TokenizerTrainingProgress>();
        Tokenizer tokenizer = Train(Corpus, new WordPieceTrainerOptions { VocabularySize = 90 }, new Listener(reports.Add));
        Assert.Equal(Corpus.Sum(text => text.Length), reports.Last(report => report.Stage == "count").Done);
        Assert.Equal(new TokenizerTrainingProgress("merge", tokenizer.VocabularySize, tokenizer.VocabularySize), reports[^1]);
        using var source = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => WordPieceTrainer.Train(Listener.EndlessDocuments(source), new WordPieceTrainerOptions(), null, source.Token));
        using var later = new CancellationTokenSource();
        IEnumerable<string> numbers = Enumerable.Range(1000, 2000).Select(number => $"{number}");
        Assert.ThrowsAny<OperationCanceledException>(() => WordPieceTrainer.Train(numbers, new WordPieceTrainerOptions(),
            Listener.Cancelling(later, "merge"), later.Token));
    }

    [Fact]
    public void Options_without_meaning_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Train(Corpus, new WordPieceTrainerOptions { VocabularySize = 5 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => Train(Corpus, new WordPieceTrainerOptions { MinimumFrequency = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => Train(Corpus, new WordPieceTrainerOptions { AlphabetLimit = 0 }));
        Assert.Throws<ArgumentException>(() => Train(Corpus, new WordPieceTrainerOptions { SpecialTokens = ["[UNK]", "[CLS]"] }));
        Assert.Throws<InvalidDataException>(() => Train([" \n"], new WordPieceTrainerOptions()));
        Assert.Throws<InvalidDataException>(() => Train([], new WordPieceTrainerOptions()));
    }
}

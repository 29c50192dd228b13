using System.Text.Json;
using CsCheck;
using Weft.Text.PreTokenizers;

namespace Weft.Text.Tests.Training;

public sealed class ByteLevelBpeTrainerTests
{
    private static readonly string[] Corpus =
    [
        "the cat sat on the mat; the cat's hat was flat. aaaa aaaaaaa aaa", "a banana, bananas and an ananas: banana!", "naïve café — 日本語 日本 😀😀 the end",
    ];

    private static Tokenizer Train(IEnumerable<string> documents, BpeTrainerOptions options) =>
        ByteLevelBpeTrainer.Train(documents, options, null, TestContext.Current.CancellationToken);

    private static List<(string, string)> MergesOf(Tokenizer tokenizer)
    {
        using var folder = new TemporaryFolder();
        tokenizer.Save(folder.File("tokenizer.json"));
        using JsonDocument file = JsonDocument.Parse(File.ReadAllBytes(folder.File("tokenizer.json")));
        return [.. file.RootElement.GetProperty("model").GetProperty("merges").EnumerateArray()
            .Select(merge => merge.GetString()!.Split(' ')).Select(pair => (pair[0], pair[1]))];
    }

    [Fact]
    public void Small_corpora_give_the_merges_of_the_plain_twin()
    {
        Gen<string> words = Texts.OneOf("ab", "aab", "aaaa", "ba", " ab", " aba", "bab", " ", "c", "abc", "bc", "é", "\n");
        Gen.Select(words.Array[1, 30].Select(string.Concat).Array[1, 5], Gen.Int[1, 3]).Sample((documents, minimum) =>
        {
            var options = new BpeTrainerOptions { VocabularySize = 277, MinimumFrequency = minimum };
            (List<string> tokens, List<(string, string)> merges) = PlainTrainer.Train(documents, options);
            Tokenizer tokenizer = Train(documents, options);
            Assert.Equal(merges, MergesOf(tokenizer));
            Assert.Equal(tokens, Enumerable.Range(0, tokenizer.VocabularySize).Select(tokenizer.IdToToken));
        }, iter: 300);
    }

    [Fact]
    public void A_real_text_gives_the_merges_of_the_plain_twin()
    {
        var options = new BpeTrainerOptions { VocabularySize = 320, SpecialTokens = ["<|endoftext|>", "<|user|>"] };
        Assert.Equal(PlainTrainer.Train(Corpus, options).Merges, MergesOf(Train(Corpus, options)));
    }

    [Fact]
    public void Ids_are_special_tokens_then_bytes_in_order_of_their_characters_then_merges()
    {
        Tokenizer tokenizer = Train(Corpus, new BpeTrainerOptions { VocabularySize = 260, SpecialTokens = ["<a>", "<b>"] });
        Assert.Equal(["<a>", "<b>", "!", "\""], Enumerable.Range(0, 4).Select(tokenizer.IdToToken));
        Assert.Equal(ByteAlphabet.ToCharacter(0xAD).ToString(), tokenizer.IdToToken(257));
        Assert.Equal(["aa", "an"], [tokenizer.IdToToken(258), tokenizer.IdToToken(259)]);
        Assert.Equal(260, tokenizer.VocabularySize);
        Assert.True(tokenizer.IsSpecial(0) && tokenizer.IsSpecial(1) && !tokenizer.IsSpecial(2));
    }

    [Fact]
    public void Words_never_add_up_to_a_special_token()
    {
        Tokenizer tokenizer = Train(["pad pad pad pads pad"], new BpeTrainerOptions { SpecialTokens = ["pad"] });
        Assert.DoesNotContain(0, tokenizer.EncodeToIds("pad pads"));
        Assert.Contains(0, tokenizer.EncodeToIds("pad pads", parseSpecialTokens: true));
        Assert.Throws<ArgumentException>(() => Train(Corpus, new BpeTrainerOptions { SpecialTokens = ["!"] }));
    }

    [Fact]
    public void Any_text_comes_back_and_a_saved_tokenizer_encodes_the_same()
    {
        using var folder = new TemporaryFolder();
        Tokenizer tokenizer = Train(Corpus, new BpeTrainerOptions { VocabularySize = 330 });
        tokenizer.Save(folder.FullName);
        Tokenizer loaded = Tokenizer.Load(folder.FullName);
        Texts.Any.Sample(text =>
        {
            int[] ids = tokenizer.EncodeToIds(text);
            Assert.Equal(ids, loaded.EncodeToIds(text));
            Assert.Equal(Texts.WellFormed(text), loaded.Decode(ids));
        }, iter: 1000);
    }

    [Fact]
    public void The_number_of_threads_does_not_change_the_result()
    {
        string[] documents = [.. Enumerable.Range(0, 60).Select(i => string.Concat(Enumerable.Repeat($"{Corpus[i % 3]} number {i} ", 400)))];
        byte[] File(int parallelism)
        {
            using var folder = new TemporaryFolder();
            Train(documents, new BpeTrainerOptions { VocabularySize = 400, MaximumParallelism = parallelism }).Save(folder.File("t.json"));
            return System.IO.File.ReadAllBytes(folder.File("t.json"));
        }
        byte[] one = File(1);
        Assert.Equal(one, File(2));
        Assert.Equal(one, File(8));
    }

    [Fact]
    public void Cancelling_stops_the_reading_and_the_merging()
    {
        using var source = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => ByteLevelBpeTrainer.Train(Listener.EndlessDocuments(source), new BpeTrainerOptions(), null, source.Token));

        using var later = new CancellationTokenSource();
        IEnumerable<string> numbers = Enumerable.Range(1000, 2000).Select(number => $"{number}");
        Assert.ThrowsAny<OperationCanceledException>(() => ByteLevelBpeTrainer.Train(numbers, new BpeTrainerOptions(), Listener.Cancelling(later, "merge"), later.Token));
        Assert.ThrowsAny<OperationCanceledException>(() => CharacterTokenizerTrainer.Train(Corpus, null, source.Token));
    }

    [Fact]
    public void Progress_tells_what_was_read_and_ends_at_the_size_of_the_vocabulary()
    {
        var reports = new List<TokenizerTrainingProgress>();
        Tokenizer tokenizer = ByteLevelBpeTrainer.Train(Corpus, new BpeTrainerOptions { VocabularySize = 300 }, new Listener(reports.Add), TestContext.Current.CancellationToken);
        Assert.Equal(Corpus.Sum(text => text.Length), reports.Last(report => report.Stage == "count").Done);
        Assert.Equal(new TokenizerTrainingProgress("merge", tokenizer.VocabularySize, tokenizer.VocabularySize), reports[^1]);
    }

    [Fact]
    public void A_corpus_without_text_is_refused()
    {
        var error = Assert.Throws<InvalidDataException>(() => Train([], new BpeTrainerOptions()));
        Assert.Contains("0 characters", error.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidDataException>(() => Train(["", ""], new BpeTrainerOptions()));
        Assert.Throws<InvalidDataException>(() => CharacterTokenizerTrainer.Train([""], null, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void The_error_of_a_documents_reader_reaches_the_caller_as_it_is()
    {
        static IEnumerable<string> Broken()
        {
            yield return "text";
            throw new InvalidDataException("shard 3 is damaged");
        }
        var error = Assert.Throws<InvalidDataException>(() => Train(Broken(), new BpeTrainerOptions()));
        Assert.Equal("shard 3 is damaged", error.Message);
    }

    [Fact]
    public void Options_without_meaning_are_refused()
    {
        var small = Assert.Throws<ArgumentOutOfRangeException>(() => Train(Corpus, new BpeTrainerOptions { VocabularySize = 256 }));
        Assert.Contains("at least 257", small.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Train(Corpus, new BpeTrainerOptions { SpecialTokens = ["<a>", "<a>"] }));
        Assert.Throws<ArgumentException>(() => Train(Corpus, new BpeTrainerOptions { SpecialTokens = [""] }));
        Assert.Throws<ArgumentOutOfRangeException>(() => Train(Corpus, new BpeTrainerOptions { MinimumFrequency = 0 }));
    }
}

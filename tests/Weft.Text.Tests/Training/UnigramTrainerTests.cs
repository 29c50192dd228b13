using System.IO.Compression;
using CsCheck;
using Weft.Text.Files.SentencePiece;

namespace Weft.Text.Tests.Training;

public sealed class UnigramTrainerTests
{
    private static readonly string[] Stems = [.. from first in "wtbrl" from vowel in "aeio" from last in (string[])["lk", "nd", "st", "mp"] select $"{first}{vowel}{last}"];

    private static readonly string[] Endings = ["", "ing", "ed", "s", "er", "ers", "able"];

    private static readonly string[] Documents =
    [
        .. Enumerable.Range(0, 60).Select(i => $"the cat sat on the mat and the hat number {i} of the cats 日本語の猫 😀\n"),
        .. Enumerable.Range(0, 900).Select(i => $"{Stems[i * 7 % Stems.Length]}{Endings[i % Endings.Length]} {Stems[i * i % Stems.Length]}{Endings[i * 3 % 4]} the end"),
    ];

    private static UnigramTrainerOptions Size(int size) => new() { VocabularySize = size };

    private static string[] Botchan()
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(TestAssets.Require("tokenizer-vectors/sentencepiece/botchan.txt.gz")), CompressionMode.Decompress));
        return reader.ReadToEnd().Split('\n');
    }

    private static Tokenizer Train(string[] documents, UnigramTrainerOptions options, IProgress<TokenizerTrainingProgress>? progress = null) =>
        UnigramTrainer.Train(documents, options, progress, TestContext.Current.CancellationToken);

    private static byte[] Saved(Tokenizer tokenizer)
    {
        using var folder = new TemporaryFolder();
        tokenizer.Save(folder.File("t.json"));
        return File.ReadAllBytes(folder.File("t.json"));
    }

    [Fact]
    public void The_result_does_not_depend_on_the_number_of_threads()
    {
        byte[] one = Saved(Train(Documents, Size(120) with { MaximumParallelism = 1 }));
        Assert.Equal(one, Saved(Train(Documents, Size(120) with { MaximumParallelism = 7 })));
    }

    [Fact]
    public void Every_character_of_the_corpus_is_a_piece_and_text_comes_back()
    {
        Tokenizer tokenizer = Train(Documents, Size(100));
        Assert.Equal(100, tokenizer.VocabularySize);
        Assert.Equal(["<unk>", "<s>", "</s>"], Enumerable.Range(0, 3).Select(tokenizer.IdToToken));
        foreach (string document in Documents)
        {
            int[] ids = tokenizer.EncodeToIds(document);
            Assert.DoesNotContain(0, ids);
            Assert.Equal(document, tokenizer.Decode(ids));
        }
    }

    [Fact]
    public void Frequent_strings_become_pieces() =>
        Assert.Equal(["▁the", "▁cat"], Texts.Tokens(Train(Documents, Size(120)), "the cat"));

    [Fact]
    public void Names_of_special_tokens_stay_text()
    {
        Tokenizer tokenizer = Train([.. Enumerable.Repeat("a <s> b </s> c", 20)], Size(30));
        int[] ids = tokenizer.EncodeToIds("a <s> b");
        Assert.DoesNotContain(1, ids);
        Assert.Equal("a <s> b", tokenizer.Decode(ids));
    }

    // Pruning by loss must leave a better model than taking the most frequent strings by chance.
    [Fact]
    public void Pruned_pieces_fit_the_corpus_better_than_a_draw()
    {
        Tokenizer trained = Train(Documents, Size(110));
        Tokenizer large = Train(Documents, Size(300));
        int characters = 110 - Enumerable.Range(0, 110).Count(id => trained.IdToToken(id)!.EnumerateRunes().Count() > 1);
        Gen.Shuffle(Enumerable.Range(0, large.VocabularySize).ToArray()).Sample(order =>
        {
            string[] drawn = [.. order.Select(id => large.IdToToken(id)!).OrderBy(text => text.EnumerateRunes().Count() > 1).Take(Math.Max(characters, 110))];
            Assert.True(Tokens(trained) <= Tokens(Of(drawn)));
        }, iter: 10);

        static int Tokens(Tokenizer tokenizer) => Documents.Sum(document => tokenizer.CountTokens(document));

        static Tokenizer Of(string[] pieces)
        {
            string vocabulary = string.Join(',', pieces.Prepend("<u>").Distinct(StringComparer.Ordinal).Select(piece => $"[{System.Text.Json.JsonSerializer.Serialize(piece)},-5]"));
            string json = """{"added_tokens":[],"pre_tokenizer":{"type":"Metaspace","replacement":"▁"},"model":{"type":"Unigram","unk_id":0,"vocab":[""" + vocabulary + "]}}";
            return Tokenizer.Parse(System.Text.Encoding.UTF8.GetBytes(json), "drawn.json");
        }
    }

    [Fact]
    public void It_compresses_as_well_as_SentencePieces_own_model_of_the_same_size()
    {
        string file = TestAssets.Require("tokenizer-vectors/sentencepiece/test_model.model");
        var published = new Tokenizer(SentencePieceReader.Read(File.ReadAllBytes(file), file), file);
        string[] lines = Botchan();
        Tokenizer trained = Train(lines, Size(published.VocabularySize));
        int ours = lines.Sum(line => trained.CountTokens(line)), theirs = lines.Sum(line => published.CountTokens(line));
        Assert.Equal(published.VocabularySize, trained.VocabularySize);
        Assert.True(ours <= theirs * 1.02, $"{ours} tokens, SentencePiece {theirs}");
    }

    [Fact]
    public void Progress_is_told_and_cancelling_stops()
    {
        var stages = new List<string>();
        Train(Documents, Size(100), new Listener(report => stages.Add(report.Stage)));
        Assert.Contains("count", stages);
        Assert.Contains("prune", stages);
        using var source = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => UnigramTrainer.Train(Documents, Size(100), new Listener(_ => source.Cancel()), source.Token));
    }

    [Fact]
    public void What_has_no_meaning_is_refused()
    {
        Assert.Throws<InvalidDataException>(() => Train([], Size(100)));
        Assert.Throws<ArgumentException>(() => Train(Documents, Size(10)));
        Assert.Throws<ArgumentException>(() => Train(Documents, Size(100) with { SpecialTokens = ["<unk>"] }));
        Assert.Throws<ArgumentOutOfRangeException>(() => Train(Documents, Size(100) with { ShrinkingFactor = 1 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => Train(Documents, Size(3)));
    }
}

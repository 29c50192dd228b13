using System.Text;

namespace Weft.Data.Tests;

public class CorpusTests
{
    private static readonly ShardOptions Bytes = new()
    {
        Encode = text => [.. Encoding.UTF8.GetBytes(text).Select(value => (int)value)],
        VocabularySize = 257,
        EndOfTextId = 256,
    };

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public void Documents_are_deduplicated_split_and_counted()
    {
        TextDocument[] documents = [.. Numbered(1000), .. Numbered(1000).Take(10), new TextDocument("é", "x")];
        Corpus corpus = CorpusBuilder.Build(documents, new CorpusOptions { ValidationFraction = 0.1, TestFraction = 0.1, Seed = 3 }, Ct);
        Assert.Equal((1011, 10), (corpus.Statistics.Documents, corpus.Statistics.Duplicates));
        foreach (DataSplit split in Enum.GetValues<DataSplit>())
        {
            TextDocument[] expected = [.. documents.DistinctBy(d => d.Text).Where(d => HashSplit.Of(d.Text, 0.1, 0.1, seed: 3) == split)];
            Assert.NotEmpty(expected);
            Assert.Equal(expected, corpus[split]);
        }
        Assert.Equal(corpus.Train.Sum(d => d.Text.Length), corpus.Statistics.Train.Characters);
        Assert.Equal(corpus.Validation.Count, corpus.Statistics.Validation.Documents);
        SplitStatistics[] all = [corpus.Statistics.Train, corpus.Statistics.Validation, corpus.Statistics.Test];
        Assert.Equal(all.Sum(s => s.Characters) + 1, all.Sum(s => s.Bytes));
    }

    [Fact]
    public void Little_text_still_fills_the_splits_that_were_asked_for()
    {
        Corpus corpus = CorpusBuilder.Build(Numbered(3), new CorpusOptions { ValidationFraction = 1e-9, TestFraction = 1e-9 }, Ct);
        Assert.Equal((1, 1, 1), (corpus.Train.Count, corpus.Validation.Count, corpus.Test.Count));
        Assert.Equal(HashSplit.Position(corpus.Validation[0].Text), Numbered(3).Min(d => HashSplit.Position(d.Text)));
        Assert.Empty(CorpusBuilder.Build(Numbered(1), new CorpusOptions { ValidationFraction = 0 }, Ct).Validation);
    }

    [Fact]
    public void Twins_that_are_kept_stay_on_one_side()
    {
        TextDocument[] twins = [new("same", "a"), new("same", "b"), new("other", "c")];
        Corpus corpus = CorpusBuilder.Build(twins, new CorpusOptions { ValidationFraction = 1e-9, DropDuplicates = false }, Ct);
        Assert.Empty(corpus.Train.Select(d => d.Text).Intersect(corpus.Validation.Select(d => d.Text)));
        Assert.Equal(3, corpus.Train.Count + corpus.Validation.Count);
    }

    [Fact]
    public void Too_little_text_is_refused()
    {
        var error = Assert.Throws<InvalidDataException>(() => CorpusBuilder.Build(Numbered(1), new CorpusOptions { ValidationFraction = 1e-9 }, Ct));
        Assert.Contains("1 documents", error.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidDataException>(() => CorpusBuilder.Build([], null, Ct));
        Assert.Throws<ArgumentOutOfRangeException>(() => CorpusBuilder.Build([], new CorpusOptions { TestFraction = 2 }, Ct));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    public void Shards_hold_the_documents_in_order_whatever_the_number_of_threads(int threads)
    {
        using var folder = new TemporaryFolder();
        TextDocument[] documents = [.. Numbered(200), .. Enumerable.Range(0, 40).Select(i => new TextDocument(new string((char)('a' + i % 26), 100_000 + i), "x"))];
        Corpus corpus = CorpusBuilder.Build(documents, new CorpusOptions { ValidationFraction = 0.2 }, Ct);
        var reports = new Reports();
        ShardFiles files = ShardBuilder.Write(corpus, folder.File("out"), Bytes with { DegreeOfParallelism = threads }, reports, Ct);
        foreach ((string path, DataSplit split) in new[] { (files.Train, DataSplit.Train), (files.Validation, DataSplit.Validation), (files.Test, DataSplit.Test) })
        {
            using TokenShard shard = TokenShard.Open(path);
            shard.VerifyChecksum();
            var ids = new int[shard.TokenCount];
            shard.Copy(0, ids);
            string text = string.Concat(corpus[split].Select(d => d.Text + "\n"));
            Assert.Equal(text, Encoding.UTF8.GetString([.. ids.Select(id => id == 256 ? (byte)'\n' : (byte)id)]));
            Assert.Equal(corpus[split].Count, shard.DocumentCount);
            Assert.Equal(text.Length - corpus[split].Count, shard.ByteCount);
        }
        Assert.Equal(3, Directory.GetFiles(folder.File("out")).Length);
        Assert.True(reports.Seen.Count > 3);
        ShardProgress last = reports.Seen.Last(report => report.Split == DataSplit.Train);
        Assert.Equal((corpus.Train.Count, corpus.Train.Count), (last.Documents, last.TotalDocuments));
    }

    [Fact]
    public async Task A_failure_or_a_cancellation_leaves_the_shards_of_an_earlier_run()
    {
        using var folder = new TemporaryFolder();
        Corpus corpus = CorpusBuilder.Build(Numbered(100), null, Ct);
        ShardBuilder.Write(corpus, folder.FullName, Bytes, null, Ct);
        byte[] old = await File.ReadAllBytesAsync(folder.File("train.tokens"), Ct);
        string[] names = folder.Names;
        string poison = corpus.Validation[0].Text;
        ShardOptions failing = Bytes with { Encode = text => text == poison ? throw new NotSupportedException("poison") : [1] };
        Assert.Throws<NotSupportedException>(() => ShardBuilder.Write(corpus, folder.FullName, failing, null, Ct));
        Assert.Throws<ArgumentOutOfRangeException>(() => ShardBuilder.Write(corpus, folder.FullName, Bytes with { VocabularySize = 50 }, null, Ct));
        ShardOptions silent = Bytes with { Encode = _ => [], EndOfTextId = null };
        Assert.Contains("doc-", Assert.Throws<InvalidDataException>(() => ShardBuilder.Write(corpus, folder.FullName, silent, null, Ct)).Message,
            StringComparison.Ordinal);
        using var cancellation = new CancellationTokenSource();
        await cancellation.CancelAsync();
        Assert.Throws<OperationCanceledException>(() => CorpusBuilder.Build(Numbered(1), null, cancellation.Token));
        Assert.Throws<OperationCanceledException>(() => ShardBuilder.Write(corpus, folder.FullName, Bytes, null, cancellation.Token));
        Assert.Equal(names, folder.Names);
        Assert.Equal(old, await File.ReadAllBytesAsync(folder.File("train.tokens"), Ct));
    }

    private static IEnumerable<TextDocument> Numbered(int count) =>
        Enumerable.Range(0, count).Select(i => new TextDocument($"This is document {i}.", $"doc-{i}"));

    private sealed class Reports : IProgress<ShardProgress>
    {
        public List<ShardProgress> Seen { get; } = [];

        public void Report(ShardProgress value) => Seen.Add(value);
    }
}

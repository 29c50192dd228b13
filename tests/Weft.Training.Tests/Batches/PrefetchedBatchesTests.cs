using System.Diagnostics;

using Weft.Data;
using Weft.Training.Batches;

namespace Weft.Training.Tests.Batches;

public class PrefetchedBatchesTests
{
    private const int Rows = 3, Length = 8;

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public void Batches_and_cursors_are_those_of_the_source(int ahead)
    {
        using var folder = new TemporaryFolder();
        using TokenShard shard = SmallModels.Shard(folder.FullName, "a.tokens");
        CausalWindows plain = Windows(shard);
        using var prefetched = new PrefetchedBatches(Windows(shard), ahead);
        Assert.Equal(plain.Cursor, prefetched.Cursor);
        for (int i = 0; i < 200; i++)
        {
            AssertEqual(plain.Draw(), prefetched.Draw());
            Assert.Equal(plain.Cursor, prefetched.Cursor);
        }
    }

    [Fact]
    public void Going_back_and_going_on_elsewhere_give_the_batches_that_followed()
    {
        using var folder = new TemporaryFolder();
        using TokenShard shard = SmallModels.Shard(folder.FullName, "a.tokens");
        using var first = new PrefetchedBatches(Windows(shard));
        for (int i = 0; i < 17; i++)
            first.Draw();
        string cursor = first.Cursor;
        TrainingBatch[] expected = [.. Enumerable.Range(0, 40).Select(_ => first.Draw())];
        first.Cursor = cursor;
        using var second = new PrefetchedBatches(Windows(shard)) { Cursor = cursor };
        foreach (TrainingBatch batch in expected)
        {
            AssertEqual(batch, first.Draw());
            AssertEqual(batch, second.Draw());
        }
        string reached = first.Cursor;
        Assert.Throws<ArgumentException>(() => first.Cursor = "nowhere");
        Assert.Equal(reached, first.Cursor);
        AssertEqual(DrawAfter(shard, reached), first.Draw());
    }

    [Fact]
    public void An_error_surfaces_where_its_batch_would_have_come_and_stays()
    {
        var source = new CountingSource { FailsAt = 4 };
        using var batches = new PrefetchedBatches(source, ahead: 8);
        for (int i = 0; i < 4; i++)
            Assert.Equal(i, batches.Draw().Ids[0]);
        for (int i = 0; i < 2; i++)
            Assert.Contains("batch 4", Assert.Throws<InvalidDataException>(batches.Draw).Message, StringComparison.Ordinal);
        Assert.Equal("4", batches.Cursor);
        batches.Cursor = "0";
        Assert.Equal(0, batches.Draw().Ids[0]);
    }

    [Fact]
    public void It_draws_ahead_but_no_further_than_allowed_and_ends_when_disposed()
    {
        var source = new CountingSource();
        var batches = new PrefetchedBatches(source, ahead: 3);
        Assert.Equal(0, source.Drawn);
        batches.Draw();
        // One was taken, three wait, and the thread holds one more that has no place yet.
        Assert.True(SpinWait.SpinUntil(() => source.Drawn == 5, TimeSpan.FromSeconds(30)), $"{source.Drawn} drawn");
        Thread.Sleep(20);
        Assert.Equal(5, source.Drawn);
        Assert.Equal("1", batches.Cursor);
        batches.Dispose();
        batches.Dispose();
        Assert.Equal(5, source.Drawn);
        Assert.Throws<ObjectDisposedException>(batches.Draw);
        // The source is free again.
        source.Cursor = "1";
        Assert.Equal(1, source.Draw().Ids[0]);
    }

    [Fact]
    public void Waiting_is_measured_and_taken_once()
    {
        var timed = new TimedBatches(new CountingSource { Delay = TimeSpan.FromMilliseconds(20) });
        var clock = Stopwatch.StartNew();
        timed.Draw();
        timed.Draw();
        TimeSpan waited = timed.TakeWaited();
        Assert.InRange(waited, TimeSpan.FromMilliseconds(38), clock.Elapsed);
        Assert.Equal(TimeSpan.Zero, timed.TakeWaited());
        timed.Cursor = "7";
        Assert.Equal(("7", 7L), (timed.Cursor, timed.Draw().Ids[0]));
    }

    [Fact]
    public void A_mixture_holds_windows_of_every_source_and_resumes()
    {
        using var folder = new TemporaryFolder();
        using TokenShard one = Constant(folder, "one", 1), two = Constant(folder, "two", 2);
        MixedWindows first = Mixture(one, two), second = Mixture(one, two);
        // As many batches as a block has draws are Rows whole blocks, so that the shares are exact.
        long[] drawn = [.. Enumerable.Range(0, MixtureSampler.BlockSize).Select(_ => first.Draw()).SelectMany(batch => Enumerable.Range(0, Rows).Select(row => batch.Ids[row * Length]))];
        Assert.Equal(drawn.Length * 3 / 4, drawn.Count(id => id == 2));
        Assert.Equal(drawn.Length / 4, drawn.Count(id => id == 1));
        second.Cursor = first.Cursor;
        for (int i = 0; i < 50; i++)
            AssertEqual(first.Draw(), second.Draw());
        Assert.Throws<ArgumentException>(() => first.Cursor = "nowhere");
        Assert.Throws<ArgumentException>(() => first.Cursor = "null");
    }

    private static TokenShard Constant(TemporaryFolder folder, string name, int id)
    {
        using (var writer = TokenShardWriter.Create(folder.File(name), 10))
        {
            writer.Add([.. Enumerable.Repeat(id, 500)], 500);
            writer.Complete();
        }
        return TokenShard.Open(folder.File(name));
    }

    private static MixedWindows Mixture(TokenShard one, TokenShard two) =>
        new(new MixtureSampler([(new ShuffledWindowSampler(one, 1), 1), (new RandomWindowSampler(two, 2), 3)], 5), Rows, Length);

    private static CausalWindows Windows(TokenShard shard) => new(new ShuffledWindowSampler(shard, 9), Rows, Length);

    private static TrainingBatch DrawAfter(TokenShard shard, string cursor)
    {
        CausalWindows windows = Windows(shard);
        windows.Cursor = cursor;
        return windows.Draw();
    }

    private static void AssertEqual(TrainingBatch expected, TrainingBatch actual)
    {
        Assert.Equal(expected.Ids, actual.Ids);
        Assert.Equal(expected.Targets, actual.Targets);
    }

    /// <summary>The n-th batch holds n.</summary>
    private sealed class CountingSource : IBatchSource
    {
        private int _next;

        public int FailsAt { get; init; } = int.MaxValue;

        public TimeSpan Delay { get; init; }

        public int Drawn => Volatile.Read(ref _next);

        public string Cursor
        {
            get => _next.ToString(System.Globalization.CultureInfo.InvariantCulture);
            set => _next = int.Parse(value, System.Globalization.CultureInfo.InvariantCulture);
        }

        public TrainingBatch Draw()
        {
            Thread.Sleep(Delay);
            if (_next == FailsAt)
                throw new InvalidDataException($"batch {_next} is damaged");
            long number = _next;
            Interlocked.Increment(ref _next);
            return new() { Rows = 1, Length = 1, Ids = [number], Targets = [number] };
        }
    }
}

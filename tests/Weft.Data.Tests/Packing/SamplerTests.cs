using CsCheck;

namespace Weft.Data.Tests;

public class SamplerTests
{
    public static TheoryData<string> Samplers => ["shuffled", "random"];

    [Fact]
    public void A_permutation_hits_each_index_once() =>
        Gen.Select(Gen.Int[1, 3000], Gen.ULong).Sample((count, seed) =>
        {
            var permutation = new IndexPermutation(count, seed);
            var hit = new bool[count];
            for (int i = 0; i < count; i++)
            {
                int at = (int)permutation[i];
                Assert.False(hit[at]);
                hit[at] = true;
            }
        });

    [Fact]
    public void A_permutation_is_shuffled_and_depends_on_the_seed()
    {
        const int Count = 10_000;
        var first = new IndexPermutation(Count, 1);
        var second = new IndexPermutation(Count, 2);
        int[] positions = [.. Enumerable.Range(0, Count)];
        // A random permutation has one fixed point on average, and no correlation with the index.
        Assert.True(positions.Count(i => first[i] == i) < 10);
        Assert.True(positions.Count(i => first[i] == second[i]) < 10);
        double mean = (Count - 1) / 2.0;
        double correlation = positions.Sum(i => (i - mean) * (first[i] - mean)) / positions.Sum(i => (i - mean) * (i - mean));
        Assert.InRange(correlation, -0.05, 0.05);
        Assert.Throws<ArgumentOutOfRangeException>(() => first[Count]);
    }

    [Fact]
    public void A_permutation_of_few_takes_every_order()
    {
        var orders = new HashSet<(long, long, long)>();
        for (ulong seed = 0; seed < 200; seed++)
        {
            var permutation = new IndexPermutation(3, seed);
            orders.Add((permutation[0], permutation[1], permutation[2]));
        }
        Assert.Equal(6, orders.Count);
    }

    [Fact]
    public void A_shuffled_epoch_visits_each_window_once_and_epochs_differ()
    {
        using var folder = new TemporaryFolder();
        Gen.Select(Gen.Int[2, 400], Gen.Int[1, 40], Gen.ULong).Where((tokens, length, _) => tokens > length).Sample((tokens, length, seed) =>
        {
            using TokenShard shard = folder.Counting(tokens);
            var sampler = new ShuffledWindowSampler(shard, seed);
            var window = new long[length + 1];
            for (int epoch = 0; epoch < 3; epoch++)
            {
                var starts = new List<long>();
                do
                {
                    sampler.Next(window, 1, length);
                    Assert.Equal(epoch, sampler.Cursor.Epoch);
                    Assert.Equal(Enumerable.Range(0, length + 1).Select(i => window[0] + i), window);
                    starts.Add(window[0]);
                }
                while (starts.Count < sampler.WindowsInEpoch);
                long offset = starts.Min();
                Assert.InRange(offset, 0, length - 1);
                // The tiles from the offset on, each once, and no room for another at the end.
                Assert.Equal(Enumerable.Range(0, starts.Count).Select(i => offset + (long)i * length), starts.Order());
                Assert.True(starts.Max() + 2L * length + 1 > tokens);
            }
        }, iter: 60, threads: 1);
    }

    [Fact]
    public void Epochs_have_their_own_offsets_and_orders()
    {
        using var folder = new TemporaryFolder();
        using TokenShard shard = folder.Counting(10_000);
        var sampler = new ShuffledWindowSampler(shard, seed: 5);
        var window = new long[101];
        var offsets = new HashSet<long>();
        for (int i = 0; i < 5 * 99; i++)
        {
            sampler.Next(window, 1, 100);
            offsets.Add(window[0] % 100);
        }
        Assert.InRange(offsets.Count, 4, 6);
    }

    [Theory, MemberData(nameof(Samplers))]
    public void A_cursor_set_back_reproduces_the_following_batches(string kind)
    {
        using var folder = new TemporaryFolder();
        Gen.Select(Gen.Int[50, 300], Gen.Int[1, 20], Gen.Int[1, 8], Gen.Int[0, 40], Gen.ULong).Sample((tokens, length, windows, before, seed) =>
        {
            using TokenShard shard = folder.Counting(tokens);
            IWindowSampler first = Create(kind, shard, seed);
            var batch = new long[windows * (length + 1)];
            for (int i = 0; i < before; i++)
                first.Next(batch, windows, length);
            WindowCursor cursor = first.Cursor;
            IWindowSampler second = Create(kind, shard, seed + 1);
            second.Cursor = cursor;
            Assert.Equal(cursor, second.Cursor);
            var again = new long[batch.Length];
            for (int i = 0; i < 20; i++)
            {
                first.Next(batch, windows, length);
                second.Next(again, windows, length);
                Assert.Equal(batch, again);
            }
            Assert.Equal(first.Cursor, second.Cursor);
        }, iter: 60, threads: 1);
    }

    [Theory, MemberData(nameof(Samplers))]
    public void Batch_size_does_not_change_the_windows_and_a_seed_does(string kind)
    {
        using var folder = new TemporaryFolder();
        using TokenShard shard = folder.Counting(1000);
        var one = new long[12 * 11];
        var many = new long[12 * 11];
        var other = new long[12 * 11];
        IWindowSampler single = Create(kind, shard, 3);
        for (int i = 0; i < 12; i++)
            single.Next(one.AsSpan(i * 11), 1, 10);
        Create(kind, shard, 3).Next(many, 12, 10);
        Create(kind, shard, 4).Next(other, 12, 10);
        Assert.Equal(one, many);
        Assert.NotEqual(one, other);
    }

    [Fact]
    public void A_new_length_starts_the_next_epoch()
    {
        using var folder = new TemporaryFolder();
        using TokenShard shard = folder.Counting(200);
        var sampler = new ShuffledWindowSampler(shard);
        var batch = new long[60];
        sampler.Next(batch, 2, 10);
        sampler.Next(batch, 2, 20);
        Assert.Equal(new WindowCursor(0, 200, 1, 2, 20), sampler.Cursor);
    }

    [Fact]
    public void Random_starts_cover_the_whole_range_evenly()
    {
        using var folder = new TemporaryFolder();
        using TokenShard shard = folder.Counting(14);
        var sampler = new RandomWindowSampler(shard, 9);
        var counts = new int[10];
        var batch = new long[10_000 * 5];
        sampler.Next(batch, 10_000, 4);
        for (int i = 0; i < batch.Length; i += 5)
            counts[batch[i]]++;
        Assert.All(counts, count => Assert.InRange(count, 850, 1150));
    }

    [Theory, MemberData(nameof(Samplers))]
    public void Impossible_requests_are_refused(string kind)
    {
        using var folder = new TemporaryFolder();
        using TokenShard shard = folder.Counting(10);
        IWindowSampler sampler = Create(kind, shard, 0);
        var batch = new long[100];
        var tooLong = Assert.Throws<ArgumentException>(() => sampler.Next(batch, 1, 10));
        Assert.Contains("10 tokens", tooLong.Message, StringComparison.Ordinal);
        sampler.Next(batch, 1, 9);
        Assert.Throws<ArgumentException>(() => sampler.Next(new long[5], 1, 5));
        Assert.Throws<ArgumentOutOfRangeException>(() => sampler.Next(batch, 0, 5));
        Assert.Throws<ArgumentOutOfRangeException>(() => sampler.Next(batch, 1, 0));
        foreach (WindowCursor bad in new[]
        {
            new WindowCursor(0, 11, 0, 0, 0),
            new WindowCursor(0, 10, 0, -1, 0),
            new WindowCursor(0, 10, 1, 99, kind == "random" ? 0 : 3),
            new WindowCursor(0, 10, 0, 1, 10),
            new WindowCursor(0, 10, 0, 1, kind == "random" ? 3 : 0),
        })
            Assert.Throws<ArgumentException>(() => sampler.Cursor = bad);
    }

    [Fact]
    public void Sequential_windows_make_each_token_but_the_first_a_target_once()
    {
        using var folder = new TemporaryFolder();
        Gen.Select(Gen.Int[0, 200], Gen.Int[1, 50]).Sample((tokens, length) =>
        {
            using TokenShard shard = folder.Counting(tokens);
            var windows = new SequentialWindows(shard, length);
            var targets = new List<long>();
            var buffer = new long[length + 1];
            for (long i = 0; i < windows.Count; i++)
            {
                int count = windows.Copy(i, buffer);
                Assert.Equal(count, windows.TargetsOf(i));
                Assert.True(count == length || (i == windows.Count - 1 && count > 0));
                Assert.Equal(Enumerable.Range(0, count).Select(j => buffer[1 + j] - 1), buffer.Take(count));
                targets.AddRange(buffer.Skip(1).Take(count));
            }
            Assert.Equal(Enumerable.Range(1, Math.Max(0, tokens - 1)).Select(i => (long)i), targets);
            Assert.Equal(targets.Count, windows.TargetCount);
            Assert.Throws<ArgumentOutOfRangeException>(() => windows.TargetsOf(windows.Count));
            if (windows.Count > 0)
                Assert.Throws<ArgumentException>(() => windows.Copy(0, new long[windows.TargetsOf(0)]));
        }, iter: 60, threads: 1);
    }

    private static IWindowSampler Create(string kind, TokenShard shard, ulong seed) =>
        kind == "shuffled" ? new ShuffledWindowSampler(shard, seed) : new RandomWindowSampler(shard, seed);
}

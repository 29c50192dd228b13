using CsCheck;

namespace Weft.Data.Tests;

public class MixtureSamplerTests
{
    private const int Length = 4;

    /// <summary>Ids of source i lie in [1000 i, 1000 i + its tokens), so that an id tells its source and its place.</summary>
    private const int Apart = 1000;

    /// <summary>Rounding of the quotas is to the nearest window, so that two neighbouring ends may each be half a window off.</summary>
    private const double QuotaTolerance = 1 + 1e-9;

    [Fact]
    public void Proportions_are_exact_at_every_block_however_long_the_run()
    {
        Gen.Select(Gen.Double[0.001, 10].Array[1, 6], Gen.ULong, Gen.Int[0, 1_000_000]).Sample((weights, seed, far) =>
        {
            var mixture = new MixtureSampler(weights.Select(weight => ((IWindowSampler)new NoWindows(), weight)), seed);
            double sum = weights.Sum();
            // The counts of blocks far into the run are differences of exact quotas; those of the first blocks are counted one by one.
            foreach (long first in new long[] { 0, far })
            {
                int[] counts = new int[weights.Length];
                const int Blocks = 5;
                for (long draw = first * MixtureSampler.BlockSize; draw < (first + Blocks) * MixtureSampler.BlockSize; draw++)
                    counts[mixture.SourceOf(draw)]++;
                for (int i = 0; i < weights.Length; i++)
                    Assert.InRange(counts[i] - (Blocks * MixtureSampler.BlockSize * weights[i] / sum), -2 * QuotaTolerance, 2 * QuotaTolerance);
            }
        }, iter: 50, threads: 1);
    }

    [Fact]
    public void Rounding_never_adds_up()
    {
        // A third of 256 is not whole: rounding block by block would lose a draw in each.
        var mixture = new MixtureSampler(Enumerable.Repeat(((IWindowSampler)new NoWindows(), 1.0), 3), seed: 4);
        int[] counts = new int[3];
        for (int block = 1; block <= 3000; block++)
        {
            for (int i = 0; i < MixtureSampler.BlockSize; i++)
                counts[mixture.SourceOf(((block - 1L) * MixtureSampler.BlockSize) + i)]++;
            double exact = block * MixtureSampler.BlockSize / 3.0;
            Assert.All(counts, count => Assert.InRange(count - exact, -QuotaTolerance, QuotaTolerance));
        }
    }

    [Fact]
    public void Draws_are_spread_over_a_block_and_differ_between_blocks()
    {
        var mixture = new MixtureSampler([(new NoWindows(), 1), (new NoWindows(), 1)], seed: 1);
        int[] first = [.. Enumerable.Range(0, MixtureSampler.BlockSize).Select(i => mixture.SourceOf(i))];
        int[] second = [.. Enumerable.Range(MixtureSampler.BlockSize, MixtureSampler.BlockSize).Select(i => mixture.SourceOf(i))];
        Assert.NotEqual(first, second);
        // Of 64 draws of a fair choice without replacement, 16 or fewer come from one side once in 10^5 blocks; this one is seeded.
        foreach (int[] quarter in first.Chunk(64))
            Assert.InRange(quarter.Sum(), 17, 47);
    }

    [Fact]
    public void Each_source_has_its_own_epochs_and_sees_every_window_once_in_each()
    {
        using var folder = new TemporaryFolder();
        using TokenShard small = Source(folder, 0, 41), large = Source(folder, 1, 401);
        var mixture = Mixture(small, large, seed: 3);
        long[] window = new long[Length + 1];
        Dictionary<int, List<long>> starts = new() { [0] = [], [1] = [] };
        for (int i = 0; i < 2048; i++)
        {
            mixture.Next(window, 1, Length);
            Assert.Equal(Enumerable.Range(0, Length + 1).Select(j => window[0] + j), window);
            starts[(int)(window[0] / Apart)].Add(window[0] % Apart);
        }
        Assert.Equal(512, starts[0].Count);
        MixtureCursor cursor = mixture.Cursor;
        Assert.Equal(2048, cursor.Position);
        // 9 or 10 windows tile 41 tokens, 99 or 100 tile 401: 512 and 1536 draws come round so often.
        Assert.InRange(cursor.Sources[0].Epoch, 51, 56);
        Assert.Equal(15, cursor.Sources[1].Epoch);
        // The order of a source is that of its own sampler, whatever the others do.
        var alone = new ShuffledWindowSampler(small, 3);
        foreach (long start in starts[0])
        {
            alone.Next(window, 1, Length);
            Assert.Equal(start, window[0]);
        }
    }

    [Fact]
    public void A_mixture_resumes_anywhere()
    {
        using var folder = new TemporaryFolder();
        using TokenShard small = Source(folder, 0, 41), large = Source(folder, 1, 401);
        Gen.Select(Gen.ULong, Gen.Int[1, 9].Array[0, 60], Gen.Int[1, 9].Array[1, 20]).Sample((seed, before, after) =>
        {
            var first = Mixture(small, large, seed);
            foreach (int windows in before)
                Draw(first, windows);
            var second = Mixture(small, large, seed);
            second.Cursor = first.Cursor;
            foreach (int windows in after)
                Assert.Equal(Draw(first, windows), Draw(second, windows));
        }, iter: 60, threads: 1);
    }

    [Fact]
    public void How_draws_are_batched_does_not_matter()
    {
        using var folder = new TemporaryFolder();
        using TokenShard small = Source(folder, 0, 41), large = Source(folder, 1, 401);
        MixtureSampler one = Mixture(small, large, 5), other = Mixture(small, large, 5);
        Assert.Equal(Draw(one, 300), Enumerable.Range(0, 100).SelectMany(_ => Draw(other, 3)));
    }

    [Fact]
    public void A_cursor_of_another_mixture_and_impossible_weights_are_refused()
    {
        using var folder = new TemporaryFolder();
        using TokenShard small = Source(folder, 0, 41), large = Source(folder, 1, 401);
        MixtureSampler mixture = Mixture(small, large, 5);
        MixtureCursor cursor = mixture.Cursor;
        Assert.Throws<ArgumentException>(() => mixture.Cursor = cursor with { Weights = [0.5, 0.5] });
        Assert.Throws<ArgumentException>(() => mixture.Cursor = cursor with { Seed = 6 });
        Assert.Throws<ArgumentException>(() => mixture.Cursor = cursor with { Sources = [cursor.Sources[0]] });
        Assert.Throws<ArgumentException>(() => mixture.Cursor = cursor with { Sources = [.. cursor.Sources.Reverse()] });
        Assert.Throws<ArgumentException>(() => new MixtureSampler([]));
        foreach (double weight in new[] { 0, -1, double.NaN, double.PositiveInfinity })
            Assert.Throws<ArgumentException>(() => new MixtureSampler([(new NoWindows(), weight)]));
        Assert.Throws<ArgumentException>(() => mixture.Next(new long[9], 2, Length));
    }

    private static TokenShard Source(TemporaryFolder folder, int number, int tokens) =>
        TokenShard.Open(folder.Shard($"{number}.tokens", 2 * Apart, [.. Enumerable.Range(number * Apart, tokens)]));

    private static MixtureSampler Mixture(TokenShard small, TokenShard large, ulong seed) =>
        new([(new ShuffledWindowSampler(small, seed), 0.25), (new ShuffledWindowSampler(large, seed), 0.75)], seed);

    private static long[] Draw(MixtureSampler mixture, int windows)
    {
        long[] drawn = new long[windows * (Length + 1)];
        mixture.Next(drawn, windows, Length);
        return drawn;
    }

    private sealed class NoWindows : IWindowSampler
    {
        public WindowCursor Cursor { get; set; } = new(0, 0, 0, 0, 0);

        public void Next(Span<long> destination, int windows, int length) => throw new InvalidOperationException("only the choice is tested");
    }
}

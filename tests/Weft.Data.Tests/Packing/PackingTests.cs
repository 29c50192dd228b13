using CsCheck;

namespace Weft.Data.Tests;

public class PackingTests
{
    private static readonly Gen<int[]> Lengths = Gen.Int[1, 60].Array[1, 25];

    [Fact]
    public void Pieces_cover_each_document_once_and_none_reaches_into_the_next() =>
        Gen.Select(Lengths, Gen.Int[1, 20], Gen.Int[0, 1], Gen.Int[1, 5]).Where((_, length, _, fewest) => fewest <= length).Sample((lengths, length, overlap, fewest) =>
        {
            using var folder = new TemporaryFolder();
            using TokenShard shard = Numbered(folder, lengths);
            var pieces = new DocumentPieces(shard, length, overlap, fewest);
            var expected = new List<long[]>();
            long start = 0;
            foreach (int tokens in lengths)
            {
                for (int at = 0; at + fewest + overlap <= tokens; at += length)
                    expected.Add([.. Enumerable.Range(0, Math.Min(length + overlap, tokens - at)).Select(i => start + at + i)]);
                start += tokens;
            }
            Assert.Equal(expected, Enumerable.Range(0, (int)pieces.Count).Select(i => pieces[i]));
            Assert.Equal(expected.Sum(piece => piece.Length - overlap), pieces.TokenCount);
            Assert.Throws<ArgumentOutOfRangeException>(() => pieces[pieces.Count]);
        }, iter: 60, threads: 1);

    [Fact]
    public void Rows_hold_each_thing_once_and_no_more_than_fits() =>
        Gen.Select(Gen.Int[1, 30], Gen.Int[0, 20]).Array[0, 80].Sample(sizes =>
        {
            IReadOnlyList<IReadOnlyList<int>> rows = BestFit.Pack(sizes, (30, 20));
            Assert.Equal(Enumerable.Range(0, sizes.Length), rows.SelectMany(row => row).Order());
            foreach (IReadOnlyList<int> row in rows)
            {
                Assert.InRange(row.Sum(i => sizes[i].Item1), 1, 30);
                Assert.InRange(row.Sum(i => sizes[i].Item2), 0, 20);
            }
        }, iter: 200, threads: 1);

    [Fact]
    public void Best_fit_needs_few_rows_more_than_the_tokens_do()
    {
        var random = new Random(3);
        (int, int)[] sizes = [.. Enumerable.Range(0, 600).Select(_ => (random.Next(1, 400), 0))];
        int rows = BestFit.Pack(sizes, (512, 0)).Count;
        double needed = sizes.Sum(size => size.Item1) / 512.0;
        Assert.InRange(rows, needed, (needed * 1.03) + 1);
        // A case where the order of arrival would need a third row: 6 + 4 and 5 + 5, not 6, 5 + 4 and 5.
        Assert.Equal(2, BestFit.Pack([(4, 0), (5, 0), (6, 0), (5, 0)], (10, 0)).Count);
        Assert.Contains("thing 1", Assert.Throws<ArgumentException>(() => BestFit.Pack([(4, 0), (11, 0)], (10, 0))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Random_numbers_are_a_function_of_seed_and_keys()
    {
        static int[] Draw(ulong seed, long a, long b)
        {
            var random = new KeyedRandom(seed, a, b);
            return [.. Enumerable.Range(0, 8).Select(_ => random.Below(1000))];
        }
        Assert.Equal(Draw(1, 2, 3), Draw(1, 2, 3));
        int[][] all = [Draw(1, 2, 3), Draw(2, 2, 3), Draw(1, 3, 3), Draw(1, 2, 4), Draw(1, 3, 2)];
        Assert.Equal(5, all.Select(drawn => string.Join(',', drawn)).Distinct().Count());
    }

    [Fact]
    public void Poisson_numbers_have_mean_and_variance_of_their_parameter()
    {
        var random = new KeyedRandom(1, 2, 3);
        int[] drawn = [.. Enumerable.Range(0, 20_000).Select(_ => random.Poisson(3))];
        double mean = drawn.Average(), variance = drawn.Average(n => (n - mean) * (n - mean));
        Assert.InRange(mean, 2.95, 3.05); // a standard error of 0.012
        Assert.InRange(variance, 2.85, 3.15); // of 0.03
        Assert.InRange(drawn.Count(n => n == 0) / 20_000.0, 0.045, 0.055); // e^-3 = 0.0498
        double[] units = [.. Enumerable.Range(0, 20_000).Select(_ => random.Unit())];
        Assert.InRange(units.Average(), 0.49, 0.51);
        Assert.True(units.All(unit => unit is >= 0 and < 1));
    }

    [Fact]
    public void Shuffles_take_every_order_equally_often()
    {
        var random = new KeyedRandom(7, 0, 0);
        var counts = new Dictionary<string, int>();
        for (int i = 0; i < 6000; i++)
        {
            char[] letters = ['a', 'b', 'c'];
            random.Shuffle(letters.AsSpan());
            string order = new(letters);
            counts[order] = counts.GetValueOrDefault(order) + 1;
        }
        Assert.Equal(6, counts.Count);
        Assert.All(counts.Values, count => Assert.InRange(count, 880, 1120)); // 1,000 with a deviation of 29
    }

    [Fact]
    public void Each_epoch_visits_everything_once_in_an_order_of_its_own()
    {
        long[][] epochs = [.. Enumerable.Range(0, 3).Select(epoch => Enumerable.Range(0, 50).Select(i => new EpochOrder(50, 9, epoch)[i]).ToArray())];
        Assert.All(epochs, epoch => Assert.Equal(Enumerable.Range(0, 50).Select(i => (long)i), epoch.Order()));
        Assert.NotEqual(epochs[0], epochs[1]);
        Assert.NotEqual(epochs[1], epochs[2]);
    }

    /// <summary>Documents of the lengths given; each id tells its position in the shard.</summary>
    private static TokenShard Numbered(TemporaryFolder folder, int[] lengths)
    {
        int start = 0;
        int[][] documents = [.. lengths.Select(length => Enumerable.Range((start += length) - length, length).ToArray())];
        return TokenShard.Open(folder.Shard("numbered.tokens", Math.Max(1, start), documents));
    }
}

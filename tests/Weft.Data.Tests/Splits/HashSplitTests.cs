using System.Text;

using CsCheck;

namespace Weft.Data.Tests;

public class HashSplitTests
{
    // Test vectors of xxHash itself and of its specification.
    [Theory]
    [InlineData("", 0UL, 0xEF46DB3751D8E999UL)]
    [InlineData("a", 0UL, 0xD24EC4F1A98C6E5BUL)]
    [InlineData("abc", 0UL, 0x44BC2CF5AD770999UL)]
    [InlineData("Nobody inspects the spammish repetition", 0UL, 0xFBCEA83C8A378BF1UL)]
    public void XXH64_agrees_with_the_published_values(string text, ulong seed, ulong expected)
    {
        var hash = new XxHash64(seed);
        hash.Append(Encoding.UTF8.GetBytes(text));
        Assert.Equal(expected, hash.Digest());
    }

    [Fact]
    public void XXH64_does_not_depend_on_how_the_bytes_are_cut() =>
        Gen.Select(Gen.Byte.Array[0, 200], Gen.Int[0, 200], Gen.ULong).Sample((bytes, cut, seed) =>
        {
            cut = Math.Min(cut, bytes.Length);
            var whole = new XxHash64(seed);
            whole.Append(bytes);
            var parts = new XxHash64(seed);
            parts.Append(bytes.AsSpan(0, cut));
            parts.Append(bytes.AsSpan(cut));
            return whole.Digest() == parts.Digest();
        });

    [Fact]
    public void A_position_follows_from_the_published_hash() =>
        Assert.Equal((0x44BC2CF5AD770999UL >> 11) / Math.Pow(2, 53), HashSplit.Position("abc"));

    [Theory]
    [InlineData("", DataSplit.Train)]
    [InlineData("a", DataSplit.Train)]
    [InlineData("abc", DataSplit.Test)]
    public void Splits_are_the_same_on_every_machine(string text, DataSplit expected) =>
        Assert.Equal(expected, HashSplit.Of(text, 0.2, 0.1));

    [Fact]
    public void Shares_are_as_asked_and_seeds_independent()
    {
        const int Count = 20_000;
        var counts = new int[3];
        int both = 0;
        for (int i = 0; i < Count; i++)
        {
            DataSplit split = HashSplit.Of($"document {i}", 0.2, 0.1);
            counts[(int)split]++;
            if (split == DataSplit.Validation && HashSplit.Of($"document {i}", 0.2, 0.1, seed: 1) == DataSplit.Validation)
                both++;
        }
        // Five standard deviations of a binomial count.
        Assert.InRange(counts[(int)DataSplit.Validation], 4000 - 283, 4000 + 283);
        Assert.InRange(counts[(int)DataSplit.Test], 2000 - 213, 2000 + 213);
        Assert.InRange(both, 800 - 139, 800 + 139);
    }

    [Fact]
    public void Another_test_share_leaves_the_validation_set_alone() =>
        Gen.Select(Gen.String, Gen.Double[0, 0.5], Gen.Double[0, 0.5]).Sample((text, validation, test) =>
            (HashSplit.Of(text, validation, test) == DataSplit.Validation) == (HashSplit.Of(text, validation, 0) == DataSplit.Validation));

    [Theory]
    [InlineData(-0.1, 0)]
    [InlineData(0, 1.1)]
    [InlineData(0.6, 0.6)]
    [InlineData(double.NaN, 0)]
    public void Impossible_fractions_are_refused(double validation, double test) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => HashSplit.Of("a", validation, test));
}

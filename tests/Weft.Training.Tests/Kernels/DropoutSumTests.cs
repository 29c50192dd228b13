using Weft.Training.Kernels;
using Weft.Training.Native;

using static TorchSharp.torch;

namespace Weft.Training.Tests.Kernels;

public class DropoutSumTests
{
    /// <summary>Standard deviations of a statistic of independent draws: one honest sequence in ten million lies further off, and the sequences here are fixed.</summary>
    private const double Deviations = 5.5;

    private const ulong Key = 0x1234_5678_9ABC_DEF0;

    public static TheoryData<ScalarType, int, ulong, double> Cases()
    {
        var cases = new TheoryData<ScalarType, int, ulong, double>();
        foreach (ScalarType type in new[] { ScalarType.BFloat16, ScalarType.Float32, ScalarType.Float64 })
            foreach ((int count, ulong first) in new[] { (1, 0UL), (33, 1UL), (4096, 7UL), (100_001, 1UL << 33) })
                cases.Add(type, count, first, count % 2 == 0 ? 0.5 : 0.2);
        return cases;
    }

    /// <summary>Seed and numbers of the reference program at https://prng.di.unimi.it/splitmix64.c, as Java's SplittableRandom gives them too.</summary>
    [Fact]
    public void Numbers_are_those_of_SplitMix64()
    {
        Assert.Equal([6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821],
            Enumerable.Range(0, 5).Select(n => SplitMix64.At(1234567, (ulong)n)));
        System.Runtime.Intrinsics.Vector512<ulong> counters = SplitMix64Vectors.Next(SplitMix64Vectors.Counters(Key, 5)), numbers = SplitMix64Vectors.Mix(counters);
        for (int lane = 0; lane < 8; lane++)
            Assert.Equal(SplitMix64.At(Key, (ulong)(13 + lane)), numbers[lane]);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Sums_and_gradients_are_those_of_torch_with_the_same_mask_to_the_bit(ScalarType type, int count, ulong first, double probability)
    {
        NativeTorch.Load();
        using var scope = NewDisposeScope();
        var mask = new DropoutMask(Key, first, probability);
        Tensor Draw(ulong seed) => randn([count], generator: new Generator(seed, CPU)).to(type);
        (Tensor y, Tensor x, Tensor gradient) = (Draw(1).requires_grad_(), Draw(2).requires_grad_(), Draw(3));
        // Numbers in bf16 are multiplied and added in fp32, and rounded once.
        ScalarType wide = type == ScalarType.BFloat16 ? ScalarType.Float32 : type;
        Tensor factors = tensor([.. Enumerable.Range(0, count).Select(i => Keeps(mask, first + (ulong)i) ? mask.Scale : 0)], ScalarType.Float64).to(wide);

        Tensor sum = DropoutSum.Apply(y, x, mask);
        Assert.True(DropoutSum.Fits(y, x));
        sum.backward([gradient]);
        AssertEqual((x.to(wide) + (y.to(wide) * factors)).to(type), sum);
        AssertEqual((gradient.to(wide) * factors).to(type), y.grad!);
        AssertEqual(gradient, x.grad!);

        Tensor alone = y.detach().clone().requires_grad_(), dropped = DropoutSum.Apply(alone, null, mask);
        dropped.backward([gradient]);
        AssertEqual((y.to(wide) * factors).to(type), dropped);
        AssertEqual(y.grad!, alone.grad!);
    }

    [Theory]
    [InlineData(0.0001)]
    [InlineData(0.1)]
    [InlineData(0.2)]
    [InlineData(0.5)]
    [InlineData(0.9)]
    public void The_share_that_is_kept_and_the_mean_are_right(double probability)
    {
        const int Count = 1 << 22;
        bool[] kept = Kept(new(Key, 0, probability), Count);
        double deviation = Math.Sqrt(probability * (1 - probability) / Count);
        Assert.InRange(kept.Count(keep => keep) / (double)Count, 1 - probability - (Deviations * deviation), 1 - probability + (Deviations * deviation));
        // The mean of ones is kept to a rounding of the threshold, 2^-33 of all.
        var mask = new DropoutMask(Key, 0, probability);
        Assert.Equal(1, mask.Scale * (1 - (mask.Threshold / 4294967296.0)), 1e-15);
        Assert.Equal(1 / (1 - probability), mask.Scale, 1e-8);
    }

    [Fact]
    public void Neighbours_rows_and_masks_of_neighbouring_keys_are_independent()
    {
        const int Count = 1 << 20;
        const double probability = 0.3;
        bool[] kept = Kept(new(Key, 0, probability), Count);
        // Elements next to each other, of one number's halves, of the next vectors, of rows as wide as models are.
        foreach (int lag in new[] { 1, 2, 3, 4, 8, 15, 16, 17, 32, 128, 384, 1024, 16384, 384 * 256 })
            AssertIndependent(kept.AsSpan(lag), kept.AsSpan(..^lag), $"lag {lag}");
        // Places and steps are numbers of one sequence; seeds differ by one.
        foreach (ulong other in new[] { SplitMix64.At(Key, 0), SplitMix64.At(Key, 1), Key + 1, Key ^ (1UL << 63) })
            AssertIndependent(kept, Kept(new(other, 0, probability), Count), $"key {other}");

        static void AssertIndependent(ReadOnlySpan<bool> left, ReadOnlySpan<bool> right, string what)
        {
            int both = 0;
            for (int i = 0; i < left.Length; i++)
                both += left[i] && right[i] ? 1 : 0;
            const double Kept = 1 - probability;
            // Of the products less what is expected of each factor, whose mean is estimated by the kept share itself, so that neighbours add no variance.
            double covariance = (both - (Kept * (Sum(left) + Sum(right))) + (Kept * Kept * left.Length)) / left.Length;
            double deviation = probability * Kept / Math.Sqrt(left.Length);
            Assert.True(Math.Abs(covariance) < Deviations * deviation, $"{what}: {covariance / deviation:F1} standard deviations");
        }

        static int Sum(ReadOnlySpan<bool> values)
        {
            int sum = 0;
            foreach (bool value in values)
                sum += value ? 1 : 0;
            return sum;
        }
    }

    [Fact]
    public void What_is_dropped_is_zero_whatever_it_was()
    {
        NativeTorch.Load();
        using var scope = NewDisposeScope();
        var mask = new DropoutMask(Key, 0, 0.5);
        foreach (ScalarType type in new[] { ScalarType.BFloat16, ScalarType.Float32, ScalarType.Float64 })
        {
            double[] values = Doubles(DropoutSum.Apply(full(1000, double.PositiveInfinity, type), null, mask));
            Assert.All(values.Select((value, i) => (value, i)), pair => Assert.Equal(Keeps(mask, (ulong)pair.i) ? double.PositiveInfinity : 0, pair.value));
        }
    }

    [Fact]
    public void Passes_leave_no_tensors_behind()
    {
        NativeTorch.Load();
        void Pass()
        {
            using var scope = NewDisposeScope();
            Tensor x = ones(100, requires_grad: true), y = ones(100, requires_grad: true);
            DropoutSum.Apply(y, DropoutSum.Apply(y, x, new(Key, 0, 0.5)), new(Key, 100, 0.5)).sum().backward();
        }
        Pass();
        long before = Tensor.TotalCount;
        for (int i = 0; i < 5; i++)
            Pass();
        Assert.Equal(before, Tensor.TotalCount);
    }

    /// <summary>By the definition: element i has the low half of number i/2 where i is even, else the high half.</summary>
    private static bool Keeps(DropoutMask mask, ulong element)
    {
        ulong number = SplitMix64.At(mask.Key, element / 2);
        return (element % 2 == 0 ? (uint)number : number >> 32) >= Math.Round(mask.Probability * Math.Pow(2, 32));
    }

    private static bool[] Kept(DropoutMask mask, int count)
    {
        uint[] bits = new uint[count];
        mask.Fill(0, bits);
        return [.. bits.Select(element => element != 0)];
    }

    private static double[] Doubles(Tensor tensor) => tensor.detach().to(ScalarType.Float64).data<double>().ToArray();

    private static void AssertEqual(Tensor expected, Tensor actual)
    {
        Assert.Equal(expected.dtype, actual.dtype);
        Assert.Equal(Doubles(expected), Doubles(actual));
    }
}

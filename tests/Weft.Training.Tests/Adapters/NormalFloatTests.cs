using Weft.Model.Spec;
using Weft.Training.Adapters;

using static TorchSharp.torch;

namespace Weft.Training.Tests.Adapters;

/// <summary>Numbers in 4 bits.</summary>
public sealed class NormalFloatTests
{
    /// <summary>
    /// Quantiles of the normal distribution, 8 above and 7 below 0, at equal steps from half to 0.9677083 (half way between 1 - 1/30 and 1 - 1/32), divided by the largest: the paper's
    /// appendix E in words. Integrated here by Simpson's rule.
    /// </summary>
    [Fact]
    public void The_values_are_quantiles_of_the_normal_distribution()
    {
        const double Offset = 0.9677083;
        IEnumerable<double> Side(int steps) => Enumerable.Range(0, steps).Select(i => Quantile(Offset + ((0.5 - Offset) * i / steps)));
        double[] expected = [.. Side(8), .. Side(7).Select(value => -value), 0];
        double most = expected.Max();
        Assert.Equal([.. expected.Select(value => value / most).Order()], NormalFloat.Values.Select(value => (double)value), (a, b) => Math.Abs(a - b) < 1e-5);
    }

    [Theory]
    [InlineData(64)]
    [InlineData(200)]
    [InlineData((256 * 64 * 3) + 70)]
    public void A_number_becomes_the_nearest_multiple_and_is_widened_alike_everywhere(int count)
    {
        float[] numbers = Normal(count);
        // A block of zeros stays one.
        numbers.AsSpan(0, 64).Clear();
        numbers[63] = count == 64 ? 1 : 0;
        int blocks = NormalFloat.Blocks(count);
        byte[] codes = new byte[blocks * NormalFloat.BlockBytes];
        sbyte[] steps = new sbyte[blocks];
        float[] scales = new float[NormalFloat.Groups(blocks)];
        float mean = NormalFloat.Encode(numbers, codes, steps, scales);
        using var scope = NewDisposeScope();
        var rows = new FourBitRows(count, CPU);
        rows.Set(numbers);
        Tensor wide = empty(count), narrow = empty(count, ScalarType.BFloat16), doubles = empty(count, ScalarType.Float64);
        foreach (Tensor result in new[] { wide, narrow, doubles })
            rows.WidenInto(result);
        float[] found = wide.data<float>().ToArray();
        Assert.Equal(found, rows.ByTorch().narrow(0, 0, count).data<float>().ToArray());
        Assert.Equal(found.Select(value => (double)value), doubles.data<double>().ToArray());
        Assert.Equal(wide.to(ScalarType.BFloat16).to(ScalarType.Float32).data<float>().ToArray(), narrow.to(ScalarType.Float32).data<float>().ToArray());
        for (int i = 0; i < count; i++)
        {
            int block = i / 64;
            float magnitude = mean + (scales[block / 256] * steps[block]), most = numbers.AsSpan(block * 64, Math.Min(64, count - (block * 64))).ToArray().Max(Math.Abs);
            // Steps of a magnitude are 1/254 of the range of those of 256 blocks.
            Assert.InRange(Math.Abs(magnitude - most), 0, 0.51 * scales[block / 256]);
            float nearest = magnitude > 0 ? NormalFloat.Values.MinBy(value => Math.Abs((value * magnitude) - numbers[i])) * magnitude : 0;
            Assert.Equal(Math.Abs(nearest - numbers[i]), Math.Abs(found[i] - numbers[i]), 1e-6);
        }
        foreach (Tensor kept in rows.Kept)
            kept.Dispose();
    }

    /// <summary>4 + 8/64 + 32/(64·256) bits a number (section 3 of the paper), and an error that tables of normal numbers have.</summary>
    [Fact]
    public void A_matrix_takes_an_eighth_of_fp32_and_little_more()
    {
        using var scope = NewDisposeScope();
        var parameter = new ParameterSpec("a.weight", [512, 512], "attention");
        using var weight = new FourBitWeight([parameter], CPU);
        float[] numbers = Normal(512 * 512);
        weight.WriteRows(0, numbers);
        long bytes = weight.Kept.Sum(kept => kept.numel() * kept.element_size());
        Assert.Equal(FourBitWeight.BytesOf(parameter), bytes);
        Assert.InRange(8.0 * bytes / parameter.Count, 4.126, 4.128);
        float[] found = weight.ReadRows(0);
        double error = Math.Sqrt(numbers.Zip(found, (a, b) => Math.Pow(a - b, 2)).Average());
        Assert.InRange(error, 0.07, 0.1);
        Assert.Equal(found, weight.Widen(ScalarType.Float32).data<float>().ToArray());
    }

    private static float[] Normal(int count)
    {
        using var scope = NewDisposeScope();
        return randn(count, generator: new Generator(3, CPU)).data<float>().ToArray();
    }

    /// <summary>Where the normal distribution has a share below, by bisection.</summary>
    private static double Quantile(double share)
    {
        (double low, double high) = (-6, 6);
        for (int i = 0; i < 60; i++)
        {
            double middle = (low + high) / 2;
            (low, high) = Below(middle) < share ? (middle, high) : (low, middle);
        }
        return low;

        static double Below(double x)
        {
            const int Parts = 2000;
            double Density(double at) => Math.Exp(-at * at / 2) / Math.Sqrt(2 * Math.PI);
            double width = x / Parts, sum = 0;
            for (int i = 0; i < Parts; i++)
                sum += width / 6 * (Density(i * width) + (4 * Density((i + 0.5) * width)) + Density((i + 1) * width));
            return 0.5 + sum;
        }
    }
}

using Weft.Model.Checkpoints;
using Weft.Model.Quantization;

namespace Weft.Model.Tests.Quantization;

/// <summary>Blocks that are made, against ggml's, against their reading, and against what each format can do at best.</summary>
public sealed class QuantizerTests
{
    /// <summary>Elements of the samples: whole blocks of every type.</summary>
    private const int Count = 64 * BlockTypes.LargeBlock;

    public static TheoryData<ElementType> Types => DequantizerTests.Types;

    /// <summary>
    /// Root mean square of the error over that of the elements, for normally distributed elements. A uniform quantizer of n steps over the range of such a
    /// block (32: about ±2.2 standard deviations; groups of 16: ±1.8) has range / n / √12; the bounds are some 3% above what ggml's search reaches.
    /// </summary>
    private static double NormalError(ElementType type) => type switch
    {
        ElementType.Q8_0 => 0.0056,
        ElementType.Q6_K => 0.0183,
        ElementType.Q5_K => 0.0374,
        ElementType.Q5_1 => 0.0393,
        ElementType.Q5_0 => 0.0441,
        ElementType.Q4_K => 0.0740,
        ElementType.Q4_1 => 0.0808,
        ElementType.Q4_0 => 0.0888,
        ElementType.Q3_K => 0.1560,
        ElementType.Q2_K => 0.3060,
        _ => throw new InvalidOperationException($"give a bound for {type}"),
    };

    [Theory]
    [MemberData(nameof(GgmlBlocks.All), MemberType = typeof(GgmlBlocks))]
    public void Blocks_are_those_of_ggml(ElementType type, bool weighted, string expected) =>
        Assert.Equal(expected, Convert.ToHexString(Encode(type, GgmlBlocks.Values, weighted ? GgmlBlocks.Importance : [])));

    [Theory]
    [MemberData(nameof(Types))]
    public void Errors_of_normal_numbers_are_as_small_as_the_format_allows(ElementType type)
    {
        float[] values = Normal(Count, 0.02f, seed: 3);
        double error = Error(values, Decode(type, Encode(type, values)));
        Assert.InRange(error, NormalError(type) * 0.9, NormalError(type));
    }

    [Theory]
    [InlineData(ElementType.Q8_0, 127, true)]
    [InlineData(ElementType.Q4_0, 8, true)]
    [InlineData(ElementType.Q5_0, 16, true)]
    [InlineData(ElementType.Q4_1, 15, false)]
    [InlineData(ElementType.Q5_1, 31, false)]
    public void No_element_is_off_by_more_than_its_step(ElementType type, int steps, bool symmetric)
    {
        // Scales in fp16 are off by 2^-11 at most, which the highest code multiplies; a minimum is off by as much.
        const float Half = 1f / 2048;
        float[] values = Normal(Count, 1, seed: 4), read = Decode(type, Encode(type, values));
        for (int block = 0; block < Count / 32; block++)
        {
            ReadOnlySpan<float> original = values.AsSpan(block * 32, 32);
            float low = original[0], high = low;
            foreach (float value in original)
                (low, high) = (Math.Min(low, value), Math.Max(high, value));
            float largest = Math.Max(high, -low), step = symmetric ? largest / steps : (high - low) / steps;
            // Where the codes have one more on one side, the other side is cut by up to a step; otherwise codes are nearest.
            float most = (symmetric && type != ElementType.Q8_0 ? 1f : 0.5f) * step + 2 * largest * Half;
            for (int i = 0; i < 32; i++)
                Assert.InRange(Math.Abs(read[(block * 32) + i] - original[i]), 0, most);
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Zeros_stay_zero(ElementType type)
    {
        Assert.All(Decode(type, Encode(type, new float[512])), value => Assert.Equal(0, value));
        Assert.All(Decode(type, Encode(type, new float[512], Enumerable.Repeat(1f, 256).ToArray())), value => Assert.Equal(0, value));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void One_number_in_all_places_stays_that_number(ElementType type)
    {
        // The one with the largest code: only the fp16 of scale and minimum and, in Q2_K, the 4 bits of a group's scale are between.
        foreach (float number in new[] { 0.75f, -0.75f, 1f / 3, -12.5f })
            Assert.All(Decode(type, Encode(type, Enumerable.Repeat(number, 256).ToArray())), value => Assert.InRange(value / number, 0.998f, 1.002f));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void One_large_number_among_zeros_is_kept(ElementType type)
    {
        foreach (float number in new[] { 5f, -5f })
        {
            float[] values = new float[256];
            values[77] = number;
            float[] read = Decode(type, Encode(type, values));
            Assert.InRange(read[77] / number, 0.998f, 1.002f);
            read[77] = 0;
            // With a minimum, zero is a number of steps above it, both in fp16.
            bool hasMinimum = type is ElementType.Q4_1 or ElementType.Q5_1 or ElementType.Q2_K or ElementType.Q4_K or ElementType.Q5_K;
            float most = hasMinimum ? Math.Abs(number) / 1024 : 0;
            Assert.All(read, value => Assert.InRange(value, -most, most));
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void The_largest_numbers_have_finite_scales(ElementType type)
    {
        foreach (float sign in new[] { 1f, -1f })
        {
            float[] values = [.. Enumerable.Range(0, 256).Select(i => (i % 2 == 0 ? sign : i % 3 == 0 ? -sign : 0) * Quantizer.Largest)];
            Assert.All(Decode(type, Encode(type, values)), value => Assert.True(float.IsFinite(value)));
        }
    }

    [Theory]
    [InlineData(ElementType.Q8_0)]
    [InlineData(ElementType.Q4_0)]
    [InlineData(ElementType.Q5_0)]
    public void Blocks_of_what_was_read_are_the_same_blocks(ElementType type)
    {
        // The largest element is a whole number of steps, so that its division gives the scale back. The K types search anew and promise no such thing.
        byte[] blocks = Encode(type, Normal(Count, 0.3f, seed: 5));
        Assert.Equal(blocks, Encode(type, Decode(type, blocks)));
    }

    [Theory]
    [InlineData(ElementType.Q4_1)]
    [InlineData(ElementType.Q5_1)]
    public void Numbers_read_twice_through_blocks_with_minima_are_the_same(ElementType type)
    {
        float[] once = Decode(type, Encode(type, Normal(Count, 0.3f, seed: 6)));
        Assert.Equal(once, Decode(type, Encode(type, once)));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Importance_lowers_the_error_where_it_lies(ElementType type)
    {
        const int Columns = 512;
        float[] values = Normal(Count, 0.02f, seed: 7);
        var random = new Random(8);
        // Some columns count a hundred times as much as others, as activations do.
        float[] importance = [.. Enumerable.Range(0, Columns).Select(_ => random.Next(8) == 0 ? 100f : 1f)];
        double Weighted(float[] read) => values.Select((value, i) => importance[i % Columns] * Math.Pow(read[i] - value, 2)).Sum();
        double plain = Weighted(Decode(type, Encode(type, values))), aware = Weighted(Decode(type, Encode(type, values, importance)));
        if (type == ElementType.Q8_0)
            Assert.Equal(plain, aware);
        else
            Assert.True(aware < 0.97 * plain, $"{aware} of {plain}");
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Many_threads_make_the_same_blocks(ElementType type)
    {
        const int Columns = 768, Rows = 700;
        float[] values = Normal(Rows * Columns, 0.1f, seed: 9), importance = [.. Normal(Columns, 1, seed: 10).Select(Math.Abs)];
        foreach (float[] weights in new[] { [], importance })
        {
            byte[] blocks = new byte[type.ByteCount(values.Length)];
            Quantizer.WriteParallel(type, values, blocks, weights, TestContext.Current.CancellationToken);
            Assert.Equal(Encode(type, values, weights), blocks);
        }
    }

    [Fact]
    public void Lengths_that_do_not_belong_together_are_refused()
    {
        Assert.Throws<ArgumentException>(() => Quantizer.Write(ElementType.Q8_0, new float[31], new byte[34]));
        Assert.Throws<ArgumentException>(() => Quantizer.Write(ElementType.Q8_0, new float[32], new byte[33]));
        Assert.Throws<ArgumentException>(() => Quantizer.Write(ElementType.Q4_K, new float[512], new byte[288], new float[128]));
        Assert.Throws<ArgumentException>(() => Quantizer.WriteParallel(ElementType.Q4_K, new float[512], new byte[288], new float[384], TestContext.Current.CancellationToken));
        Assert.Throws<NotSupportedException>(() => Quantizer.Write(ElementType.F16, new float[32], new byte[64]));
    }

    private static byte[] Encode(ElementType type, float[] values, float[]? importance = null)
    {
        byte[] blocks = new byte[type.ByteCount(values.Length)];
        Quantizer.Write(type, values, blocks, importance);
        return blocks;
    }

    private static float[] Decode(ElementType type, byte[] blocks)
    {
        float[] values = new float[blocks.Length / type.BlockSize() * type.BlockLength()];
        Dequantizer.Read(type, blocks, values);
        return values;
    }

    private static double Error(float[] values, float[] read) =>
        Math.Sqrt(values.Zip(read, (value, other) => Math.Pow(other - value, 2)).Sum() / values.Sum(value => (double)value * value));

    private static float[] Normal(int count, float deviation, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)(deviation * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())))];
    }
}

using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using Weft.Inference.Kernels;
using Weft.Inference.Kernels.Assembled;
using Weft.Inference.Kernels.Panels;
using Weft.Inference.Threading;
using Weft.Inference.Weights;
using Weft.Model.Checkpoints;
using Weft.Model.Quantization;

namespace Weft.Inference.Tests.Kernels;

/// <summary>Packed weights of every type: unpacked again, and multiplied, against plain arithmetic on what a checkpoint's own reader gives.</summary>
public sealed unsafe class PanelTests
{
    /// <summary>Sums in fp32, added one after the other, of at most 1,024 products with magnitudes about 1.</summary>
    private const double SumTolerance = 2e-4;

    public static TheoryData<ElementType> BlockTypes => [.. Enum.GetValues<ElementType>().Where(type => type.IsBlockQuantized())];

    public static TheoryData<ElementType, int, int> Shapes
    {
        get
        {
            var data = new TheoryData<ElementType, int, int>();
            foreach (ElementType type in Enum.GetValues<ElementType>().Where(type => type.IsBlockQuantized()))
                foreach ((int outputs, int blocks) in new[] { (1, 1), (16, 2), (37, 3), (133, 4) })
                    data.Add(type, outputs, blocks * type.BlockLength());
            foreach (ElementType type in new[] { ElementType.F32, ElementType.F16, ElementType.BF16 })
                foreach ((int outputs, int inputs) in new[] { (1, 1), (16, 2), (37, 35), (133, 257) })
                    data.Add(type, outputs, inputs);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void What_is_unpacked_is_what_the_checkpoint_holds(ElementType type, int outputs, int inputs)
    {
        (byte[] rows, float[] values) = Draw(type, outputs, inputs, seed: 5);
        var matrix = new PackedMatrix(type, rows, outputs, inputs);
        long panelBytes = PanelLayout.Of(type).PanelBytes(inputs);
        FloatBuffer unpacked = new(new float[RowPacking.Blocks(inputs) * CodeBlock.Length * PanelLayout.Width]);
        for (int panel = 0; panel < PanelLayout.Panels(outputs); panel++)
        {
            float* floats = type == ElementType.F32 ? (float*)(matrix.Panels + (panel * panelBytes)) : unpacked.Pointer;
            if (type != ElementType.F32)
                PanelUnpacking.ToFloats(type, matrix.Panels + (panel * panelBytes), inputs, floats);
            for (int o = panel * PanelLayout.Width; o < Math.Min(outputs, (panel + 1) * PanelLayout.Width); o++)
                for (int i = 0; i < inputs; i++)
                    Assert.Equal(values[(o * inputs) + i], floats[(i * PanelLayout.Width) + (o % PanelLayout.Width)]);
        }
        unpacked.CheckGuards();
        GC.KeepAlive(matrix);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Exact_products_are_those_of_the_widened_weights(ElementType type, int outputs, int inputs)
    {
        (byte[] rows, float[] values) = Draw(type, outputs, inputs, seed: 6);
        foreach (int tokens in new[] { 1, 3, 14 })
        {
            float[] x = DrawInput(tokens * inputs, seed: tokens);
            Assert.InRange(Differences.Greatest(Multiply(x, values, inputs), Run(type, rows, x, outputs, inputs, Arithmetic.Float32)), 0, SumTolerance);
        }
    }

    /// <summary>The rounding of the rows is undone by the reference, so that only sums may differ.</summary>
    [Theory]
    [MemberData(nameof(Shapes))]
    public void Products_of_codes_are_those_of_rounded_rows(ElementType type, int outputs, int inputs)
    {
        if (!type.IsBlockQuantized())
            return;
        (byte[] rows, float[] values) = Draw(type, outputs, inputs, seed: 7);
        foreach (int tokens in new[] { 1, 2, 5, 12, 13, 27 })
        {
            float[] x = DrawInput(tokens * inputs, seed: tokens), rounded = [.. x.Chunk(CodeBlock.Length).SelectMany(RoundToCodes)];
            Assert.InRange(Differences.Greatest(Multiply(rounded, values, inputs), Run(type, rows, x, outputs, inputs, Arithmetic.Codes)), 0, SumTolerance);
        }
    }

    [Fact]
    public void Products_in_bf16_are_those_of_rounded_rows()
    {
        if (AssembledKernels.Row(1, ElementType.BF16) == 0)
            Assert.Skip("the processor does not multiply bf16, or the system refuses executable memory");
        foreach ((int outputs, int inputs) in new[] { (1, 1), (16, 3), (37, 35), (50, 258), (96, 1024) })
        {
            (byte[] rows, float[] values) = Draw(ElementType.BF16, outputs, inputs, seed: 8);
            foreach (int tokens in new[] { 1, 2, 11, 12, 29 })
            {
                float[] x = DrawInput(tokens * inputs, seed: tokens), rounded = [.. x.Select(RoundToBFloat16)];
                Assert.InRange(Differences.Greatest(Multiply(rounded, values, inputs), Run(ElementType.BF16, rows, x, outputs, inputs, Arithmetic.BFloat16)), 0, SumTolerance);
            }
        }
    }

    /// <summary>The kernel that runs and the plain one add the same terms in the same order.</summary>
    [Theory]
    [MemberData(nameof(BlockTypes))]
    public void Every_kernel_gives_the_bits_of_the_plain_one(ElementType type)
    {
        int inputs = 3 * type.BlockLength();
        (byte[] rows, _) = Draw(type, 2 * PanelLayout.Width, inputs, seed: 9);
        var matrix = new PackedMatrix(type, rows, 2 * PanelLayout.Width, inputs);
        CodeBlock form = CodeBlock.Of(type);
        int blocks = RowPacking.Blocks(inputs);
        AlignedBuffer unpacked = new(blocks * form.Bytes / sizeof(float), "a test"), others = new(unpacked.Count, "a test");
        PanelUnpacking.ToCodes(type, matrix.Panels, blocks, (byte*)unpacked.Pointer);
        PanelUnpacking.ToCodes(type, matrix.Panels + PanelLayout.Of(type).PanelBytes(inputs), blocks, (byte*)others.Pointer);
        for (int count = 1; count <= RowPacking.CodeTileRows; count++)
        {
            FloatBuffer x = new(DrawInput(count * inputs, seed: count));
            AlignedBuffer tile = new(RowPacking.CodeBytes(count, inputs) / sizeof(float), "a test"), fast = new(count * 32, "a test"), plain = new(count * 32, "a test");
            RowPacking.ToCodes(x.Pointer, count, inputs, (byte*)tile.Pointer);
            var arguments = new TileArguments { Weights = (byte*)unpacked.Pointer, SecondWeights = (byte*)others.Pointer, Rows = (byte*)tile.Pointer, Sums = fast.Pointer, SumStep = 32 * sizeof(float), Steps = blocks };
            new CodeTiles(form).Multiply(count, &arguments);
            arguments.Sums = plain.Pointer;
            CodeTiles.MultiplyScalar(count, form, &arguments);
            // Without fused products, vectors round once more than the plain kernel.
            if (Fma.IsSupported || AdvSimd.IsSupported)
                Assert.Equal(plain.Span, fast.Span);
            else
                Assert.InRange(Differences.Greatest(plain.Span.ToArray(), fast.Span), 0, SumTolerance);
            GC.KeepAlive((tile, unpacked, others, matrix));
        }
    }

    /// <summary>What one token gives does not depend on the tokens beside it, nor on the number of threads.</summary>
    [Theory]
    [MemberData(nameof(Shapes))]
    public void A_tokens_bits_depend_on_no_other_token(ElementType type, int outputs, int inputs)
    {
        (byte[] rows, _) = Draw(type, outputs, inputs, seed: 10);
        float[] x = DrawInput(131 * inputs, seed: 1);
        Arithmetic arithmetic = type.IsBlockQuantized() ? Arithmetic.Codes : type == ElementType.BF16 && AssembledKernels.Row(1, ElementType.BF16) != 0 ? Arithmetic.BFloat16 : Arithmetic.Float32;
        float[] together = Run(type, rows, x, outputs, inputs, arithmetic, threads: 3);
        foreach (int token in new[] { 0, 11, 12, 64, 130 })
            Assert.Equal(together.AsSpan(token * outputs, outputs).ToArray(), Run(type, rows, x.AsSpan(token * inputs, inputs).ToArray(), outputs, inputs, arithmetic));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void What_is_no_number_stays_none(float value)
    {
        (byte[] rows, _) = Draw(ElementType.Q8_0, 16, 64, seed: 11);
        float[] x = DrawInput(64, seed: 1);
        x[40] = value;
        Assert.All(Run(ElementType.Q8_0, rows, x, 16, 64, Arithmetic.Codes), result => Assert.True(float.IsNaN(result)));
    }

    /// <summary>Zeros and numbers too small for a scale are zero codes.</summary>
    [Theory]
    [InlineData(0f)]
    [InlineData(1e-38f)]
    public void Very_small_rows_give_zero(float value)
    {
        (byte[] rows, _) = Draw(ElementType.Q4_K, 16, 256, seed: 12);
        Assert.All(Run(ElementType.Q4_K, rows, [.. Enumerable.Repeat(value, 256)], 16, 256, Arithmetic.Codes), result => Assert.Equal(0, result));
    }

    private static float[] Run(ElementType type, byte[] rows, float[] x, int outputs, int inputs, Arithmetic arithmetic, int threads = 1)
    {
        int tokens = x.Length / inputs;
        var matrix = new PackedMatrix(type, rows, outputs, inputs);
        FloatBuffer input = new(x), output = new(new float[tokens * outputs]);
        using var team = new Team(threads);
        MatMul.Execute(team, new(input.Pointer, inputs), tokens, [matrix.Into(output.Pointer, arithmetic)]);
        output.CheckGuards();
        GC.KeepAlive(matrix);
        return output.Span.ToArray();
    }

    private static IEnumerable<double> Multiply(float[] x, float[] weights, int inputs)
    {
        int outputs = weights.Length / inputs;
        for (int t = 0; t < x.Length / inputs; t++)
            for (int o = 0; o < outputs; o++)
            {
                double sum = 0;
                for (int i = 0; i < inputs; i++)
                    sum += (double)x[(t * inputs) + i] * weights[(o * inputs) + i];
                yield return sum;
            }
    }

    [Fact]
    public void Numbers_of_fp16_that_are_numbers_of_bf16_too_are_known()
    {
        ushort[] row = new ushort[40];
        fixed (ushort* first = row)
            for (int bits = 0; bits <= ushort.MaxValue; bits++)
            {
                float value = (float)BitConverter.UInt16BitsToHalf((ushort)bits);
                // In a whole vector, and behind it.
                foreach (int place in new[] { bits % 32, 39 })
                {
                    row.AsSpan().Clear();
                    row[place] = (ushort)bits;
                    bool isBFloat16 = !float.IsNaN(value) && BitConverter.SingleToUInt32Bits(value) << 16 == 0;
                    Assert.True(float.IsNaN(value) || HalfRows.AreBFloat16(first, row.Length) == isBFloat16, $"bits {bits:x4} at {place}");
                }
            }
    }

    private static IEnumerable<float> RoundToCodes(float[] block)
    {
        float greatest = block.Max(Math.Abs), factor = greatest > 0 ? 127 / greatest : 0;
        return block.Select(value => greatest / 127 * MathF.Round(value * factor, MidpointRounding.ToEven));
    }

    /// <summary>Independent of bits: of the two nearest numbers with 8 binary digits, the nearer; the even one of two as near.</summary>
    private static float RoundToBFloat16(float value)
    {
        if (value == 0)
            return 0;
        double unit = Math.Pow(2, Math.Floor(Math.Log2(Math.Abs((double)value))) - 7);
        return (float)(Math.Round(value / unit, MidpointRounding.ToEven) * unit);
    }

    internal static float[] DrawInput(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 2) - 1)];
    }

    /// <summary>Rows as a checkpoint has them: every bit of the codes and scales drawn, the factors small; and what they are in fp32.</summary>
    internal static (byte[] Rows, float[] Values) Draw(ElementType type, int outputs, int inputs, int seed)
    {
        var random = new Random(seed);
        byte[] rows = new byte[type.ByteCount((long)outputs * inputs)];
        random.NextBytes(rows);
        float[] values = new float[outputs * inputs];
        switch (type)
        {
            case ElementType.F32:
                foreach (ref float value in MemoryMarshal.Cast<byte, float>(rows.AsSpan()))
                    value = random.NextSingle() - 0.5f;
                MemoryMarshal.Cast<byte, float>(rows.AsSpan()).CopyTo(values);
                break;
            case ElementType.F16:
                // Also numbers below the normal ones.
                foreach (ref Half value in MemoryMarshal.Cast<byte, Half>(rows.AsSpan()))
                    value = (Half)((random.NextSingle() - 0.5f) * (random.Next(4) == 0 ? 1e-6f : 1));
                for (int i = 0; i < values.Length; i++)
                    values[i] = (float)MemoryMarshal.Cast<byte, Half>(rows.AsSpan())[i];
                break;
            case ElementType.BF16:
                for (int i = 0; i < values.Length; i++)
                {
                    values[i] = BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(random.NextSingle() - 0.5f) & 0xffff0000);
                    MemoryMarshal.Cast<byte, ushort>(rows.AsSpan())[i] = (ushort)(BitConverter.SingleToUInt32Bits(values[i]) >> 16);
                }
                break;
            default:
                foreach (int place in Factors(type))
                    for (int block = 0; block < rows.Length; block += type.BlockSize())
                        BitConverter.TryWriteBytes(rows.AsSpan(block + place), (Half)((random.NextSingle() - 0.5f) * 0.02f / (type.BlockLength() == 256 ? 16 : 1)));
                Dequantizer.Read(type, rows, values);
                break;
        }
        return (rows, values);
    }

    /// <summary>Where the fp16 numbers of a block lie.</summary>
    internal static int[] Factors(ElementType type) => type switch
    {
        ElementType.Q4_1 or ElementType.Q5_1 or ElementType.Q4_K or ElementType.Q5_K => [0, 2],
        ElementType.Q2_K => [80, 82],
        ElementType.Q3_K => [108],
        ElementType.Q6_K => [208],
        _ => [0],
    };
}

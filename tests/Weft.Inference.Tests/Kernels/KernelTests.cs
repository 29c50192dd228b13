using System.Runtime.Intrinsics;
using CsCheck;
using Weft.Inference.Kernels;
using Weft.Inference.Threading;
using Weft.Model.Checkpoints;
using Weft.Model.Spec;

namespace Weft.Inference.Tests.Kernels;

/// <summary>Each fast kernel against its plain twin, over sizes that suit no vector width and addresses off every boundary.</summary>
public sealed unsafe class KernelTests
{
    /// <summary>Both sides round, in different orders; operands lie in [-2, 2].</summary>
    private const double SumTolerance = 2e-4, RowTolerance = 2e-5;

    /// <summary>A few units in the last place of the result, and as much of the operand.</summary>
    private const double ActivationTolerance = 5e-7;

    /// <summary>Below the normal numbers of fp32 there are no relative errors.</summary>
    private const double SmallestNormal = 1.2e-38;

    [Fact]
    public void Matrix_products_agree() =>
        Gen.Select(Gen.Int[1, 15], Gen.Int[1, 70], Gen.Int[1, 40], Gen.Int[0, 3], Gen.Bool, Gen.Bool).SelectMany(shape =>
        {
            (int tokens, int inputs, int outputs, _, _, _) = shape;
            return Gen.Select(Gen.Const(shape), FloatBuffer.Values(tokens * inputs), FloatBuffer.Values(outputs * inputs),
                FloatBuffer.Values(outputs), FloatBuffer.Values(tokens * outputs));
        }).Sample((shape, x, weight, bias, residual) =>
        {
            (int tokens, int inputs, int outputs, int misalignment, bool hasBias, bool accumulate) = shape;
            float[] expected = new float[tokens * outputs];
            MatMul.ExecuteScalar(x, weight, hasBias ? bias : [], expected, inputs);
            if (accumulate)
                expected = [.. expected.Zip(residual, (a, b) => a + b)];
            FloatBuffer input = new(x, misalignment), offsets = new(bias), output = new(residual, misalignment);
            PackedMatrix matrix = PackedMatrix.Of(weight, inputs);
            using var team = new Team(2);
            MatMul.Execute(team, new(input.Pointer, inputs), tokens,
                [matrix.Into(output.Pointer, Arithmetic.Float32) with { Bias = hasBias ? offsets.Pointer : null, Accumulate = accumulate }]);
            GC.KeepAlive(matrix);
            output.CheckGuards();
            Assert.InRange(Differences.Greatest(expected, output.Span), 0, SumTolerance);
        }, iter: 300, threads: 1);

    /// <summary>More outputs than one block of weights, more tokens than one block, and several matrices on one input.</summary>
    [Theory]
    [InlineData(200, 1024, 133)]
    [InlineData(1, 4096, 77)]
    [InlineData(97, 33, 1100)]
    public void Large_matrix_products_agree(int tokens, int inputs, int outputs)
    {
        var random = new Random(3);
        float[] Draw(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f)];
        float[] x = Draw(tokens * inputs), first = Draw(outputs * inputs), second = Draw((outputs + 3) * inputs);
        FloatBuffer input = new(x);
        PackedMatrix a = PackedMatrix.Of(first, inputs), b = PackedMatrix.Of(second, inputs);
        FloatBuffer outputA = new(new float[tokens * outputs]), outputB = new(new float[tokens * (outputs + 3)]);
        using var team = new Team(3);
        MatMul.Execute(team, new(input.Pointer, inputs), tokens,
            [a.Into(outputA.Pointer, Arithmetic.Float32), b.Into(outputB.Pointer, Arithmetic.Float32)]);
        GC.KeepAlive((a, b));
        float[] expected = new float[tokens * outputs], expectedB = new float[tokens * (outputs + 3)];
        MatMul.ExecuteScalar(x, first, [], expected, inputs);
        MatMul.ExecuteScalar(x, second, [], expectedB, inputs);
        Assert.InRange(Differences.Greatest(expected, outputA.Span), 0, SumTolerance);
        Assert.InRange(Differences.Greatest(expectedB, outputB.Span), 0, SumTolerance);
    }

    [Fact]
    public void Norms_agree() => Rows(3).Sample((x, gain, bias, misalignment) =>
    {
        float[] expected = new float[x.Length];
        FloatBuffer input = new(x, misalignment), gains = new(gain), biases = new(bias), output = new(new float[x.Length], misalignment);
        RmsNorm.ExecuteScalar(x, gain, 1e-5f, expected);
        RmsNorm.Execute(input.Pointer, gains.Pointer, 1e-5f, output.Pointer, x.Length);
        Check(expected, output);
        foreach (bool hasBias in new[] { true, false })
        {
            LayerNorm.ExecuteScalar(x, gain, hasBias ? bias : [], 1e-2f, expected);
            LayerNorm.Execute(input.Pointer, gains.Pointer, hasBias ? biases.Pointer : null, 1e-2f, output.Pointer, x.Length);
            Check(expected, output);
        }
    }, iter: 300, threads: 1);

    [Fact]
    public void LayerNorm_keeps_its_digits_far_from_zero()
    {
        float[] x = [.. Enumerable.Range(0, 48).Select(i => 10_000 + (i % 3))], ones = [.. Enumerable.Repeat(1f, 48)];
        FloatBuffer input = new(x), gain = new(ones), output = new(new float[48]);
        LayerNorm.Execute(input.Pointer, gain.Pointer, null, 0, output.Pointer, 48);
        Assert.InRange(Differences.Greatest(x.Select(value => (value - 10_001.0) / Math.Sqrt(2.0 / 3)), output.Span), 0, 1e-3);
    }

    [Fact]
    public void Rotations_agree() => Gen.Int[1, 70].SelectMany(half => Gen.Select(
        FloatBuffer.Values(2 * half), FloatBuffer.Values(half), FloatBuffer.Values(half), Gen.Int[0, 3]))
    .Sample((head, cosine, sine, misalignment) =>
    {
        FloatBuffer actual = new(head, misalignment), cosines = new(cosine), sines = new(sine);
        RotaryRotation.ExecuteScalar(head, cosine, sine);
        RotaryRotation.Execute(actual.Pointer, cosines.Pointer, sines.Pointer, head.Length);
        Check(head, actual);
    }, iter: 300, threads: 1);

    [Fact]
    public void Interleaved_rotations_turn_neighbours_as_complex_numbers()
    {
        FloatBuffer head = new([1, 2, 3, 4]), cosine = new([0.6f, 0]), sine = new([0.8f, 1]);
        RotaryRotation.ExecuteInterleaved(head.Pointer, cosine.Pointer, sine.Pointer, 4);
        // (1 + 2i)(0.6 + 0.8i) and (3 + 4i)i.
        Assert.InRange(Differences.Greatest([-1, 2, -4, 3], head.Span), 0, RowTolerance);
        head.CheckGuards();
    }

    [Fact]
    public void Angles_keep_their_digits_far_from_the_start()
    {
        FloatBuffer cosine = new(new float[10]), sine = new(new float[10]);
        new RotaryAngles(new(10_000), 10).Fill(1_000_000, 2, 1_000_002, cosine.Pointer, sine.Pointer);
        IEnumerable<double> angles = Enumerable.Range(0, 10).Select(i => (1_000_000 + (i / 5)) * Math.Pow(10_000, -(i % 5) / 5.0));
        Assert.InRange(Differences.Greatest(angles.Select(Math.Cos), cosine.Span), 0, 1e-6);
        Assert.InRange(Differences.Greatest(angles.Select(Math.Sin), sine.Span), 0, 1e-6);
        cosine.CheckGuards();
        sine.CheckGuards();
    }

    [Fact]
    public void Nonlinearities_agree() => Rows(30).Sample((x, factor, _, misalignment) =>
    {
        foreach (Activation activation in Enum.GetValues<Activation>())
        {
            FloatBuffer input = new(x, misalignment), factors = new(factor), output = new(new float[x.Length], misalignment);
            ActivationKernel.Of(activation)(input.Pointer, null, output.Pointer, x.Length);
            output.CheckGuards();
            for (int i = 0; i < x.Length; i++)
                AssertClose(ActivationFunctions.ExecuteScalar(activation, x[i]), output.Span[i], x[i]);
            ActivationKernel.Of(activation)(input.Pointer, factors.Pointer, input.Pointer, x.Length);
            input.CheckGuards();
            for (int i = 0; i < x.Length; i++)
                Assert.Equal(output.Span[i] * factor[i], input.Span[i]);
        }
    }, iter: 60, threads: 1);

    [Theory]
    [InlineData(Activation.Silu)]
    [InlineData(Activation.GeluTanh)]
    [InlineData(Activation.Gelu)]
    public void Nonlinearities_end_well(Activation activation)
    {
        FloatBuffer x = new([0, 200, -200, 1e30f, -1e30f, float.NaN]);
        ActivationKernel.Of(activation)(x.Pointer, null, x.Pointer, 6);
        Assert.Equal([0, 200, 0, 1e30f, 0, float.NaN], x.Span.ToArray());
    }

    [Fact]
    public void The_exponential_function_keeps_its_digits_in_every_width()
    {
        // Fused products round once less.
        double tolerance = System.Runtime.Intrinsics.X86.Fma.IsSupported || System.Runtime.Intrinsics.Arm.AdvSimd.IsSupported ? 2e-7 : 1e-6;
        for (float x = -87; x < 88; x += 0.0137f)
        {
            double expected = Math.Exp(x);
            foreach (float actual in new[]
            {
                Exponential.Of<Lanes128, Vector128<float>>(Vector128.Create(x))[3],
                Exponential.Of<Lanes256, Vector256<float>>(Vector256.Create(x))[7],
                Exponential.Of<Lanes512, Vector512<float>>(Vector512.Create(x))[15],
            })
                Assert.InRange(Math.Abs(actual - expected) / expected, 0, tolerance);
        }
        Assert.Equal(1, Exponential.Of<Lanes128, Vector128<float>>(Vector128<float>.Zero)[0]);
        Assert.Equal(0, Exponential.Of<Lanes128, Vector128<float>>(Vector128.Create(float.NegativeInfinity))[0]);
        Assert.Equal(float.PositiveInfinity, Exponential.Of<Lanes128, Vector128<float>>(Vector128.Create(100f))[0]);
        Assert.True(float.IsNaN(Exponential.Of<Lanes128, Vector128<float>>(Vector128.Create(float.NaN))[0]));
    }

    /// <summary>Asked for when a model is loaded, so before anything is computed.</summary>
    [Fact]
    public void An_unknown_nonlinearity_is_refused_by_name() =>
        Assert.Contains("99", Assert.Throws<NotSupportedException>(() => ActivationKernel.Of((Activation)99)).Message, StringComparison.Ordinal);

    [Fact]
    public void Attention_agrees() => Gen.Select(Gen.Int[1, 90], Gen.Int[1, 200]).SelectMany((size, positions) => Gen.Select(
        FloatBuffer.Values(size), FloatBuffer.Values(size * positions), FloatBuffer.Values(size * positions)))
    .Sample((query, keys, values) =>
    {
        float[] expected = new float[query.Length];
        AttentionRow.ExecuteScalar(query, keys, values, expected);
        Assert.InRange(Differences.Greatest(expected, AttendInBlocks(query, keys, values)), 0, RowTolerance);
    }, iter: 200, threads: 1);

    private static float[] AttendInBlocks(float[] query, float[] keys, float[] values)
    {
        const int Block = AttentionRow.BlockSize;
        int size = query.Length, positions = keys.Length / size;
        FloatBuffer q = new(query), output = new(new float[size + 2]);
        var state = new AttentionState(output.Pointer, 1, size);
        state.Clear();
        AttentionRow.BlockView view = default;
        FloatBuffer sums = new(new float[AttentionRows.MostTileRows * 2 * AttentionRows.MostTileColumns]);
        var rows = new AttentionRows
        {
            Queries = q.Pointer,
            State = state,
            Sums = sums.Pointer,
            Count = 1,
            Page = new(ElementType.F32, size),
            ValueStep = size,
        };
        AttentionPage* pages = stackalloc AttentionPage[AttentionRows.PagesOfGroup];
        rows.Pages = pages;
        for (int first = 0; first < positions; first += Block)
        {
            int visible = Math.Min(Block, positions - first);
            // What lies beyond the visible positions must not be used, whatever it is.
            float[] keyBlock = [.. Enumerable.Repeat(float.NaN, size * Block)], valueBlock = [.. Enumerable.Repeat(float.NaN, (size * Block) + 64)];
            for (int c = 0; c < visible; c++)
            {
                for (int s = 0; s < size; s++)
                {
                    keyBlock[(s * Block) + c] = keys[((first + c) * size) + s];
                    valueBlock[(c * size) + s] = values[((first + c) * size) + s];
                }
            }
            FloatBuffer k = new(keyBlock), v = new(valueBlock);
            view.End = visible;
            // Each page at another place of its group.
            new Span<AttentionPage>(pages, AttentionRows.PagesOfGroup).Clear();
            pages[first / Block % AttentionRows.PagesOfGroup] = new() { Keys = (byte*)k.Pointer, Values = (byte*)v.Pointer, Views = &view, Visible = visible };
            Add(rows);
        }
        output.CheckGuards();
        sums.CheckGuards();
        float sum = state.Weights[0];
        return [.. output.Span[..size].ToArray().Select(value => value / sum)];
    }

    private static void Add(in AttentionRows rows)
    {
        if (Vector512.IsHardwareAccelerated)
            AttentionTile<FloatCacheTile<Lanes512, Vector512<float>>, Lanes512, Vector512<float>>.Add(rows);
        else if (Vector256.IsHardwareAccelerated)
            AttentionTile<FloatCacheTile<Lanes256, Vector256<float>>, Lanes256, Vector256<float>>.Add(rows);
        else
            AttentionTile<FloatCacheTile<Lanes128, Vector128<float>>, Lanes128, Vector128<float>>.Add(rows);
    }

    private static Gen<(float[] X, float[] Gain, float[] Bias, int Misalignment)> Rows(float range) => Gen.Int[1, 150].SelectMany(size =>
        Gen.Select(Gen.Float[-range, range].Array[size], FloatBuffer.Values(size), FloatBuffer.Values(size), Gen.Int[0, 3]));

    private static void Check(float[] expected, FloatBuffer actual)
    {
        actual.CheckGuards();
        Assert.InRange(Differences.Greatest(expected, actual.Span), 0, RowTolerance);
    }

    private static void AssertClose(double expected, float actual, double operand) =>
        Assert.InRange(Math.Abs(expected - actual), 0, ActivationTolerance * (Math.Abs(expected) + Math.Min(1, Math.Abs(operand))) + SmallestNormal);
}

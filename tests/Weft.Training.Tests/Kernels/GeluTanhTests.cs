using Weft.Training.Kernels;
using Weft.Training.Native;

using static TorchSharp.torch;

namespace Weft.Training.Tests.Kernels;

public class GeluTanhTests
{
    /// <summary>bf16 has 8 significant bits: half of the last is 2^-8 of the smallest of its numbers, and what fp32 loses before.</summary>
    private const double Tolerance = 1.02 / 256;

    /// <summary>Below, σ·(1 - σ) is the difference of numbers that are nearly alike in fp32.</summary>
    private const double Smallest = 1e-4;

    [Theory]
    [InlineData(1)]
    [InlineData(33)]
    [InlineData(4096)]
    [InlineData(100_001)]
    public void Values_and_gradients_are_those_of_torch_in_fp64(int count)
    {
        NativeTorch.Load();
        using var scope = NewDisposeScope();
        Tensor x = (randn([count], generator: new Generator(3, CPU)) * 4).to(ScalarType.BFloat16), gradient = randn([count], generator: new Generator(4, CPU)).to(ScalarType.BFloat16);
        Assert.SkipUnless(GeluTanh.Fits(x), "this processor has no vectors of 512 bits");
        Tensor own = x.clone().requires_grad_(), exact = x.to(ScalarType.Float64).requires_grad_();
        Tensor y = GeluTanh.Apply(own), expected = nn.functional.gelu(exact, approximate: TorchSharp.Modules.GELU.Approximate.tanh);
        y.backward([gradient]);
        expected.backward([gradient.to(ScalarType.Float64)]);
        AssertClose(expected, y);
        AssertClose(exact.grad!, own.grad!);
    }

    [Fact]
    public void Great_numbers_stay_what_they_are_and_their_slopes_end_at_0_and_1()
    {
        NativeTorch.Load();
        using var scope = NewDisposeScope();
        Tensor x = tensor([-1e9f, -30f, 0f, 30f, 1e9f]).to(ScalarType.BFloat16).requires_grad_();
        Assert.SkipUnless(GeluTanh.Fits(x), "this processor has no vectors of 512 bits");
        Tensor y = GeluTanh.Apply(x);
        y.backward([ones_like(y)]);
        Assert.Equal([0, 0, 0, 30, x[4].to(ScalarType.Float32).item<float>()], y.to(ScalarType.Float32).data<float>().ToArray());
        Assert.Equal([0, 0, 0.5f, 1, 1], x.grad!.to(ScalarType.Float32).data<float>().ToArray());
    }

    private static void AssertClose(Tensor expected, Tensor actual) =>
        Assert.InRange(((expected - actual.to(ScalarType.Float64)).abs() / (expected.abs() + Smallest)).max().item<double>(), 0, Tolerance + (Smallest * 0.1));
}

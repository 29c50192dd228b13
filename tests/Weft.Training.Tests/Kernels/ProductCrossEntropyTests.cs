using Weft.Training.Kernels;
using Weft.Training.Modules;
using Weft.Training.Native;

using static TorchSharp.torch;

namespace Weft.Training.Tests.Kernels;

/// <summary>Against torch's autograd in fp64 of the same numbers of bf16.</summary>
public class ProductCrossEntropyTests
{
    /// <summary>Logits are rounded to bf16, which has 8 significant bits, and differ by half of the last of some units.</summary>
    private const double LossTolerance = 4e-3;

    /// <summary>Gradients have the rounding of logits, a few times 2^-9 of a probability, and their own, relative to the greatest.</summary>
    private const double GradientTolerance = 0.02;

    /// <summary>Tokens, hidden size, vocabulary: one token, tails in each of the three, and more than one chunk of 2^24 logits.</summary>
    [Theory]
    [InlineData(40, 64, 96, 0, 0, false)]
    [InlineData(1, 4, 5, 0, 0, false)]
    [InlineData(37, 36, 61, 0, 0, false)]
    [InlineData(50, 32, 257, 0.1, 0, false)]
    [InlineData(50, 32, 257, 0, 0.01, false)]
    [InlineData(33, 20, 1000, 0.2, 0.02, false)]
    [InlineData(301, 16, 70_001, 0, 0, false)]
    [InlineData(1, 4, 5, 0, 0, true)]
    [InlineData(37, 36, 161, 0.1, 0.01, true)]
    [InlineData(301, 16, 70_001, 0, 0, true)]
    public void Losses_and_gradients_equal_those_of_autograd(int tokens, int size, int vocabulary, double smoothing, double zLoss, bool biased)
    {
        Assert.SkipUnless(HasProducts(), "this processor has no bf16 products of 512 bits, or kernels are switched off");
        using var scope = NewDisposeScope();
        var random = new Generator((ulong)(tokens + vocabulary), CPU);
        Tensor hidden = randn([tokens, size], generator: random).to(ScalarType.BFloat16), weight = randn([vocabulary, size], generator: random) / Math.Sqrt(size);
        Tensor targets = randint(0, vocabulary, [tokens], generator: random, dtype: ScalarType.Int64);
        double perTarget = 1.0 / tokens;
        (Tensor hiddenGradient, Tensor weightGradient) = (empty_like(hidden), full_like(weight, 0.5));
        Tensor? bias = biased ? randn([vocabulary], generator: random) : null, biasGradient = biased ? full_like(bias!, 0.25) : null;
        var options = new SoftmaxRows { Weight = (float)perTarget, LabelSmoothing = (float)smoothing, ZLoss = (float)zLoss };

        double loss = ProductCrossEntropy.Compute(hidden, targets, (weight, bias), options, new(hiddenGradient, weightGradient, biasGradient));

        Tensor exactHidden = hidden.to(ScalarType.Float64).requires_grad_(), exactWeight = weight.to(ScalarType.BFloat16).to(ScalarType.Float64).requires_grad_();
        Tensor exactBias = (bias ?? zeros([vocabulary])).to(ScalarType.Float64).requires_grad_();
        Tensor logits = exactHidden.mm(exactWeight.t()) + exactBias;
        Tensor reference = nn.functional.cross_entropy(logits, targets, label_smoothing: smoothing) + (logits.logsumexp(1).pow(2).mean() * zLoss);
        reference.backward();
        Assert.Equal(reference.item<double>(), loss * perTarget, LossTolerance);
        AssertClose(exactHidden.grad!, hiddenGradient);
        AssertClose(exactWeight.grad!, weightGradient - 0.5);
        if (biased)
            AssertClose(exactBias.grad!, biasGradient! - 0.25);
        Assert.Equal(loss, ProductCrossEntropy.Compute(hidden, targets, (weight, bias), options with { Weight = 0 }, null), 1e-9);
    }

    /// <summary>Weights of any sign, zero among them, and the loss of each token; in one chunk and in several.</summary>
    [Theory]
    [InlineData(37, 36, 61)]
    [InlineData(301, 16, 70_001)]
    public unsafe void Tokens_have_weights_and_losses_of_their_own(int tokens, int size, int vocabulary)
    {
        Assert.SkipUnless(HasProducts(), "this processor has no bf16 products of 512 bits, or kernels are switched off");
        using var scope = NewDisposeScope();
        var random = new Generator((ulong)(tokens + vocabulary), CPU);
        Tensor hidden = randn([tokens, size], generator: random).to(ScalarType.BFloat16), weight = randn([vocabulary, size], generator: random).Times(1 / Math.Sqrt(size));
        Tensor targets = randint(0, vocabulary, [tokens], generator: random, dtype: ScalarType.Int64);
        Tensor weights = randn([tokens], generator: random), losses = empty([tokens], ScalarType.Float64);
        weights.narrow(0, 3, 1).zero_();
        (Tensor hiddenGradient, Tensor weightGradient) = (empty_like(hidden), zeros_like(weight));
        double loss = ProductCrossEntropy.Compute(hidden, targets, (weight, null), new() { Losses = (double*)TorchTeam.Data(losses) }, null);
        ProductCrossEntropy.Compute(hidden, targets, (weight, null), new() { Weights = (float*)TorchTeam.Data(weights) }, new(hiddenGradient, weightGradient, null));

        Tensor exactHidden = hidden.to(ScalarType.Float64).requires_grad_(), exactWeight = weight.to(ScalarType.BFloat16).to(ScalarType.Float64).requires_grad_();
        Tensor each = nn.functional.cross_entropy(exactHidden.mm(exactWeight.t()), targets, reduction: nn.Reduction.None);
        (each * weights.to(ScalarType.Float64)).sum().backward();
        Assert.Equal(each.sum().item<double>(), loss, LossTolerance * tokens);
        Assert.InRange((each - losses).abs().max().item<double>(), 0, 10 * LossTolerance);
        AssertClose(exactHidden.grad!, hiddenGradient);
        AssertClose(exactWeight.grad!, weightGradient);
        Assert.Equal(0, hiddenGradient.narrow(0, 3, 1).abs().max().to(ScalarType.Float32).item<float>());
    }

    [Fact]
    public void Numbers_do_not_depend_on_the_threads()
    {
        Assert.SkipUnless(HasProducts(), "this processor has no bf16 products of 512 bits, or kernels are switched off");
        using var scope = NewDisposeScope();
        var random = new Generator(5, CPU);
        Tensor hidden = randn([100, 24], generator: random).to(ScalarType.BFloat16), weight = randn([333, 24], generator: random);
        Tensor targets = arange(0, 300, 3, ScalarType.Int64);
        int threads = get_num_threads();
        try
        {
            (double Loss, float[] Hidden, float[] Weight)[] results = [.. new[] { 1, 3 }.Select(count =>
            {
                set_num_threads(count);
                (Tensor hiddenGradient, Tensor weightGradient) = (empty_like(hidden), zeros_like(weight));
                (Tensor bias, Tensor biasGradient) = (arange(333, ScalarType.Float32) / 100, zeros([333]));
                double loss = ProductCrossEntropy.Compute(hidden, targets, (weight, bias), new() { Weight = 1 }, new(hiddenGradient, weightGradient, biasGradient));
                return (loss, hiddenGradient.to(ScalarType.Float32).data<float>().ToArray(), weightGradient.data<float>().Concat(biasGradient.data<float>()).ToArray());
            })];
            Assert.Equal(results[0].Loss, results[1].Loss);
            Assert.Equal(results[0].Hidden, results[1].Hidden);
            Assert.Equal(results[0].Weight, results[1].Weight);
        }
        finally
        {
            set_num_threads(threads);
        }
    }

    private static bool HasProducts()
    {
        NativeTorch.Load();
        using var scope = NewDisposeScope();
        return ProductCrossEntropy.Fits(zeros([1, 4], ScalarType.BFloat16));
    }

    private static void AssertClose(Tensor expected, Tensor actual) =>
        Assert.InRange((expected - actual.to(ScalarType.Float64)).abs().max().item<double>() / expected.abs().max().item<double>(), 0, GradientTolerance);
}

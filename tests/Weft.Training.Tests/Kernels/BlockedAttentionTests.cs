using Weft.Training.Kernels;
using Weft.Training.Modules;
using Weft.Training.Native;

using static TorchSharp.torch;

namespace Weft.Training.Tests.Kernels;

/// <summary>Against the plain formula in fp64, differentiated by torch.</summary>
public class BlockedAttentionTests
{
    /// <summary>Scores, weights and results are rounded to bf16, each by up to 2^-8: relative to the greatest of all numbers.</summary>
    private const double Tolerance = 0.02;

    /// <summary>A query that sees one key has a gradient of zero.</summary>
    private const double Smallest = 1e-3;

    /// <summary>Sequences, heads, queries, keys, head size, whether later keys are hidden, and the shape of the bias: none, one for all, a head's, a sequence's.</summary>
    [Theory]
    [InlineData(2, 3, 16, 16, 8, true, "none")]
    [InlineData(1, 1, 1, 1, 4, true, "none")]
    [InlineData(2, 2, 37, 37, 12, true, "none")]
    [InlineData(1, 2, 300, 300, 16, true, "none")]
    [InlineData(1, 2, 600, 600, 16, true, "none")]
    [InlineData(5, 6, 256, 256, 8, true, "none")]
    [InlineData(2, 3, 20, 45, 8, false, "none")]
    [InlineData(2, 3, 33, 33, 8, false, "one")]
    [InlineData(2, 3, 33, 70, 8, false, "head")]
    [InlineData(3, 2, 270, 40, 8, false, "sequence")]
    public void Values_and_gradients_equal_those_of_the_formula(int sequences, int heads, int queries, int keys, int size, bool isCausal, string biasOf)
    {
        NativeTorch.Load();
        using var scope = NewDisposeScope();
        var random = new Generator((ulong)(queries + keys), CPU);
        Tensor Draw(int length) => randn([sequences, length, heads, size], generator: random).to(ScalarType.BFloat16).transpose(1, 2);
        (Tensor query, Tensor key, Tensor value, Tensor gradient) = (Draw(queries), Draw(keys), Draw(keys), Draw(queries));
        Tensor? bias = biasOf == "none" ? null
            : randn([biasOf == "sequence" ? sequences : 1, biasOf == "head" ? heads : 1, queries, keys], generator: random).masked_fill(rand([queries, keys], generator: random).lt(0.3), float.NegativeInfinity);
        // Each query sees something.
        bias?.select(3, 0).zero_();
        var scoring = new Scoring(0.3, new(bias, isCausal, null));
        Assert.SkipUnless(BlockedAttention.Fits(query, scoring), "this processor has no vectors of 512 bits");

        Tensor[] own = [.. new[] { query, key, value }.Select(x => x.detach().clone().requires_grad_())];
        Tensor result = BlockedAttention.Attend(own[0], own[1], own[2], scoring);
        result.backward([gradient]);

        Tensor[] exact = [.. new[] { query, key, value }.Select(x => x.to(ScalarType.Float64).detach().requires_grad_())];
        Tensor scores = exact[0].matmul(exact[1].transpose(-1, -2)) * 0.3;
        if (bias is not null)
            scores = scores.Plus(bias);
        if (isCausal)
            scores = scores + full([queries, keys], double.NegativeInfinity, dtype: ScalarType.Float64).triu(1);
        Tensor expected = scores.softmax(-1).matmul(exact[2]);
        expected.backward([gradient.to(ScalarType.Float64)]);

        AssertClose(expected, result);
        foreach ((Tensor a, Tensor b) in exact.Zip(own))
            AssertClose(a.grad!, b.grad!);
    }

    private static void AssertClose(Tensor expected, Tensor actual)
    {
        Assert.Equal(expected.shape, actual.shape);
        Assert.InRange((expected - actual.to(ScalarType.Float64)).abs().max().item<double>() / Math.Max(expected.abs().max().item<double>(), Smallest), 0, Tolerance);
    }
}

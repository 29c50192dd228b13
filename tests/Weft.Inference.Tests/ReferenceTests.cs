using CsCheck;
using Weft.Model;
using Weft.Model.Spec;

namespace Weft.Inference.Tests;

/// <summary>The engine against the papers, over shapes that suit no vector width.</summary>
public sealed class ReferenceTests
{
    /// <summary>fp32 against double over two blocks with logits up to about 10.</summary>
    private const double LogitTolerance = 3e-5;

    /// <summary>A norm over one or two values is all but discontinuous, so that any two roundings part there.</summary>
    private const int SmallestHidden = 7;

    private const double ProbabilityTolerance = 1e-6;

    [Fact]
    public void Llamas_of_any_shape_agree_with_the_reference() =>
        Gen.Select(Gen.Int[SmallestHidden, 40], Gen.Int[1, 3], Gen.Int[1, 3], Gen.Int[1, 20], Gen.Int[1, 70], Gen.Int[1, 20])
            .Select(Gen.Bool, Gen.Bool, Gen.Int[0, 1000])
            .Sample((shape, bias, tied, seed) =>
            {
                (int hidden, int keyValueHeads, int group, int halfHead, int inner, int length) = shape;
                var sizes = new RandomModel.LlamaSizes(hidden, keyValueHeads * group, keyValueHeads, 2 * halfHead, inner) { Bias = bias, Tied = tied };
                AssertAgrees(RandomModel.Llama(sizes, seed), length);
            }, iter: 60, threads: 1);

    [Fact]
    public void Gpt2s_of_any_shape_agree_with_the_reference() =>
        Gen.Select(Gen.Int[1, 3], Gen.Int[SmallestHidden, 21], Gen.Int[1, 70], Gen.Int[1, 20], Gen.Bool, Gen.Bool, Gen.Int[0, 1000])
            .Sample((heads, headSize, inner, length, exact, tied, seed) =>
                AssertAgrees(RandomModel.Gpt2(heads, headSize, inner, exact ? Activation.Gelu : Activation.GeluTanh, tied, seed), length),
                iter: 60, threads: 1);

    /// <summary>Several key blocks, several pieces, and wide sizes that fill whole tiles.</summary>
    [Fact]
    public void A_long_sequence_agrees_with_the_reference() =>
        AssertAgrees(RandomModel.Llama(new(64, 4, 2, 16, 96, 50)), 290);

    [Fact]
    public void Attention_probabilities_agree_with_the_reference()
    {
        RandomModel random = RandomModel.Llama(new());
        int[] ids = random.Ids(270);
        var reference = random.Reference();
        reference.ComputeLogits(ids);
        using Transformer model = random.Load();
        foreach (((int block, int head), double[][] expected) in reference.Attention)
        {
            float[] actual = model.ComputeAttention(ids, block, head);
            IEnumerable<double> padded = expected.SelectMany(row => row.Concat(Enumerable.Repeat(0.0, ids.Length - row.Length)));
            Assert.InRange(Differences.Greatest(padded, actual), 0, ProbabilityTolerance);
        }
    }

    private static void AssertAgrees(RandomModel random, int length)
    {
        int[] ids = random.Ids(length);
        using Transformer model = random.Load();
        float[] logits = new float[length * random.Spec.VocabularySize];
        model.ComputeLogits(ids, logits);
        double difference = Differences.Greatest(random.Reference().ComputeLogits(ids).SelectMany(row => row), logits);
        Assert.InRange(difference, 0, LogitTolerance);
    }
}

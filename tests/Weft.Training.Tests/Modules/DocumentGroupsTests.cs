using Weft.Model.Spec;
using Weft.Training.Modules;

using static TorchSharp.torch;

namespace Weft.Training.Tests.Modules;

public class DocumentGroupsTests
{
    /// <summary>fp32 sums of up to 100 weights times numbers of size one.</summary>
    private const double Tolerance = 2e-6;

    /// <summary>Lengths that make several groups, some of one document, and padding.</summary>
    [Fact]
    public void Documents_by_themselves_equal_rows_under_a_mask_with_gradients()
    {
        int[][] rows = [[100, 33, 5, 62], [40, 90, 1, 45]];
        long[] documents = [.. rows.SelectMany(row => row.SelectMany((length, d) => Enumerable.Repeat((long)d, length)).Concat(Enumerable.Repeat(-1L, 200)).Take(200))];
        TokenLayout layout = TokenLayout.Of(2, 200, documents, null, null)!;
        using var scope = NewDisposeScope();
        Tensor[] numbers = [.. Enumerable.Range(0, 3).Select(i => randn([2, 3, 200, 8], generator: new Generator((ulong)i, CPU)))];
        Tensor[] apart = [.. numbers.Select(x => x.clone().requires_grad_())], masked = [.. numbers.Select(x => x.clone().requires_grad_())];
        Tensor coefficients = rand([2, 3, 200, 8], generator: new Generator(9, CPU));

        Tensor actual = new DocumentGroups(layout, CPU).Apply(apart[0], apart[1], apart[2], (q, k, v) => nn.functional.scaled_dot_product_attention(q, k, v, is_casual: true));
        Tensor scores = masked[0].matmul(masked[1].transpose(-1, -2)) / Math.Sqrt(8);
        Tensor expected = (scores + DocumentMasks.Within(layout, new AttentionMask.Causal(), 0, CPU)).softmax(-1).matmul(masked[2]);
        (actual * coefficients).sum().backward();
        (expected * coefficients).sum().backward();

        Assert.True((expected - actual).abs().max().item<float>() < Tolerance);
        foreach ((Tensor a, Tensor b) in apart.Zip(masked))
            Assert.True((a.grad! - b.grad!).abs().max().item<float>() < 5 * Tolerance);
    }

    /// <summary>20 documents in one long row, against the same in rows of their own.</summary>
    [Theory]
    [InlineData("causal")]
    [InlineData("rotary 3")]
    [InlineData("sinusoids Halves")]
    [InlineData("learned with an offset")]
    [InlineData("like Gemma")]
    public void Long_rows_equal_documents_in_rows_of_their_own(string name)
    {
        ModelSpec spec = MechanismSpecs.All[name];
        using TrainableModel together = SampleInput.RandomModel(spec).Model, apart = SampleInput.RandomModel(spec).Model;
        using var scope = NewDisposeScope();
        const int Documents = 20, Length = 24;
        Tensor ids = randint(0, spec.VocabularySize, [Documents, Length], generator: new Generator(3, CPU), dtype: ScalarType.Int64);
        long[] numbers = [.. Enumerable.Range(0, Documents * Length).Select(i => (long)(i / Length))], positions = [.. Enumerable.Range(0, Documents * Length).Select(i => (long)(i % Length))];
        TokenLayout layout = TokenLayout.Of(1, Documents * Length, numbers, positions, null)!;
        Assert.True(DocumentGroups.AreWorthWhile(layout));
        Tensor actual = together.Hidden(new TensorInput(ids.view(1, -1)) { Layout = layout }, Precision.Float32).view(Documents, Length, -1), expected = apart.Hidden(new TensorInput(ids), Precision.Float32);
        Tensor coefficients = rand(expected.shape, generator: new Generator(9, CPU)).Plus(-0.5);
        (actual * coefficients).sum().backward();
        (expected * coefficients).sum().backward();
        Assert.True((expected - actual).abs().max().item<float>() < 10 * Tolerance * expected.abs().max().item<float>());
        foreach ((TrainableParameter a, TrainableParameter b) in together.Parameters.Zip(apart.Parameters))
            if (b.Tensor.grad is { } gradient)
                Assert.True((a.Tensor.grad! - gradient).abs().max().item<float>() < 10 * Tolerance * Math.Max(1, gradient.abs().max().item<float>()), a.Name);
    }

    [Fact]
    public void Only_plain_causal_rows_of_many_documents_are_taken_apart()
    {
        using var scope = NewDisposeScope();
        bool Apart(string name, TokenLayout? layout)
        {
            StackSpec stack = MechanismSpecs.All[name].Stack;
            using var tables = new PairTables(stack, stack.BucketedAttention is null ? null : new(zeros([8, 4])), CPU);
            return tables.Of(500, layout)[0].Groups is not null;
        }
        TokenLayout Of(int length) => TokenLayout.Of(1, 500, [.. Enumerable.Range(0, 500).Select(i => i < 498 ? (long)(i / length) : -1)], null, null)!;
        TokenLayout many = Of(11);
        Assert.True(Apart("causal", many));
        // No document has more than 11 tokens: a window of 11 hides nothing of it, one of 4 does.
        Assert.True(Apart("window of all", many));
        foreach (string name in new[] { "window", "chunks", "ALiBi", "buckets", "soft cap", "learned sinks", "Shaw, keys", "bidirectional" })
            Assert.False(Apart(name, many), name);
        Assert.False(Apart("causal", null));
        Assert.False(Apart("causal", Of(250)));
        Assert.False(Apart("causal", Of(500)));
        Assert.False(Apart("causal", TokenLayout.Of(1, 500, many.Documents, null, new bool[500])));
    }
}

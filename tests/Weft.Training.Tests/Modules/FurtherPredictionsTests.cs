using Weft.Model;
using Weft.Model.Spec;
using Weft.Training.Batches;
using Weft.Training.Modules;
using Weft.Training.Objectives;

using static TorchSharp.torch;

namespace Weft.Training.Tests.Modules;

public class FurtherPredictionsTests
{
    /// <summary>fp32 gradients of size 1, summed in another order.</summary>
    private const double Tolerance = 5e-6;

    [Theory]
    [InlineData("like Gemma", false)]
    [InlineData("like Gemma", true)]
    [InlineData("buckets, window", true)]
    [InlineData("experts, softmax after", false)]
    [InlineData("sinusoids Halves", true)]
    public void Loss_and_gradients_equal_those_of_all_heads_together_by_autograd(string name, bool packed)
    {
        ModelSpec spec = MechanismSpecs.All[name];
        using TrainableModel exact = new(spec, seed: 3, furtherTokens: 2), plain = new(spec, seed: 3, furtherTokens: 2);
        TrainingBatch batch = Sample(spec, packed);
        double weight = 1.0 / batch.TargetCount;
        using var scope = NewDisposeScope();

        double loss = TokenLoss.ForwardBackward(exact, batch, Precision.Float32, weight, new() { FurtherTokens = 0.7 }) * weight;
        TensorInput input = TensorInput.Of(batch, CPU);
        Tensor trunk = plain.Trunk(input, ScalarType.Float32);
        Tensor reference = zeros([]);
        for (int ahead = 0; ahead <= 2; ahead++)
        {
            Tensor logits = plain.Head.Forward(plain.Ahead(trunk, input, ahead)).view(-1, spec.VocabularySize);
            // In a row of 9 and 3 tokens, what is to be predicted is that many tokens later in the same document.
            long[] targets = [.. Enumerable.Range(0, 24).Select(i =>
            {
                int end = packed && i % 12 < 9 ? 9 : 12;
                return (i % 12) + ahead < end ? batch.Targets[i + ahead] : TrainingBatch.Ignored;
            })];
            reference = reference + (nn.functional.cross_entropy(logits, tensor(targets), ignore_index: TrainingBatch.Ignored, reduction: nn.Reduction.Sum) * (ahead == 0 ? weight : 0.7 * weight));
        }
        reference.backward();

        Assert.Equal(reference.item<float>(), loss, Tolerance * loss);
        foreach ((TrainableParameter a, TrainableParameter b) in exact.Parameters.Zip(plain.Parameters))
            Assert.True((a.Tensor.grad! - b.Tensor.grad!).abs().max().item<float>() < Tolerance * Math.Max(1, b.Tensor.grad!.abs().max().item<float>()), a.Name);
    }

    [Fact]
    public void A_head_is_one_more_block()
    {
        ModelSpec spec = MechanismSpecs.All["like Gemma"];
        using TrainableModel model = new(spec, seed: 3, furtherTokens: 2);
        using TrainableModel longer = new(spec with { Decoder = new([.. spec.Decoder!.Blocks, spec.Decoder.Blocks[^1]], spec.Decoder.FinalNorm) }, seed: 4);
        string added = ModelParameters.Block(spec.Decoder.Blocks.Length);
        foreach (ParameterSpec parameter in ModelParameters.Enumerate(longer.Spec))
        {
            string name = parameter.Name.StartsWith(added, StringComparison.Ordinal) ? FurtherPredictions.Prefix(1) + parameter.Name[added.Length..] : parameter.Name;
            longer.Write(parameter, model.Read(parameter with { Name = name }));
        }
        using var scope = NewDisposeScope();
        TensorInput input = SampleInput.For(spec).ToTensors();
        Tensor expected = longer.Hidden(input, Precision.Float32), actual = model.Ahead(model.Trunk(input, ScalarType.Float32), input, 2);
        Assert.True((expected - actual).abs().max().item<float>() < Tolerance);
    }

    [Fact]
    public void The_model_itself_is_the_same_with_and_without_further_heads()
    {
        ModelSpec spec = SmallModels.Llama();
        using TrainableModel with = new(spec, seed: 3, furtherTokens: 2), without = new(spec, seed: 3);
        foreach (ParameterSpec parameter in ModelParameters.Enumerate(spec))
            Assert.Equal(without.Read(parameter), with.Read(parameter));
        float[] a = new float[3 * 61], b = new float[3 * 61];
        with.ComputeLogits([1, 2, 3], a);
        without.ComputeLogits([1, 2, 3], b);
        Assert.Equal(b, a);
        Assert.Equal(without.Parameters.Count, with.Parameters.Count(parameter => !parameter.Name.StartsWith("further.", StringComparison.Ordinal)));
        long block = without.Parameters.Where(parameter => parameter.Name.StartsWith(ModelParameters.Block(1), StringComparison.Ordinal)).Sum(parameter => parameter.Tensor.numel());
        Assert.Equal(without.ParameterCount + (2 * block), with.ParameterCount);
    }

    [Fact]
    public void Texts_too_short_for_a_head_give_it_gradients_of_zero()
    {
        using TrainableModel model = new(SmallModels.Llama(), seed: 3, furtherTokens: 3);
        TrainingBatch batch = CausalWindows.Split([1, 2, 3], 1, 2);
        using var scope = NewDisposeScope();
        TokenLoss.ForwardBackward(model, batch, Precision.Float32, 0.5);
        foreach (TrainableParameter parameter in model.Parameters)
        {
            bool shortOf = parameter.Name.StartsWith(FurtherPredictions.Prefix(1), StringComparison.Ordinal) || parameter.Name.StartsWith(FurtherPredictions.Prefix(2), StringComparison.Ordinal);
            Assert.Equal(shortOf, parameter.Tensor.grad!.abs().max().item<float>() == 0);
        }
    }

    [Theory]
    [InlineData("like T5")]
    [InlineData("encoder's head 0")]
    public void Models_that_do_not_continue_texts_are_refused(string name) =>
        Assert.Throws<NotSupportedException>(() => new TrainableModel(MechanismSpecs.All[name], seed: 1, furtherTokens: 1));

    private static TrainingBatch Sample(ModelSpec spec, bool packed)
    {
        var random = new Random(5);
        TrainingBatch batch = CausalWindows.Split([.. Enumerable.Range(0, 2 * 13).Select(_ => random.NextInt64(spec.VocabularySize))], 2, 12);
        return !packed ? batch : batch with
        {
            Documents = [.. Enumerable.Range(0, 24).Select(i => i % 12 < 9 ? 0L : 1)],
            Positions = [.. Enumerable.Range(0, 24).Select(i => (long)(i % 12 < 9 ? i % 12 : (i % 12) - 9))],
        };
    }
}

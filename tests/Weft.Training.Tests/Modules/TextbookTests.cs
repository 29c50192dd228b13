using Weft.Model;
using Weft.Model.Spec;
using Weft.Training.Modules;
using Weft.Training.Objectives;

using static TorchSharp.torch;

namespace Weft.Training.Tests.Modules;

/// <summary>Formulas of the papers with numbers worked out by hand.</summary>
public class TextbookTests
{
    private const double Tolerance = 1e-5;

    /// <summary>Scores of two orthogonal unit vectors are 1/√2 and 0, so that weights are e^0.7071/(e^0.7071 + 1) = 0.669762 and 0.330238.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Attention_of_two_tokens_is_softmax_of_scaled_products_times_values(bool needsScores)
    {
        using var scope = NewDisposeScope();
        Tensor unit = eye(2).view(1, 1, 2, 2);
        Tensor values = tensor(new float[] { 1, 2, 3, 4 }, [1, 1, 2, 2]);
        // A sink of minus infinity changes nothing but the way of computing.
        Tensor? sinks = needsScores ? full([1], float.NegativeInfinity) : null;
        Tensor mixed = AttentionFunction.Attend(unit, unit, values, new(1 / Math.Sqrt(2), default) { Sinks = sinks });
        Near([1.660476, 2.660476, 2.339524, 3.339524], mixed);
    }

    /// <summary>Position 1 of a width of 4: frequencies are 1 and 1/100.</summary>
    [Theory]
    [InlineData(SinusoidLayout.Interleaved, 0.841471, 0.540302, 0.0099998, 0.99995)]
    [InlineData(SinusoidLayout.Halves, 0.841471, 0.0099998, 0.540302, 0.99995)]
    [InlineData(SinusoidLayout.HalvesToTheEnd, 0.841471, 0.0001, 0.540302, 1)]
    public void Sinusoids_are_added_to_scaled_tokens(SinusoidLayout layout, double a, double b, double c, double d)
    {
        using var model = new TrainableModel(Tiny(NormPlacement.Pre) with { Embedding = new(3, 4, new PositionSpec.Sinusoidal(layout)) { Scale = 2 } }, seed: 1);
        Fill(model, (ModelParameters.TokenEmbedding, [0, 0, 0, 0, 10, 20, 30, 40, 0, 0, 0, 0]));
        float[] hidden = new float[8];
        model.ComputeHidden(new([1, 1]), hidden);
        Near([20 + a, 40 + b, 60 + c, 80 + d], tensor(hidden[4..]));
    }

    /// <summary>Token (1, 3); attention always gives (2, -4), the feed-forward part (0, 4). The norm of (p, q) is (±1, ∓1).</summary>
    [Theory]
    [InlineData(NormPlacement.Pre, 3, 3)] // (1, 3) + (2, -4) + (0, 4)
    [InlineData(NormPlacement.Post, -1, 1)] // (1, 3) + (2, -4) = (3, -1), normed (1, -1); + (0, 4) = (1, 3), normed (-1, 1)
    [InlineData(NormPlacement.Sandwich, 1, 3)] // (1, 3) + (1, -1) + (-1, 1)
    [InlineData(NormPlacement.Parallel, 3, 3)]
    public void Norms_stand_where_the_placement_says(NormPlacement placement, double a, double b)
    {
        using var model = new TrainableModel(Tiny(placement) with { Embedding = new(3, 2, new PositionSpec.None()) }, seed: 1);
        Fill(model, (ModelParameters.TokenEmbedding, [0, 0, 1, 3, 0, 0]), ("blocks.0.attention.output.bias", [2, -4]), ("blocks.0.feed_forward.down.bias", [0, 4]));
        float[] hidden = new float[2];
        model.ComputeHidden(new([1]), hidden);
        Near([a, b], tensor(hidden));
    }

    /// <summary>-ln(e²/(e² + e + e^0.1)) = 0.417030 and -ln(1/3) = 1.098612.</summary>
    [Fact]
    public void Cross_entropy_is_the_negative_logarithm_of_the_targets_softmax()
    {
        using var scope = NewDisposeScope();
        Tensor logits = tensor(new float[] { 2, 1, 0.1f, 5, 5, 5 }, [2, 3]);
        double loss = ChunkedCrossEntropy.Sum(logits, tensor(new long[] { 0, 2 }), new(eye(3), null), TokenLossOptions.Plain, null);
        Assert.Equal(0.417030 + 1.098612, loss, Tolerance);
    }

    /// <summary>Only the first two experts work where all scores are equal, each with half of the weight.</summary>
    [Fact]
    public void Of_equal_experts_the_first_are_chosen()
    {
        ModelSpec spec = MechanismSpecs.All["experts, softmax after"];
        (TrainableModel model, Dictionary<string, double[]> weights) = SampleInput.RandomModel(spec);
        using TrainableModel _ = model;
        foreach (ParameterSpec router in ModelParameters.Enumerate(spec).Where(parameter => parameter.Name.EndsWith("router.weight", StringComparison.Ordinal)))
        {
            model.Write(router, new float[router.Count]);
            weights[router.Name] = new double[router.Count];
        }
        SampleInput input = SampleInput.For(spec);
        float[] outputs = new float[input.Ids.Length * spec.VocabularySize];
        model.ComputeOutputs(input.ToInput(), outputs);
        Near(new NaiveModel(spec, weights).Outputs(input), tensor(outputs));
    }

    [Fact]
    public void Results_of_another_length_are_refused()
    {
        using var model = new TrainableModel(SmallModels.Llama(), seed: 1);
        Assert.Contains("122", Assert.Throws<ArgumentException>(() => model.ComputeLogits([1, 2], new float[121])).Message, StringComparison.Ordinal);
        Assert.Contains("48", Assert.Throws<ArgumentException>(() => model.ComputeHidden(new([1, 2]), new float[49])).Message, StringComparison.Ordinal);
    }

    private static ModelSpec Tiny(NormPlacement placement)
    {
        NormSpec norm = new NormSpec.LayerNorm(1e-12, Bias: false);
        BlockSpec block = new(norm, new(1, 1, 2, new PositionSpec.None(), AttentionBias.All), norm, new FeedForwardSpec.Dense(2, Activation.Relu, Bias: true));
        return new()
        {
            Embedding = new(3, 2, new PositionSpec.None()),
            Decoder = StackSpec.Uniform(1, block with { Placement = placement }, null),
            Head = new HeadSpec.LanguageModel(TiedEmbedding: true),
            ContextLength = 4,
        };
    }

    /// <summary>The numbers given; gains stay one and all else is zero, so that parts of a block give nothing but their biases.</summary>
    private static void Fill(TrainableModel model, params (string Name, float[] Values)[] numbers)
    {
        foreach (ParameterSpec parameter in ModelParameters.Enumerate(model.Spec).Where(parameter => parameter.Part != "norm"))
            model.Write(parameter, numbers.FirstOrDefault(pair => pair.Name == parameter.Name).Values ?? new float[parameter.Count]);
    }

    private static void Near(double[] expected, Tensor actual)
    {
        float[] values = actual.reshape(-1).data<float>().ToArray();
        Assert.Equal(expected.Length, values.Length);
        for (int i = 0; i < values.Length; i++)
            Assert.Equal(expected[i], values[i], Tolerance * Math.Max(1, Math.Abs(expected[i])));
    }
}

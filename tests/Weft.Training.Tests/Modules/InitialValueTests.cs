using Weft.Model.Spec;
using Weft.Training.Modules;

namespace Weft.Training.Tests.Modules;

public class InitialValueTests
{
    [Fact]
    public void Vectors_are_zero_but_for_gains()
    {
        foreach (ModelSpec spec in MechanismSpecs.All.Values)
        {
            using var model = new TrainableModel(spec, seed: 1);
            foreach (ParameterSpec parameter in ModelParameters.Enumerate(spec).Where(parameter => parameter.Shape.Length == 1))
            {
                bool gain = parameter.Name.EndsWith("norm.weight", StringComparison.Ordinal) && !HasUnitOffset(spec, parameter.Name);
                Assert.True(model.Read(parameter).All(value => value == (gain ? 1 : 0)), parameter.Name);
            }
        }
    }

    [Fact]
    public void Matrices_that_write_into_the_residual_line_are_smaller_by_the_root_of_their_number_in_the_stack()
    {
        NormSpec norm = new NormSpec.RmsNorm(1e-5);
        AttentionSpec attention = new(4, 4, 16, new PositionSpec.None(), AttentionBias.None), bothWays = attention with { Mask = new AttentionMask.Bidirectional() };
        var experts = new FeedForwardSpec.MixtureOfExperts(128, Activation.Silu, Bias: false, new RouterSpec.SoftmaxAfterChoice(2, 1)) { Shared = new(128, Gated: false) };
        BlockSpec block = new(norm, bothWays, norm, experts);
        using var model = new TrainableModel(new()
        {
            Embedding = new(100, 64, new PositionSpec.None()),
            Encoder = StackSpec.Uniform(3, block, norm),
            Decoder = StackSpec.Uniform(2, block with { Attention = attention, CrossAttention = new(norm, bothWays) }, norm),
            Head = new HeadSpec.LanguageModel(TiedEmbedding: true),
            ContextLength = 8,
        }, seed: 1);
        foreach (ParameterSpec parameter in ModelParameters.Enumerate(model.Spec).Where(parameter => parameter.Count >= 4096))
        {
            bool writes = parameter.Name.EndsWith(".output.weight", StringComparison.Ordinal) || parameter.Name.EndsWith(".down.weight", StringComparison.Ordinal);
            // Both stacks have six writers: three blocks of two, and two blocks of three.
            double expected = writes ? 0.02 / Math.Sqrt(6) : 0.02;
            double deviation = Math.Sqrt(model.Read(parameter).Average(value => (double)value * value));
            Assert.InRange(deviation / expected, 0.95, 1.05); // 4,096 numbers: a standard error of 1.1%
        }
    }

    private static bool HasUnitOffset(ModelSpec spec, string name) => Norms(spec, name).Any(norm => norm is NormSpec.RmsNorm { UnitOffset: true });

    private static IEnumerable<NormSpec?> Norms(ModelSpec spec, string name)
    {
        if (name == "final_norm.weight")
            return [spec.Stack.FinalNorm];
        BlockSpec? block = spec.Stack.Blocks.FirstOrDefault();
        return name switch
        {
            _ when name.Contains("query_norm", StringComparison.Ordinal) || name.Contains("key_norm", StringComparison.Ordinal) => [block!.Attention.QueryKeyNorm],
            _ when name.Contains(".attention_", StringComparison.Ordinal) => [block!.AttentionNorm],
            _ when name.Contains(".feed_forward_", StringComparison.Ordinal) => [block!.FeedForwardNorm],
            _ => [],
        };
    }
}

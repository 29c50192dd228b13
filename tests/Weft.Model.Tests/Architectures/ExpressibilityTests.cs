using Weft.Model.Architectures;
using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Spec;

namespace Weft.Model.Tests.Architectures;

/// <summary>What a family cannot say, it must refuse to save: a config that says something else would be silently wrong.</summary>
public sealed class ExpressibilityTests
{
    private static ModelSpec LlamaSpec => CatalogueSamples.Spec("llama", 0);

    private static ModelSpec Gpt2Spec => CatalogueSamples.Spec("gpt2", 0);

    public static TheoryData<string> Changes => [.. Cases.Keys];

    private static Dictionary<string, (Architecture Architecture, ModelSpec Spec)> Cases => new()
    {
        ["gpt2 with rotary blocks"] = (new Gpt2(), LlamaSpec),
        ["llama with learned positions"] = (new Llama(), Gpt2Spec),
        ["llama with different blocks"] = (new Llama(), LlamaSpec with
        {
            Decoder = LlamaSpec.Stack with
            {
                Blocks = [LlamaSpec.Stack.Blocks[0], LlamaSpec.Stack.Blocks[0] with { FeedForward = new FeedForwardSpec.Gated(7, Activation.Silu, false) }],
            },
        }),
        ["llama with a GELU gate"] = (new Llama(), Each(LlamaSpec, block => block with { FeedForward = new FeedForwardSpec.Gated(7, Activation.Gelu, false) })),
        ["llama with a dense part"] = (new Llama(), Each(LlamaSpec, block => block with { FeedForward = new FeedForwardSpec.Dense(7, Activation.Silu, false) })),
        ["llama with two epsilons"] = (new Llama(), LlamaSpec with { Decoder = LlamaSpec.Stack with { FinalNorm = new NormSpec.RmsNorm(0.5) } }),
        ["llama with a bias on some projections"] = (new Llama(), Each(LlamaSpec, block => block with { Attention = block.Attention with { Bias = AttentionBias.QueryKeyValue } })),
        ["mistral with biases"] = (new Mistral(), Each(LlamaSpec, block => block with { Attention = block.Attention with { Bias = AttentionBias.All } })),
        ["qwen2 without biases"] = (new Qwen2(), LlamaSpec),
        ["llama without positions"] = (new Llama(), Each(LlamaSpec, block => block with { Attention = block.Attention with { Position = new PositionSpec.None() } })),
        ["gpt2 with an unbiased norm"] = (new Gpt2(), Each(Gpt2Spec, block => block with { FeedForwardNorm = new NormSpec.LayerNorm(1e-5, false) })),
        ["gpt2 with grouped heads"] = (new Gpt2(), Each(Gpt2Spec, block => block with { Attention = block.Attention with { KeyValueHeads = 1 } })),
        ["gpt2 with unbiased attention"] = (new Gpt2(), Each(Gpt2Spec, block => block with { Attention = block.Attention with { Bias = AttentionBias.QueryKeyValue } })),
        ["gpt2 with wide heads"] = (new Gpt2(), Each(Gpt2Spec, block => block with { Attention = block.Attention with { HeadSize = 8 } })),
        ["gpt2 with SiLU"] = (new Gpt2(), Each(Gpt2Spec, block => block with { FeedForward = new FeedForwardSpec.Dense(7, Activation.Silu, true) })),
        ["gpt2 with a longer table"] = (new Gpt2(), Gpt2Spec with { ContextLength = 8 }),
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public void What_a_family_cannot_express_is_refused_and_nothing_is_written(string change)
    {
        (Architecture architecture, ModelSpec spec) = Cases[change];
        spec.Validate();
        using var folder = new TemporaryFolder();
        var refusal = Assert.Throws<NotSupportedException>(() =>
            HuggingFaceExport.Save(folder.FullName, architecture, spec, CatalogueSamples.RandomWeights, new()));
        Assert.Contains($"'{architecture.ModelType}' cannot express", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(folder.Names);
    }

    [Fact]
    public void An_impossible_specification_is_refused_before_the_weights_are_written()
    {
        using var folder = new TemporaryFolder();
        ModelSpec spec = Each(LlamaSpec, block => block with { AttentionNorm = new NormSpec.RmsNorm(double.NaN), FeedForwardNorm = new NormSpec.RmsNorm(double.NaN) });
        spec = spec with { Decoder = spec.Stack with { FinalNorm = new NormSpec.RmsNorm(double.NaN) } };
        Assert.Throws<ArgumentException>(() => HuggingFaceExport.Save(folder.FullName, new Llama(), spec, CatalogueSamples.RandomWeights, new()));
        Assert.Empty(folder.Names);
    }

    [Theory]
    [InlineData("gpt2", -1)]
    [InlineData("gpt2", 1)]
    [InlineData("llama", -1)]
    [InlineData("llama", 1)]
    public void A_parameter_of_the_wrong_length_is_refused_by_name_and_leaves_no_file(string modelType, int more)
    {
        using var folder = new TemporaryFolder();
        string name = "blocks.1.attention.value.weight";
        var refusal = Assert.Throws<ArgumentException>(() => HuggingFaceExport.Save(
            folder.FullName, ArchitectureCatalogue.ForModelType(modelType), CatalogueSamples.Spec(modelType, 0),
            parameter => new float[parameter.Count + (parameter.Name == name ? more : 0)], new()));
        Assert.Contains(name, refusal.Message, StringComparison.Ordinal);
        Assert.Empty(folder.Names);
    }

    private static ModelSpec Each(ModelSpec spec, Func<BlockSpec, BlockSpec> change) =>
        spec with { Decoder = spec.Stack with { Blocks = [.. spec.Stack.Blocks.Select(change)] } };
}

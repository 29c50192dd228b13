using Weft.Model.Architectures;
using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Spec;

namespace Weft.Model.Tests.Architectures;

/// <summary>What a family cannot say, it must refuse to save: a config that says something else would be silently wrong.</summary>
public sealed class ExpressibilityTests
{
    private static ModelSpec LlamaSpec => CatalogueSamples.Spec("llama", 0);

    private static ModelSpec Gpt2Spec => CatalogueSamples.Spec("gpt2", 0);

    private static ModelSpec Gemma2Spec => CatalogueSamples.Spec("gemma2", 0);

    private static ModelSpec BloomSpec => CatalogueSamples.Spec("bloom", 0);

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
        ["llama with a window"] = (new Llama(), Attention(LlamaSpec, attention => attention with { Mask = new AttentionMask.SlidingWindow(3) })),
        ["llama with norms of queries and keys"] = (new Llama(), CatalogueSamples.Spec("qwen3", 0)),
        ["llama with heads turned in part"] = (new Llama(), CatalogueSamples.Spec("phi3", 2) with { Head = new HeadSpec.LanguageModel(true) }),
        ["llama with a scaled residual line"] = (new Llama(), Each(LlamaSpec, block => block with { ResidualScale = 0.5 })),
        ["llama with a biased classifier"] = (new Llama(), LlamaSpec with { Head = new HeadSpec.SequenceClassification(2, Pooling.Last, Bias: true) }),
        ["llama with a classifier of the first token"] = (new Llama(), LlamaSpec with { Head = new HeadSpec.SequenceClassification(2, Pooling.First, Bias: false) }),
        ["mistral with a window in some blocks"] = (new Mistral(), Attention(CatalogueSamples.Spec("qwen2", 2), attention => attention with { Bias = AttentionBias.None })),
        ["mistral with chunks"] = (new Mistral(), Attention(LlamaSpec, attention => attention with { Mask = new AttentionMask.Chunked(4) })),
        ["qwen2 with windows of two sizes"] = (new Qwen2(), First(CatalogueSamples.Spec("qwen2", 3), block => block with { Attention = block.Attention with { Mask = new AttentionMask.SlidingWindow(5) } })),
        ["qwen3 without norms of queries and keys"] = (new Qwen3(), LlamaSpec),
        ["qwen3 with another epsilon in these norms"] = (new Qwen3(), Attention(CatalogueSamples.Spec("qwen3", 0), attention => attention with { QueryKeyNorm = new NormSpec.RmsNorm(0.5) })),
        ["qwen3_moe with a shared expert"] = (new Qwen3Moe(), Each(CatalogueSamples.Spec("qwen3_moe", 0), block => block with { FeedForward = (FeedForwardSpec.MixtureOfExperts)block.FeedForward with { Shared = new(3, Gated: true) } })),
        ["qwen3_moe with experts of two sizes"] = (new Qwen3Moe(), First(CatalogueSamples.Spec("qwen3_moe", 0), block => block with { FeedForward = block.FeedForward with { InnerSize = 9 } })),
        ["qwen3_moe with dense parts of two sizes"] = (new Qwen3Moe(), First(CatalogueSamples.Spec("qwen3_moe", 2), block => block with { FeedForward = block.FeedForward with { InnerSize = 9 } })),
        ["mixtral with a softmax over all experts"] = (new Mixtral(), Each(CatalogueSamples.Spec("mixtral", 0), block => block with { FeedForward = (FeedForwardSpec.MixtureOfExperts)block.FeedForward with { Router = new RouterSpec.SoftmaxBeforeChoice(4, 2) } })),
        ["mixtral without experts"] = (new Mixtral(), LlamaSpec),
        ["phi3 with YaRN"] = (new Phi3(), CatalogueSamples.Spec("qwen2", 1)),
        ["gemma2 without a scaled embedding"] = (new Gemma2(), Gemma2Spec with { Embedding = Gemma2Spec.Embedding with { Scale = 1 } }),
        ["gemma2 with norms before the parts only"] = (new Gemma2(), Each(Gemma2Spec, block => block with { Placement = NormPlacement.Pre })),
        ["gemma2 with norms without offset"] = (new Gemma2(), Each(Gemma2Spec, block => block with { FeedForwardNorm = new NormSpec.RmsNorm(1e-6) })),
        ["gemma2 with norms of queries and keys"] = (new Gemma2(), CatalogueSamples.Spec("gemma3_text", 0)),
        ["gemma2 with an odd scale"] = (new Gemma2(), Attention(Gemma2Spec, attention => attention with { Scale = 0.3 })),
        ["gemma3 with a cap of scores"] = (new Gemma3Text(), Attention(CatalogueSamples.Spec("gemma3_text", 0), attention => attention with { SoftCap = 50 })),
        ["gemma3 with a scaled window"] = (new Gemma3Text(), Attention(CatalogueSamples.Spec("gemma3_text", 0), attention => attention with { Position = new PositionSpec.Rotary(10) { Scaling = new RotaryScaling.Linear(2) } })),
        ["gemma3 with two bases among its windows"] = (new Gemma3Text(), First(CatalogueSamples.Spec("gemma3_text", 0), block => block with { Attention = block.Attention with { Position = new PositionSpec.Rotary(10) } })),
        ["gpt_neox with norms after the parts"] = (new GptNeoX(), Each(CatalogueSamples.Spec("gpt_neox", 0), block => block with { Placement = NormPlacement.Post })),
        ["gpt_neox with ALiBi"] = (new GptNeoX(), Attention(CatalogueSamples.Spec("gpt_neox", 0), attention => attention with { Position = new PositionSpec.Alibi() })),
        ["gpt_neox with a normalised embedding"] = (new GptNeoX(), CatalogueSamples.Spec("bloom", 0)),
        ["bloom without a norm of the embedding"] = (new Bloom(), BloomSpec with { Embedding = BloomSpec.Embedding with { Norm = null } }),
        ["bloom with rotary positions"] = (new Bloom(), Attention(BloomSpec, attention => attention with { Position = new PositionSpec.Rotary(10) })),
        ["bloom with a narrow feed-forward part"] = (new Bloom(), Each(BloomSpec, block => block with { FeedForward = block.FeedForward with { InnerSize = 9 } })),
        ["bloom with parts side by side"] = (new Bloom(), Each(BloomSpec, block => block with { Placement = NormPlacement.Parallel })),
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

    private static ModelSpec First(ModelSpec spec, Func<BlockSpec, BlockSpec> change) =>
        spec with { Decoder = spec.Stack with { Blocks = spec.Stack.Blocks.SetItem(0, change(spec.Stack.Blocks[0])) } };

    private static ModelSpec Attention(ModelSpec spec, Func<AttentionSpec, AttentionSpec> change) =>
        Each(spec, block => block with { Attention = change(block.Attention) });
}

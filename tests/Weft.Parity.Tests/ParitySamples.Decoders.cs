using Weft.Model.Spec;

namespace Weft.Parity.Tests;

/// <summary>Decoders with more than Llama has.</summary>
internal static partial class ParitySamples
{
    private static (string Name, ModelSpec Spec)[] Qwen3 =>
    [
        ("grouped-query, tied", HeadNorms(Llama(new(32, 4, 2, 8, 64) { Tied = true, Epsilon = 1e-6, Theta = 1_000_000 }))),
        ("multi-head, all biases, odd sizes, longer than a piece", HeadNorms(Llama(new(27, 3, 3, 10, 45) { AttentionBias = AttentionBias.All, Context = LongContext }))),
        ("multi-query, epsilon that shows", HeadNorms(Llama(new(20, 5, 1, 6, 33) { Epsilon = 0.05 }))),
        ("YaRN", HeadNorms(Llama(new(24, 4, 2, 16, 40) { Theta = 500, Context = LongContext, Scaling = new RotaryScaling.Yarn(4, 64, 32, 1, 1.14, WholePairs: true) }))),
        ("windows in later blocks", Windows(HeadNorms(Llama(new(24, 4, 2, 6, 40) { Blocks = 3, Context = LongContext })), 19, i => i >= 2)),
    ];

    private static (string Name, ModelSpec Spec)[] Qwen3Moe =>
    [
        ("softmax before the choice", Experts(HeadNorms(Llama(new(32, 4, 2, 8, 24))), new RouterSpec.SoftmaxBeforeChoice(6, 2))),
        ("softmax after the choice, longer than a piece", Experts(HeadNorms(Llama(new(27, 3, 1, 10, 13) { Context = LongContext })), new RouterSpec.SoftmaxAfterChoice(5, 3))),
        ("one expert of three, all biases", Experts(HeadNorms(Llama(new(20, 5, 1, 6, 33) { AttentionBias = AttentionBias.All })), new RouterSpec.SoftmaxBeforeChoice(3, 1))),
        ("all experts, tied", Experts(HeadNorms(Llama(new(24, 4, 2, 6, 9) { Tied = true })), new RouterSpec.SoftmaxAfterChoice(4, 4))),
        ("dense blocks between", Experts(HeadNorms(Llama(new(24, 4, 2, 6, 40) { Blocks = 4 })), new RouterSpec.SoftmaxBeforeChoice(4, 2), i => i % 2 == 1)),
    ];

    private static (string Name, ModelSpec Spec)[] Mixtral =>
    [
        ("two of eight, untied", Experts(Llama(new(32, 4, 2, 8, 24)), new RouterSpec.SoftmaxAfterChoice(8, 2))),
        ("one of three, tied, odd sizes, longer than a piece", Experts(Llama(new(27, 3, 1, 10, 13) { Tied = true, Context = LongContext }), new RouterSpec.SoftmaxAfterChoice(3, 1))),
        ("all of two", Experts(Llama(new(20, 5, 1, 6, 33)), new RouterSpec.SoftmaxAfterChoice(2, 2))),
        ("a window", Experts(Windows(Llama(new(24, 4, 2, 6, 9) { Context = LongContext }), 21), new RouterSpec.SoftmaxAfterChoice(4, 2))),
    ];

    private static (string Name, ModelSpec Spec)[] Phi3 =>
    [
        ("multi-head, untied", Llama(new(32, 4, 4, 8, 64))),
        ("grouped-query, a window, odd sizes, longer than a piece", Windows(Llama(new(27, 6, 3, 10, 45) { Context = LongContext }), 33)),
        ("heads turned in part, tied", Rotary(Llama(new(24, 4, 2, 16, 40) { Tied = true }), rotary => rotary with { RotatedSize = 12 })),
        ("LongRoPE within the first context", Llama(new(24, 4, 2, 8, 40) { Scaling = LongRope(4, 40, 1.2) })),
        ("LongRoPE beyond the first context, heads turned in part", Rotary(Llama(new(24, 4, 2, 16, 40) { Context = LongContext, Scaling = LongRope(6, 64, 1.17) }), rotary => rotary with { RotatedSize = 12 })),
    ];

    private static (string Name, ModelSpec Spec)[] Gemma2 =>
    [
        ("alternating windows", Gemma(new(32, 4, 2, 8, 64) { Blocks = 3 }, 7, i => i % 2 == 0, 50, 30, 256)),
        ("caps that show, longer than a piece", Gemma(new(27, 3, 1, 10, 45) { Context = LongContext }, 37, i => i % 2 == 0, 0.5, 0.25, 10)),
        ("all biases, untied, no caps", Gemma(new(20, 5, 5, 6, 33) { AttentionBias = AttentionBias.All }, 5, i => i == 1, null, null, 3, tied: false)),
        ("windows only, epsilon that shows", Gemma(new(24, 4, 2, 16, 40) { Epsilon = 0.05 }, 9, _ => true, 1, null, 144)),
    ];

    private static (string Name, ModelSpec Spec)[] Gemma3 =>
    [
        ("five of six blocks with windows", Gemma3Of(new(24, 4, 1, 8, 40) { Blocks = 7 }, 7, i => i % 6 != 5)),
        ("scaling where everything is seen, longer than a piece", Gemma3Of(new(27, 3, 1, 10, 45) { Blocks = 3, Context = LongContext, Scaling = new RotaryScaling.Linear(8) }, 37, i => i != 1)),
        ("windows only", Gemma3Of(new(20, 5, 5, 6, 33), 5, _ => true)),
        ("no windows, all biases, epsilon that shows", Gemma3Of(new(24, 4, 2, 16, 40) { Epsilon = 0.05, AttentionBias = AttentionBias.All }, 9, _ => false)),
    ];

    private static (string Name, ModelSpec Spec)[] GptNeoX =>
    [
        ("side by side, a quarter of each head", NeoX(new(4, 8, 64), 2)),
        ("one after the other, whole heads, tanh GELU, tied", NeoX(new(3, 6, 50) { Activation = Activation.GeluTanh, Tied = true }, null, NormPlacement.Pre)),
        ("side by side, without biases of attention, ReLU, longer than a piece", NeoX(new(3, 10, 45) { Activation = Activation.Relu, Context = LongContext }, 4, bias: AttentionBias.None)),
        ("one head, SiLU, epsilon that shows", NeoX(new(1, 14, 9) { Activation = Activation.Silu, Epsilon = 0.05 }, 6)),
        ("tanh, scaled", Rotary(NeoX(new(2, 8, 20) { Activation = Activation.Tanh }, 4), rotary => rotary with { Theta = 300, Scaling = new RotaryScaling.Linear(3) })),
    ];

    private static (string Name, ModelSpec Spec)[] Bloom =>
    [
        ("heads of a power of two, tied", Alibi(new(4, 8, 128) { Tied = true })),
        ("heads between powers of two, longer than a piece", Alibi(new(6, 5, 120) { Tied = true, Context = LongContext })),
        ("untied, odd sizes", Alibi(new(3, 7, 84))),
        ("one head, epsilon that shows", Alibi(new(1, 15, 60) { Epsilon = 0.05, Tied = true })),
    ];

    private static ModelSpec Blocks(ModelSpec spec, Func<BlockSpec, int, BlockSpec> change) =>
        spec with { Decoder = spec.Stack with { Blocks = [.. spec.Stack.Blocks.Select(change)] } };

    private static ModelSpec Windows(ModelSpec spec, int size, Func<int, bool>? where = null) => Blocks(spec, (block, i) =>
        where?.Invoke(i) == false ? block : block with { Attention = block.Attention with { Mask = new AttentionMask.SlidingWindow(size) } });

    private static ModelSpec HeadNorms(ModelSpec spec) =>
        Blocks(spec, (block, _) => block with { Attention = block.Attention with { QueryKeyNorm = block.AttentionNorm } });

    private static ModelSpec Experts(ModelSpec spec, RouterSpec router, Func<int, bool>? where = null) => Blocks(spec, (block, i) =>
        where?.Invoke(i) == false ? block : block with { FeedForward = new FeedForwardSpec.MixtureOfExperts(block.FeedForward.InnerSize, Activation.Silu, Bias: false, router) });

    private static ModelSpec Rotary(ModelSpec spec, Func<PositionSpec.Rotary, PositionSpec.Rotary> change) => Blocks(spec, (block, _) =>
        block with { Attention = block.Attention with { Position = change((PositionSpec.Rotary)block.Attention.Position) } });

    private static RotaryScaling.LongRope LongRope(int pairs, int originalContext, double attentionFactor) => new(
        [.. Enumerable.Range(0, pairs).Select(i => 1 + (0.1 * i))], [.. Enumerable.Range(0, pairs).Select(i => 1.5 + (2.0 * i))], originalContext, attentionFactor);

    private static ModelSpec Gemma(
        LlamaSizes sizes, int window, Func<int, bool> slides, double? scoreCap, double? logitCap, int queryScalar, bool tied = true)
    {
        var norm = new NormSpec.RmsNorm(sizes.Epsilon, UnitOffset: true);
        ModelSpec spec = Blocks(Windows(Llama(sizes), window, slides), (block, _) => block with
        {
            Placement = NormPlacement.Sandwich,
            AttentionNorm = norm,
            FeedForwardNorm = norm,
            FeedForward = new FeedForwardSpec.Gated(sizes.Inner, Activation.GeluTanh, Bias: false),
            Attention = block.Attention with { SoftCap = scoreCap, Scale = queryScalar == sizes.HeadSize ? null : 1 / Math.Sqrt(queryScalar) },
        });
        return spec with
        {
            Embedding = spec.Embedding with { Scale = Math.Sqrt(sizes.Hidden) },
            Decoder = spec.Stack with { FinalNorm = norm },
            Head = new HeadSpec.LanguageModel(tied) { SoftCap = logitCap },
        };
    }

    private static ModelSpec Gemma3Of(LlamaSizes sizes, int window, Func<int, bool> slides) =>
        Blocks(HeadNorms(Gemma(sizes with { Theta = 1_000_000 }, window, slides, null, null, 168)), (block, i) =>
            slides(i) ? block with { Attention = block.Attention with { Position = new PositionSpec.Rotary(10_000) } } : block);

    private static ModelSpec NeoX(Gpt2Sizes sizes, int? rotated, NormPlacement placement = NormPlacement.Parallel, AttentionBias bias = AttentionBias.All)
    {
        ModelSpec spec = Gpt2(sizes);
        return Blocks(spec with { Embedding = spec.Embedding with { Position = new PositionSpec.None() } }, (block, _) => block with
        {
            Placement = placement,
            Attention = block.Attention with { Position = new PositionSpec.Rotary(10_000) { RotatedSize = rotated }, Bias = bias },
        });
    }

    private static ModelSpec Alibi(Gpt2Sizes sizes)
    {
        ModelSpec spec = Gpt2(sizes);
        return Blocks(spec with { Embedding = spec.Embedding with { Position = new PositionSpec.None(), Norm = spec.Stack.FinalNorm } }, (block, _) =>
            block with { Attention = block.Attention with { Position = new PositionSpec.Alibi() } });
    }
}

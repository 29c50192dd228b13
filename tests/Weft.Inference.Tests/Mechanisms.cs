using Weft.Model.Spec;

namespace Weft.Inference.Tests;

/// <summary>Small models, each of which has a mechanism of the specification that shows in its outputs.</summary>
internal static class Mechanisms
{
    private const int Hidden = 24, Heads = 4, HeadSize = 6, Context = 330, Vocabulary = 53;

    private static readonly NormSpec Rms = new NormSpec.RmsNorm(1e-5), Layer = new NormSpec.LayerNorm(1e-5, Bias: true);

    private static readonly FeedForwardSpec Gated = new FeedForwardSpec.Gated(33, Activation.Silu, Bias: false);

    private static readonly PositionSpec Rotary = new PositionSpec.Rotary(10_000);

    private static readonly AttentionSpec Plain = new(Heads, 2, HeadSize, Rotary, AttentionBias.None);

    private static readonly AttentionSpec BothWays = new(Heads, Heads, HeadSize, new PositionSpec.None(), AttentionBias.All) { Mask = new AttentionMask.Bidirectional() };

    private static readonly EmbeddingSpec Embedding = new(Vocabulary, Hidden, new PositionSpec.None());

    private static readonly HeadSpec LanguageModel = new HeadSpec.LanguageModel(TiedEmbedding: false);

    private static Dictionary<string, ModelSpec> Attentions { get; } = new()
    {
        ["a sliding window"] = Decoder(Plain with { Mask = new AttentionMask.SlidingWindow(7) }),
        ["a sliding window over several blocks of keys"] = Decoder(Plain with { Mask = new AttentionMask.SlidingWindow(100) }),
        ["chunks"] = Decoder(Plain with { Mask = new AttentionMask.Chunked(70) }),
        ["first tokens that stay visible"] = Decoder(Plain with { Mask = new AttentionMask.SlidingWindow(9), Sinks = new AttentionSinks.FirstTokens(3) }),
        ["first tokens beside chunks"] = Decoder(Plain with { Mask = new AttentionMask.Chunked(13), Sinks = new AttentionSinks.FirstTokens(70) }),
        ["learned sinks"] = Decoder(Plain with { Sinks = new AttentionSinks.Learned() }),
        ["norms of queries and keys"] = Decoder(Plain with { QueryKeyNorm = Rms }),
        ["layer norms of queries and keys"] = Decoder(Plain with { QueryKeyNorm = Layer }),
        ["a soft cap"] = Decoder(Plain with { SoftCap = 2, Scale = 1.3 }),
        ["everything at once"] = Decoder(Plain with
        {
            Mask = new AttentionMask.SlidingWindow(40),
            Sinks = new AttentionSinks.Learned(),
            QueryKeyNorm = new NormSpec.RmsNorm(1e-5, UnitOffset: true),
            SoftCap = 5,
            Scale = 0.7,
            Bias = AttentionBias.All,
        }),
        ["ALiBi"] = Decoder(Plain with { Position = new PositionSpec.Alibi() }),
        ["ALiBi of heads that are no power of two"] = Decoder(new(6, 3, 4, new PositionSpec.Alibi(), AttentionBias.All)),
        ["relative buckets"] = Decoder(Plain with { Position = new PositionSpec.Buckets(8, 30), Scale = 1 }),
        ["Shaw's keys"] = Decoder(Plain with { Position = new PositionSpec.Shaw(5, Values: false) }),
        ["Shaw's keys and values"] = Decoder(Plain with { Position = new PositionSpec.Shaw(70, Values: true), SoftCap = 3, Sinks = new AttentionSinks.Learned(), Mask = new AttentionMask.SlidingWindow(80) }),
        ["neighbours that are rotated"] = Decoder(Plain with { Position = new PositionSpec.Rotary(700) { Interleaved = true } }),
        ["partly rotated heads"] = Decoder(Plain with { Position = new PositionSpec.Rotary(700) { RotatedSize = 4 } }),
        ["partly rotated neighbours"] = Decoder(Plain with { Position = new PositionSpec.Rotary(700) { RotatedSize = 2, Interleaved = true } }),
    };

    /// <summary>Angles that depend on the length of the sequence: what is computed in pieces differs from what is computed at once.</summary>
    public static Dictionary<string, ModelSpec> ByLength { get; } = new()
    {
        ["a dynamic base"] = Decoder(Plain with { Position = new PositionSpec.Rotary(700) { Scaling = new RotaryScaling.Dynamic(4, 90) } }),
        ["LongRoPE"] = Decoder(Plain with { Position = new PositionSpec.Rotary(700) { Scaling = new RotaryScaling.LongRope([1, 1.1, 1.3], [2, 3.5, 5], 90, 1.2), Interleaved = true } }),
    };

    private static Dictionary<string, ModelSpec> Blocks { get; } = new()
    {
        ["norms after"] = Decoder(Plain, block => block with { Placement = NormPlacement.Post }, finalNorm: null),
        ["norms before and after"] = Decoder(Plain, block => block with { Placement = NormPlacement.Sandwich, AttentionNorm = new NormSpec.RmsNorm(1e-5, UnitOffset: true) }),
        ["parallel parts"] = Decoder(Plain, block => block with { Placement = NormPlacement.Parallel, FeedForwardNorm = Layer }),
        ["a scaled residual line"] = Decoder(Plain, block => block with { ResidualScale = 0.4 }),
        ["a scaled residual line, norms after"] = Decoder(Plain, block => block with { ResidualScale = 0.4, Placement = NormPlacement.Post }),
        ["ReLU"] = Decoder(Plain, block => block with { FeedForward = new FeedForwardSpec.Dense(41, Activation.Relu, Bias: true) }),
        ["a tanh gate"] = Decoder(Plain, block => block with { FeedForward = new FeedForwardSpec.Gated(41, Activation.Tanh, Bias: true) }),
        ["experts, softmax before"] = Experts(new(19, Activation.Silu, Bias: false, new RouterSpec.SoftmaxBeforeChoice(6, 2))),
        ["experts, softmax after"] = Experts(new(19, Activation.Gelu, Bias: true, new RouterSpec.SoftmaxAfterChoice(5, 3))),
        ["experts and a shared one"] = Experts(new(19, Activation.Silu, Bias: false, new RouterSpec.SoftmaxAfterChoice(4, 1)) { Shared = new(40, Gated: false) }),
        ["experts and a gated shared one"] = Experts(new(40, Activation.Silu, Bias: false, new RouterSpec.SoftmaxBeforeChoice(4, 4)) { Shared = new(19, Gated: true) }),
        ["blocks that differ"] = Mixed(),
    };

    private static Dictionary<string, ModelSpec> Ends { get; } = new()
    {
        ["a scaled and normalised embedding"] = Decoder(Plain) with { Embedding = Embedding with { Scale = 4.5, Norm = Layer } },
        ["sinusoids, interleaved"] = Sinusoids(new(SinusoidLayout.Interleaved)),
        ["sinusoids, halves"] = Sinusoids(new(SinusoidLayout.Halves)),
        ["sinusoids, halves to the end"] = Sinusoids(new(SinusoidLayout.HalvesToTheEnd) { Offset = 2 }),
        ["learned positions with an offset"] = Decoder(Plain) with { Embedding = Embedding with { Position = new PositionSpec.Learned(Context) { Offset = 2 } } },
        ["logits with a bias, a scale and a cap"] = Decoder(Plain) with { Head = new HeadSpec.LanguageModel(TiedEmbedding: true) { Bias = true, LogitScale = 0.7, SoftCap = 3 } },
        ["a decoder's sequence classes"] = Decoder(Plain) with { Head = new HeadSpec.SequenceClassification(3, Pooling.Last, Bias: false) },
        ["a decoder's embedding"] = Decoder(Plain) with { Head = new HeadSpec.PooledEmbedding(Pooling.Last, Normalized: true) },
        ["masked language model, tied"] = Encoder(new HeadSpec.MaskedLanguageModel(TiedEmbedding: true, Activation.Gelu, Layer)),
        ["masked language model, untied"] = Encoder(new HeadSpec.MaskedLanguageModel(TiedEmbedding: false, Activation.Relu, Rms)),
        ["sequence classes of the first token"] = Encoder(new HeadSpec.SequenceClassification(5, Pooling.First, Bias: true) { Transform = Activation.Tanh }),
        ["token classes"] = Encoder(new HeadSpec.TokenClassification(7)),
        ["spans"] = Encoder(new HeadSpec.Spans()),
        ["mean embedding"] = Encoder(new HeadSpec.PooledEmbedding(Pooling.Mean, Normalized: true)),
        ["BERT's pooler"] = Encoder(new HeadSpec.PooledEmbedding(Pooling.First, Normalized: false) { Transform = Activation.Tanh }),
        ["an encoder with relative buckets"] = Encoder(new HeadSpec.TokenClassification(7), BothWays with { Position = new PositionSpec.Buckets(10, 40) }),
        ["an encoder with ALiBi"] = Encoder(new HeadSpec.TokenClassification(7), BothWays with { Position = new PositionSpec.Alibi() }),
        ["an encoder with Shaw's vectors"] = Encoder(new HeadSpec.TokenClassification(7), BothWays with { Position = new PositionSpec.Shaw(9, Values: true) }),
        ["the original Transformer"] = Both(NormPlacement.Post, new PositionSpec.Sinusoidal(SinusoidLayout.Interleaved), BothWays),
        ["an encoder-decoder with norms before"] = Both(NormPlacement.Pre, new PositionSpec.Learned(Context) { Offset = 2 }, BothWays),
        ["T5's relative positions"] = Both(NormPlacement.Pre, new PositionSpec.None(), BothWays with { Position = new PositionSpec.Buckets(12, 50), Scale = 1, Bias = AttentionBias.None }),
    };

    /// <summary>Models whose results depend neither on pieces nor on the length.</summary>
    public static Dictionary<string, ModelSpec> Steady { get; } = Attentions.Concat(Blocks).Concat(Ends).ToDictionary();

    /// <summary>Every model.</summary>
    public static Dictionary<string, ModelSpec> All { get; } = Steady.Concat(ByLength).ToDictionary();

    private static ModelSpec Decoder(AttentionSpec attention, Func<BlockSpec, BlockSpec>? change = null) => Decoder(attention, change ?? (block => block), Rms);

    private static ModelSpec Decoder(AttentionSpec attention, Func<BlockSpec, BlockSpec> change, NormSpec? finalNorm) => new()
    {
        Embedding = Embedding,
        Decoder = StackSpec.Uniform(2, change(new(Rms, attention, Rms, Gated)), finalNorm),
        Head = LanguageModel,
        ContextLength = Context,
    };

    private static ModelSpec Experts(FeedForwardSpec.MixtureOfExperts mixture) => Decoder(Plain, block => block with { FeedForward = mixture });

    private static ModelSpec Mixed()
    {
        ModelSpec spec = Decoder(Plain);
        BlockSpec block = spec.Stack.Blocks[0];
        return spec with
        {
            Decoder = new(
            [
                block with { Attention = Plain with { Mask = new AttentionMask.SlidingWindow(5), Position = new PositionSpec.Rotary(100) } },
                block with { Attention = new(6, 2, 10, new PositionSpec.Rotary(10_000) { Scaling = new RotaryScaling.Linear(2) }, AttentionBias.QueryKeyValue), Placement = NormPlacement.Parallel },
                block with { Attention = new(3, 1, 8, new PositionSpec.Alibi(), AttentionBias.None), FeedForward = new FeedForwardSpec.Dense(70, Activation.GeluTanh, Bias: true) },
            ], Layer),
        };
    }

    private static ModelSpec Sinusoids(PositionSpec.Sinusoidal position) => Decoder(Plain with { Position = new PositionSpec.None() }) with { Embedding = Embedding with { Position = position } };

    private static ModelSpec Encoder(HeadSpec head, AttentionSpec? attention = null) => new()
    {
        Embedding = Embedding with { Position = new PositionSpec.Learned(Context), TokenTypes = 2, Norm = Layer },
        Encoder = StackSpec.Uniform(2, new(Layer, attention ?? BothWays, Layer, new FeedForwardSpec.Dense(41, Activation.Gelu, Bias: true)) { Placement = NormPlacement.Post }, null),
        Head = head,
        ContextLength = Context,
    };

    private static ModelSpec Both(NormPlacement placement, PositionSpec position, AttentionSpec attention)
    {
        var block = new BlockSpec(Layer, attention, Layer, new FeedForwardSpec.Dense(41, Activation.Relu, Bias: true)) { Placement = placement };
        return new()
        {
            Embedding = Embedding with { Position = position, Scale = Math.Sqrt(Hidden) },
            Encoder = StackSpec.Uniform(2, block, placement == NormPlacement.Post ? null : Layer),
            Decoder = StackSpec.Uniform(2, block with
            {
                Attention = attention with { Mask = new AttentionMask.Causal() },
                CrossAttention = new(Layer, BothWays with { KeyValueHeads = 2 }),
            }, placement == NormPlacement.Post ? null : Layer),
            Head = new HeadSpec.LanguageModel(TiedEmbedding: true),
            ContextLength = Context,
        };
    }
}

using Weft.Model.Spec;

namespace Weft.Parity.Tests;

/// <summary>Encoders with decoders, and what only Weft's own files hold.</summary>
internal static partial class ParitySamples
{
    private static (string Name, ModelSpec Spec)[] T5 =>
    [
        ("ReLU, tied", T5Of(new(32, 4, 64) { HeadSize = 8 }, Activation.Relu, gated: false)),
        ("gated tanh GELU, untied, heads wider than hidden, odd sizes, longer than a piece", T5Of(new(27, 3, 45) { HeadSize = 10, Tied = false, Context = LongContext }, Activation.GeluTanh, gated: true)),
        ("gated SiLU, few near buckets, epsilon that shows", T5Of(new(20, 5, 33) { HeadSize = 6, Epsilon = 0.05, Buckets = new(6, 9) }, Activation.Silu, gated: true)),
        ("more blocks in the decoder, one head", T5Of(new(16, 1, 24) { HeadSize = 5, DecoderBlocks = 3, Buckets = new(4, 20) }, Activation.Relu, gated: false)),
        ("the mean vector of the encoder alone", T5Of(new(24, 4, 40) { HeadSize = 6 }, Activation.Relu, gated: false) with { Decoder = null, Head = new HeadSpec.PooledEmbedding(Pooling.Mean, false) }),
    ];

    private static (string Name, ModelSpec Spec)[] Bart =>
    [
        ("a bias of the logits", BartOf(new(32, 4, 64) { Bias = true, NormalizesEmbedding = true, Position = LearnedAfterTwo(40) })),
        ("no bias, scaled embedding, odd sizes, longer than a piece", BartOf(new(27, 3, 45) { NormalizesEmbedding = true, Scaled = true, Context = LongContext, Position = LearnedAfterTwo(LongContext), Activation = Activation.Relu })),
        ("stacks of different sizes", BartOf(new(24, 4, 40) { NormalizesEmbedding = true, Bias = true, DecoderBlocks = 1, DecoderHeads = 3, Position = LearnedAfterTwo(40) })),
        ("labels of the sequence", BartOf(new(20, 5, 33) { NormalizesEmbedding = true, Position = LearnedAfterTwo(40) }) with { Head = new HeadSpec.SequenceClassification(3, Pooling.Last, true) { Transform = Activation.Tanh } }),
    ];

    private static (string Name, ModelSpec Spec)[] Marian =>
    [
        ("SiLU, scaled embedding", BartOf(new(32, 4, 64) { Bias = true, Scaled = true, Activation = Activation.Silu })),
        ("ReLU, longer than a piece", BartOf(new(18, 3, 45) { Bias = true, Activation = Activation.Relu, Context = LongContext })),
        ("few blocks in the decoder", BartOf(new(24, 4, 40) { Bias = true, Scaled = true, Blocks = 4, DecoderBlocks = 1 })),
        ("without a bias, one head", BartOf(new(16, 1, 9))),
    ];

    private static (string Name, ModelSpec Spec)[] Pegasus =>
    [
        ("ReLU, scaled embedding", BartOf(new(32, 4, 64) { Placement = NormPlacement.Pre, Bias = true, Scaled = true, Activation = Activation.Relu })),
        ("exact GELU, longer than a piece", BartOf(new(18, 3, 45) { Placement = NormPlacement.Pre, Bias = true, Context = LongContext })),
        ("stacks of different sizes", BartOf(new(24, 4, 40) { Placement = NormPlacement.Pre, Bias = true, DecoderBlocks = 3, DecoderHeads = 2 })),
        ("without a bias, one head", BartOf(new(16, 1, 9) { Placement = NormPlacement.Pre })),
    ];

    private static (string Name, ModelSpec Spec)[] M2M100 =>
    [
        ("scaled embedding", BartOf(ToTheEnd(new(32, 4, 64) { Scaled = true }, 2))),
        ("longer than a piece", BartOf(ToTheEnd(new(18, 3, 45) { Context = LongContext }, 2))),
        ("stacks of different sizes, another id of padding", BartOf(ToTheEnd(new(24, 4, 40) { Scaled = true, DecoderBlocks = 3, DecoderHeads = 2 }, 1))),
        ("one head, fewest pairs", BartOf(ToTheEnd(new(4, 1, 9), 2))),
    ];

    private static (string Name, ModelSpec Spec)[] Weft =>
    [
        ("an encoder of grouped heads and rotary positions, norms around the parts", EncoderBlocks(Encoder(new(32, 4, 64)), block => block with
        {
            Placement = NormPlacement.Sandwich,
            Attention = block.Attention with { KeyValueHeads = 2, Position = new PositionSpec.Rotary(100) },
        })),
        ("an encoder with parts side by side and vectors of distances", EncoderBlocks(Encoder(new(24, 4, 40) { Head = new HeadSpec.PooledEmbedding(Pooling.Mean, true) }), block => block with
        {
            Placement = NormPlacement.Parallel,
            Attention = block.Attention with { Position = new PositionSpec.Shaw(4, Values: true) },
        })),
        ("a decoder with sinks of first tokens and interleaved sinusoids", WithSinks(Windows(Llama(new(24, 4, 2, 6, 40)), 7))),
        ("experts and a scaled residual line in the encoder", EncoderBlocks(BartOf(new(24, 4, 40) { Placement = NormPlacement.Pre }),
            block => block with { FeedForward = new FeedForwardSpec.MixtureOfExperts(9, Activation.Silu, Bias: false, new RouterSpec.SoftmaxAfterChoice(4, 2)), ResidualScale = 0.5 })),
    ];

    private sealed record BothSizes(int Hidden, int Heads, int Inner)
    {
        public int Blocks { get; init; } = 2;

        public int? DecoderBlocks { get; init; }

        public int? DecoderHeads { get; init; }

        public int HeadSize { get; init; }

        public int Vocabulary { get; init; } = 67;

        public int Context { get; init; } = 40;

        public double Epsilon { get; init; } = 1e-6;

        public bool Tied { get; init; } = true;

        public bool Bias { get; init; }

        public bool Scaled { get; init; }

        public bool NormalizesEmbedding { get; init; }

        public NormPlacement Placement { get; init; } = NormPlacement.Post;

        public PositionSpec Position { get; init; } = new PositionSpec.Sinusoidal(SinusoidLayout.Halves);

        public PositionSpec.Buckets Buckets { get; init; } = new(32, 128);

        public Activation Activation { get; init; } = Activation.Gelu;
    }

    private static PositionSpec.Learned LearnedAfterTwo(int count) => new(count) { Offset = 2 };

    private static BothSizes ToTheEnd(BothSizes sizes, int offset) => sizes with
    {
        Placement = NormPlacement.Pre,
        Activation = Activation.Relu,
        Position = new PositionSpec.Sinusoidal(SinusoidLayout.HalvesToTheEnd) { Offset = offset },
    };

    private static ModelSpec EncoderBlocks(ModelSpec spec, Func<BlockSpec, BlockSpec> change) =>
        spec with { Encoder = spec.Encoder! with { Blocks = [.. spec.Encoder.Blocks.Select(change)] } };

    private static ModelSpec WithSinks(ModelSpec spec) => spec with
    {
        Embedding = spec.Embedding with { Position = new PositionSpec.Sinusoidal(SinusoidLayout.Interleaved) },
        Decoder = spec.Decoder! with { Blocks = [.. spec.Decoder.Blocks.Select(block => block with { Attention = block.Attention with { Sinks = new AttentionSinks.FirstTokens(3) } })] },
    };

    private static ModelSpec T5Of(BothSizes sizes, Activation activation, bool gated)
    {
        var norm = new NormSpec.RmsNorm(sizes.Epsilon);
        var attention = new AttentionSpec(sizes.Heads, sizes.Heads, sizes.HeadSize, sizes.Buckets, AttentionBias.None) { Mask = new AttentionMask.Bidirectional(), Scale = 1 };
        var block = new BlockSpec(norm, attention, norm, gated ? new FeedForwardSpec.Gated(sizes.Inner, activation, Bias: false) : new FeedForwardSpec.Dense(sizes.Inner, activation, Bias: false));
        BlockSpec inDecoder = block with
        {
            Attention = attention with { Mask = new AttentionMask.Causal() },
            CrossAttention = new(norm, attention with { Position = new PositionSpec.None() }),
        };
        return new()
        {
            Embedding = new(sizes.Vocabulary, sizes.Hidden, new PositionSpec.None()),
            Encoder = StackSpec.Uniform(sizes.Blocks, block, norm),
            Decoder = StackSpec.Uniform(sizes.DecoderBlocks ?? sizes.Blocks, inDecoder, norm),
            Head = new HeadSpec.LanguageModel(sizes.Tied) { LogitScale = sizes.Tied ? 1 / Math.Sqrt(sizes.Hidden) : 1 },
            ContextLength = sizes.Context,
        };
    }

    private static ModelSpec BartOf(BothSizes sizes)
    {
        var norm = new NormSpec.LayerNorm(1e-5, Bias: true);
        StackSpec Stack(int blocks, int heads, bool crosses)
        {
            var both = new AttentionSpec(heads, heads, sizes.Hidden / heads, new PositionSpec.None(), AttentionBias.All) { Mask = new AttentionMask.Bidirectional() };
            var block = new BlockSpec(norm, crosses ? both with { Mask = new AttentionMask.Causal() } : both, norm, new FeedForwardSpec.Dense(sizes.Inner, sizes.Activation, Bias: true))
            {
                Placement = sizes.Placement,
                CrossAttention = crosses ? new(norm, both) : null,
            };
            return StackSpec.Uniform(blocks, block, sizes.Placement == NormPlacement.Pre ? norm : null);
        }
        return new()
        {
            Embedding = new(sizes.Vocabulary, sizes.Hidden, sizes.Position) { Scale = sizes.Scaled ? Math.Sqrt(sizes.Hidden) : 1, Norm = sizes.NormalizesEmbedding ? norm : null },
            Encoder = Stack(sizes.Blocks, sizes.Heads, crosses: false),
            Decoder = Stack(sizes.DecoderBlocks ?? sizes.Blocks, sizes.DecoderHeads ?? sizes.Heads, crosses: true),
            Head = new HeadSpec.LanguageModel(TiedEmbedding: true) { Bias = sizes.Bias },
            ContextLength = sizes.Context,
        };
    }
}

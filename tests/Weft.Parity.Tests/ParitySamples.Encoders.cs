using Weft.Model.Spec;

namespace Weft.Parity.Tests;

/// <summary>Encoders, with each of their heads.</summary>
internal static partial class ParitySamples
{
    private static (string Name, ModelSpec Spec)[] Bert =>
    [
        ("masked language model, tied", Encoder(new(32, 4, 64) { TokenTypes = 2 })),
        ("masked language model, untied, tanh GELU, odd sizes, longer than a piece", Encoder(new(27, 3, 45) { TokenTypes = 2, Context = LongContext, Activation = Activation.GeluTanh, Tied = false })),
        ("labels of the sequence", Encoder(new(24, 4, 40) { TokenTypes = 1, Head = new HeadSpec.SequenceClassification(3, Pooling.First, true) { Transform = Activation.Tanh } })),
        ("labels of tokens, epsilon that shows", Encoder(new(20, 5, 33) { TokenTypes = 2, Epsilon = 0.05, Head = new HeadSpec.TokenClassification(9) })),
        ("spans, one head, ReLU", Encoder(new(15, 1, 9) { TokenTypes = 3, Activation = Activation.Relu, Head = new HeadSpec.Spans() })),
        ("the pooler's vector", Encoder(new(24, 2, 40) { TokenTypes = 2, Head = new HeadSpec.PooledEmbedding(Pooling.First, false) { Transform = Activation.Tanh } })),
        ("deep", Encoder(new(96, 8, 260) { TokenTypes = 2, Blocks = 6, Vocabulary = 211, Context = 128 })),
    ];

    private static (string Name, ModelSpec Spec)[] Roberta =>
    [
        ("masked language model, tied", Encoder(new(32, 4, 64) { TokenTypes = 1, Offset = 2, Epsilon = 1e-5 })),
        ("exact GELU in the head only, longer than a piece", Encoder(new(27, 3, 45) { TokenTypes = 1, Offset = 2, Context = LongContext, Activation = Activation.Relu, Head = new HeadSpec.MaskedLanguageModel(false, Activation.Gelu, new NormSpec.LayerNorm(1e-12, true)) })),
        ("one label of the sequence", Encoder(new(24, 4, 40) { TokenTypes = 2, Offset = 1, Head = new HeadSpec.SequenceClassification(1, Pooling.First, true) { Transform = Activation.Tanh } })),
        ("labels of tokens", Encoder(new(20, 5, 33) { TokenTypes = 1, Offset = 2, Head = new HeadSpec.TokenClassification(5) })),
        ("spans", Encoder(new(15, 3, 9) { TokenTypes = 1, Offset = 7, Head = new HeadSpec.Spans() })),
        ("the pooler's vector", Encoder(new(24, 2, 40) { TokenTypes = 1, Offset = 2, Head = new HeadSpec.PooledEmbedding(Pooling.First, false) { Transform = Activation.Tanh } })),
    ];

    private static (string Name, ModelSpec Spec)[] XlmRoberta =>
    [
        ("masked language model, tied", Encoder(new(32, 4, 64) { TokenTypes = 1, Offset = 2, Epsilon = 1e-5 })),
        ("one label of the sequence, odd sizes, longer than a piece", Encoder(new(27, 3, 45) { TokenTypes = 1, Offset = 2, Context = LongContext, Head = new HeadSpec.SequenceClassification(1, Pooling.First, true) { Transform = Activation.Tanh } })),
        ("the first token's vector, normalised", Encoder(new(24, 2, 40) { TokenTypes = 1, Offset = 2, Head = new HeadSpec.PooledEmbedding(Pooling.First, true) })),
        ("the mean vector, normalised", Encoder(new(20, 5, 33) { TokenTypes = 1, Offset = 2, Head = new HeadSpec.PooledEmbedding(Pooling.Mean, true) })),
    ];

    private static (string Name, ModelSpec Spec)[] DistilBert =>
    [
        ("masked language model, tied", Encoder(new(32, 4, 64))),
        ("labels of the sequence through ReLU, odd sizes, longer than a piece", Encoder(new(27, 3, 45) { Context = LongContext, Head = new HeadSpec.SequenceClassification(2, Pooling.First, true) { Transform = Activation.Relu } })),
        ("labels of tokens, ReLU", Encoder(new(20, 5, 33) { Activation = Activation.Relu, Head = new HeadSpec.TokenClassification(4) })),
        ("spans", Encoder(new(15, 3, 9) { Head = new HeadSpec.Spans() })),
        ("the mean vector", Encoder(new(24, 2, 40) { Head = new HeadSpec.PooledEmbedding(Pooling.Mean, false) })),
        ("the last token's vector, normalised", Encoder(new(24, 2, 40) { Head = new HeadSpec.PooledEmbedding(Pooling.Last, true) })),
    ];

    private sealed record EncoderSizes(int Hidden, int Heads, int Inner)
    {
        public int Blocks { get; init; } = 2;

        public int Vocabulary { get; init; } = 67;

        public int Context { get; init; } = 40;

        public int TokenTypes { get; init; }

        public int Offset { get; init; }

        public double Epsilon { get; init; } = 1e-12;

        public Activation Activation { get; init; } = Activation.Gelu;

        public bool Tied { get; init; } = true;

        /// <summary>Null for a masked language model's.</summary>
        public HeadSpec? Head { get; init; }
    }

    private static ModelSpec Encoder(EncoderSizes sizes)
    {
        var norm = new NormSpec.LayerNorm(sizes.Epsilon, Bias: true);
        var attention = new AttentionSpec(sizes.Heads, sizes.Heads, sizes.Hidden / sizes.Heads, new PositionSpec.None(), AttentionBias.All) { Mask = new AttentionMask.Bidirectional() };
        var block = new BlockSpec(norm, attention, norm, new FeedForwardSpec.Dense(sizes.Inner, sizes.Activation, Bias: true)) { Placement = NormPlacement.Post };
        return new()
        {
            Embedding = new(sizes.Vocabulary, sizes.Hidden, new PositionSpec.Learned(sizes.Context) { Offset = sizes.Offset }) { Norm = norm, TokenTypes = sizes.TokenTypes },
            Encoder = StackSpec.Uniform(sizes.Blocks, block, finalNorm: null),
            Head = sizes.Head ?? new HeadSpec.MaskedLanguageModel(sizes.Tied, sizes.Activation, norm),
            ContextLength = sizes.Context,
        };
    }
}

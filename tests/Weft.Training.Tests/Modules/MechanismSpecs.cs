using Weft.Model.Spec;

namespace Weft.Training.Tests.Modules;

/// <summary>A small model for every mechanism of the specification, and for the combinations that well-known families have.</summary>
internal static class MechanismSpecs
{
    private const int Context = 24;

    private static readonly NormSpec Rms = new NormSpec.RmsNorm(1e-5);
    private static readonly NormSpec Layer = new NormSpec.LayerNorm(1e-5, Bias: true);
    private static readonly PositionSpec Nowhere = new PositionSpec.None();
    private static readonly AttentionSpec Plain = new(4, 2, 6, Nowhere, AttentionBias.None);
    private static readonly AttentionSpec Rotary = Plain with { Position = new PositionSpec.Rotary(100) };
    private static readonly BlockSpec PlainBlock = new(Rms, Plain, Rms, new FeedForwardSpec.Gated(20, Activation.Silu, Bias: false));

    public static IReadOnlyDictionary<string, ModelSpec> All { get; } = new Dictionary<string, ModelSpec>(
        [.. OfMasks(), .. OfPositions(), .. OfScores(), .. OfBlocks(), .. OfFeedForwards(), .. OfEmbeddings(), .. OfHeads(), .. OfFamilies()]);

    private static KeyValuePair<string, ModelSpec> Case(string name, ModelSpec spec) => new(name, spec);

    private static ModelSpec Decoder(BlockSpec block) => new()
    {
        Embedding = new(37, 24, Nowhere),
        Decoder = StackSpec.Uniform(2, block, Rms),
        Head = new HeadSpec.LanguageModel(TiedEmbedding: true),
        ContextLength = Context,
    };

    private static ModelSpec Decoder(AttentionSpec attention) => Decoder(PlainBlock with { Attention = attention });

    private static AttentionSpec BothWays(AttentionSpec attention) => attention with { Mask = new AttentionMask.Bidirectional() };

    private static ModelSpec Encoder(BlockSpec block, HeadSpec head) => new()
    {
        Embedding = new(37, 24, new PositionSpec.Learned(Context)) { TokenTypes = 2, Norm = Layer },
        Encoder = StackSpec.Uniform(2, block with { Attention = BothWays(block.Attention) }, null),
        Head = head,
        ContextLength = Context,
    };

    private static ModelSpec Encoder(AttentionSpec attention) => Encoder(PlainBlock with { Attention = attention }, new HeadSpec.TokenClassification(3));

    private static IEnumerable<KeyValuePair<string, ModelSpec>> OfMasks()
    {
        AttentionMask window = new AttentionMask.SlidingWindow(4), chunk = new AttentionMask.Chunked(4);
        yield return Case("causal", Decoder(Rotary));
        yield return Case("bidirectional", Encoder(Rotary));
        yield return Case("window", Decoder(Rotary with { Mask = window }));
        yield return Case("window of all", Decoder(Rotary with { Mask = new AttentionMask.SlidingWindow(11) }));
        yield return Case("chunks", Decoder(Rotary with { Mask = chunk }));
        yield return Case("window, first tokens", Decoder(Rotary with { Mask = window, Sinks = new AttentionSinks.FirstTokens(2) }));
        yield return Case("chunks, first tokens", Decoder(Rotary with { Mask = chunk, Sinks = new AttentionSinks.FirstTokens(6) }));
        yield return Case("learned sinks", Decoder(Rotary with { Sinks = new AttentionSinks.Learned() }));
        yield return Case("window, learned sinks", Decoder(Rotary with { Mask = window, Sinks = new AttentionSinks.Learned() }));
        yield return Case("bidirectional, learned sinks", Encoder(Plain with { Sinks = new AttentionSinks.Learned() }));
    }

    private static IEnumerable<KeyValuePair<string, ModelSpec>> OfPositions()
    {
        var rotary = new PositionSpec.Rotary(100);
        RotaryScaling longRope = new RotaryScaling.LongRope([1, 1.1, 1.3], [1.5, 3, 8], 8, 1.2), later = new RotaryScaling.LongRope([1, 1.1, 1.3], [1.5, 3, 8], 20, 1.2);
        PositionSpec[] rotaries =
        [
            rotary with { RotatedSize = 4 }, rotary with { Interleaved = true }, rotary with { Interleaved = true, RotatedSize = 2 },
            rotary with { Scaling = new RotaryScaling.Dynamic(2, 8) }, rotary with { Scaling = new RotaryScaling.Dynamic(2, 20) },
            rotary with { Scaling = longRope }, rotary with { Scaling = later }, rotary with { Scaling = new RotaryScaling.Linear(3) },
            rotary with { Scaling = new RotaryScaling.Yarn(4, 8, 4, 0.5, 1.1, WholePairs: true), RotatedSize = 4 },
        ];
        for (int i = 0; i < rotaries.Length; i++)
            yield return Case($"rotary {i}", Decoder(Plain with { Position = rotaries[i] }));
        yield return Case("ALiBi", Decoder(Plain with { Position = new PositionSpec.Alibi() }));
        yield return Case("ALiBi of 6 heads, window", Decoder(new AttentionSpec(6, 2, 4, new PositionSpec.Alibi(), AttentionBias.None) { Mask = new AttentionMask.SlidingWindow(5) }));
        yield return Case("ALiBi both ways", Encoder(Plain with { Position = new PositionSpec.Alibi() }));
        var buckets = new PositionSpec.Buckets(8, 9);
        yield return Case("buckets", Decoder(Plain with { Position = buckets }));
        yield return Case("buckets, window", Decoder(Plain with { Position = buckets, Mask = new AttentionMask.SlidingWindow(5) }));
        yield return Case("buckets both ways", Encoder(Plain with { Position = buckets }));
        yield return Case("buckets, soft cap", Decoder(Plain with { Position = buckets, SoftCap = 0.7 }));
        yield return Case("Shaw, keys", Decoder(Plain with { Position = new PositionSpec.Shaw(3, Values: false) }));
        yield return Case("Shaw, values", Decoder(Plain with { Position = new PositionSpec.Shaw(3, Values: true), Scale = 0.3 }));
        yield return Case("Shaw both ways", Encoder(Plain with { Position = new PositionSpec.Shaw(3, Values: true), SoftCap = 0.7 }));
    }

    private static IEnumerable<KeyValuePair<string, ModelSpec>> OfScores()
    {
        yield return Case("soft cap", Decoder(Rotary with { SoftCap = 0.5 }));
        yield return Case("scale", Decoder(Rotary with { Scale = 0.9 }));
        yield return Case("norm of queries and keys", Decoder(Rotary with { QueryKeyNorm = Rms }));
        yield return Case("layer norm of queries and keys", Decoder(Rotary with { QueryKeyNorm = Layer, Bias = AttentionBias.QueryKeyValue }));
        yield return Case("bias", Decoder(Rotary with { Bias = AttentionBias.All }));
    }

    private static IEnumerable<KeyValuePair<string, ModelSpec>> OfBlocks()
    {
        foreach (NormPlacement placement in Enum.GetValues<NormPlacement>())
        {
            yield return Case($"{placement}", Decoder(PlainBlock with { Placement = placement }));
            yield return Case($"{placement}, residual scale", Decoder(PlainBlock with { Placement = placement, ResidualScale = 0.3 }));
        }
        NormSpec offset = new NormSpec.RmsNorm(1e-3, UnitOffset: true), bare = new NormSpec.LayerNorm(1e-3, Bias: false);
        yield return Case("unit offset", Decoder(PlainBlock with { AttentionNorm = offset, Placement = NormPlacement.Sandwich }));
        yield return Case("layer norm without bias", Decoder(PlainBlock with { FeedForwardNorm = bare }));
    }

    private static IEnumerable<KeyValuePair<string, ModelSpec>> OfFeedForwards()
    {
        foreach (Activation activation in Enum.GetValues<Activation>())
        {
            yield return Case($"dense {activation}", Decoder(PlainBlock with { FeedForward = new FeedForwardSpec.Dense(17, activation, Bias: true) }));
            yield return Case($"gated {activation}", Decoder(PlainBlock with { FeedForward = new FeedForwardSpec.Gated(17, activation, Bias: true) }));
        }
        RouterSpec before = new RouterSpec.SoftmaxBeforeChoice(5, 2), after = new RouterSpec.SoftmaxAfterChoice(9, 3), all = new RouterSpec.SoftmaxAfterChoice(3, 3);
        yield return Case("experts, softmax before", Decoder(PlainBlock with { FeedForward = new FeedForwardSpec.MixtureOfExperts(7, Activation.Silu, Bias: false, before) }));
        yield return Case("experts, softmax after", Decoder(PlainBlock with { FeedForward = new FeedForwardSpec.MixtureOfExperts(7, Activation.Gelu, Bias: true, after) }));
        yield return Case("experts, all", Decoder(PlainBlock with { FeedForward = new FeedForwardSpec.MixtureOfExperts(7, Activation.Silu, Bias: false, all) { Shared = new(9, Gated: false) } }));
        yield return Case("experts, gated shared", Decoder(PlainBlock with { FeedForward = new FeedForwardSpec.MixtureOfExperts(7, Activation.Silu, Bias: true, before) { Shared = new(9, Gated: true) } }));
    }

    private static IEnumerable<KeyValuePair<string, ModelSpec>> OfEmbeddings()
    {
        ModelSpec plain = Decoder(Plain);
        foreach (SinusoidLayout layout in Enum.GetValues<SinusoidLayout>())
            yield return Case($"sinusoids {layout}", plain with { Embedding = new(37, 24, new PositionSpec.Sinusoidal(layout) { Offset = 2 }) { Scale = 4.9 } });
        yield return Case("learned with an offset", plain with { Embedding = new(37, 24, new PositionSpec.Learned(Context) { Offset = 2 }) { Norm = Rms } });
    }

    private static IEnumerable<KeyValuePair<string, ModelSpec>> OfHeads()
    {
        ModelSpec plain = Decoder(Rotary);
        HeadSpec[] language =
        [
            new HeadSpec.LanguageModel(TiedEmbedding: false), new HeadSpec.LanguageModel(TiedEmbedding: true) { Bias = true },
            new HeadSpec.LanguageModel(TiedEmbedding: true) { LogitScale = 0.2 }, new HeadSpec.LanguageModel(TiedEmbedding: false) { SoftCap = 0.8 },
            new HeadSpec.LanguageModel(TiedEmbedding: true) { LogitScale = 0.2, Bias = true, SoftCap = 0.8 },
            new HeadSpec.SequenceClassification(3, Pooling.Last, Bias: false),
        ];
        for (int i = 0; i < language.Length; i++)
            yield return Case($"head {i}", plain with { Head = language[i] });
        HeadSpec[] encoders =
        [
            new HeadSpec.MaskedLanguageModel(TiedEmbedding: true, Activation.Gelu, Layer),
            new HeadSpec.MaskedLanguageModel(TiedEmbedding: false, Activation.Relu, Rms),
            new HeadSpec.SequenceClassification(3, Pooling.First, Bias: true) { Transform = Activation.Tanh },
            new HeadSpec.TokenClassification(5),
            new HeadSpec.Spans(),
            new HeadSpec.PooledEmbedding(Pooling.Mean, Normalized: true),
            new HeadSpec.PooledEmbedding(Pooling.First, Normalized: false) { Transform = Activation.Tanh },
        ];
        BlockSpec bert = new(Layer, new(4, 4, 6, Nowhere, AttentionBias.All), Layer, new FeedForwardSpec.Dense(40, Activation.Gelu, Bias: true)) { Placement = NormPlacement.Post };
        for (int i = 0; i < encoders.Length; i++)
            yield return Case($"encoder's head {i}", Encoder(bert, encoders[i]));
    }

    private static IEnumerable<KeyValuePair<string, ModelSpec>> OfFamilies()
    {
        NormSpec offset = new NormSpec.RmsNorm(1e-6, UnitOffset: true);
        AttentionSpec capped = Rotary with { SoftCap = 2, Scale = 0.5, QueryKeyNorm = offset, Mask = new AttentionMask.SlidingWindow(3) };
        var wide = new FeedForwardSpec.Gated(20, Activation.GeluTanh, Bias: false);
        BlockSpec gemma = new(offset, capped, offset, wide) { Placement = NormPlacement.Sandwich };
        BlockSpec global = gemma with { Attention = gemma.Attention with { Mask = new AttentionMask.Causal() } };
        yield return Case("like Gemma", Decoder(gemma) with
        {
            Embedding = new(37, 24, Nowhere) { Scale = Math.Sqrt(24) },
            Decoder = new([gemma, gemma, global], offset),
            Head = new HeadSpec.LanguageModel(TiedEmbedding: true) { SoftCap = 3 },
        });
        AttentionSpec windowed = Rotary with { Mask = new AttentionMask.SlidingWindow(4), Sinks = new AttentionSinks.Learned(), Bias = AttentionBias.All };
        BlockSpec oss = PlainBlock with { Attention = windowed, FeedForward = new FeedForwardSpec.MixtureOfExperts(9, Activation.Silu, Bias: true, new RouterSpec.SoftmaxAfterChoice(4, 2)) };
        yield return Case("like gpt-oss", Decoder(oss));
        AttentionSpec heads = new(4, 4, 6, Nowhere, AttentionBias.All);
        BlockSpec encode = new(Layer, BothWays(heads), Layer, new FeedForwardSpec.Dense(40, Activation.Relu, Bias: true)) { Placement = NormPlacement.Post };
        BlockSpec decode = encode with { Attention = heads, CrossAttention = new(Layer, BothWays(heads)) };
        yield return Case("like the first Transformer", new()
        {
            Embedding = new(37, 24, new PositionSpec.Sinusoidal(SinusoidLayout.Interleaved)) { Scale = Math.Sqrt(24) },
            Encoder = StackSpec.Uniform(2, encode, null),
            Decoder = StackSpec.Uniform(1, decode, null),
            Head = new HeadSpec.LanguageModel(TiedEmbedding: true) { Bias = true },
            ContextLength = Context,
        });
        AttentionSpec bucketed = new(3, 3, 8, new PositionSpec.Buckets(8, 9), AttentionBias.None) { Scale = 1 };
        AttentionSpec across = bucketed with { Position = Nowhere, Mask = new AttentionMask.Bidirectional(), QueryKeyNorm = Rms, Sinks = new AttentionSinks.Learned(), SoftCap = 4 };
        BlockSpec t5 = new(Rms, BothWays(bucketed), Rms, new FeedForwardSpec.Gated(40, Activation.GeluTanh, Bias: false));
        yield return Case("like T5", new()
        {
            Embedding = new(37, 24, Nowhere),
            Encoder = StackSpec.Uniform(2, t5, Rms),
            Decoder = StackSpec.Uniform(2, t5 with { Attention = bucketed, CrossAttention = new(Rms, across) }, Rms),
            Head = new HeadSpec.LanguageModel(TiedEmbedding: true) { LogitScale = 0.2 },
            ContextLength = Context,
        });
    }
}

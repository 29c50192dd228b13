using Weft.Model.Architectures;
using Weft.Model.Spec;

namespace Weft.Cli.Benchmarking;

/// <summary>The shape of a model without weights: what speed depends on.</summary>
/// <param name="Name">As on the command line.</param>
/// <param name="Architecture">The family.</param>
/// <param name="Spec">What is computed.</param>
internal sealed record SyntheticShape(string Name, Architecture Architecture, ModelSpec Spec)
{
    private const int LongContext = 32_768, Theta = 10_000;

    /// <summary>Small enough for a test, with rows of whole blocks of every type.</summary>
    public static readonly SyntheticShape Tiny = Llama("tiny", 320, new(2, 256, 512, 4, 2));

    /// <summary>All of them, the usual ones first.</summary>
    public static readonly SyntheticShape[] All =
    [
        Llama("llama-349m", 32_000, new(24, 1024, 2816, 16, 8)),
        // The shape of TinyLlama.
        Llama("llama-1b", 32_000, new(22, 2048, 5632, 32, 4)),
        Llama("llama-7b", 32_000, new(32, 4096, 11_008, 32, 32) { HeadSize = 128 }),
        BertBase(),
        Tiny,
    ];

    private static SyntheticShape Llama(string name, int vocabulary, LlamaSizes sizes)
    {
        var norm = new NormSpec.RmsNorm(1e-5);
        var attention = new AttentionSpec(sizes.Heads, sizes.KeyValueHeads, sizes.HeadSize, new PositionSpec.Rotary(Theta), AttentionBias.None);
        var feedForward = new FeedForwardSpec.Gated(sizes.Inner, Activation.Silu, Bias: false);
        return new(name, new Llama(), new ModelSpec
        {
            Embedding = new(vocabulary, sizes.Hidden, new PositionSpec.None()),
            Decoder = StackSpec.Uniform(sizes.Blocks, new(norm, attention, norm, feedForward), norm),
            Head = new HeadSpec.LanguageModel(TiedEmbedding: false),
            ContextLength = LongContext,
        }.Validate());
    }

    private static SyntheticShape BertBase()
    {
        var norm = new NormSpec.LayerNorm(1e-12, Bias: true);
        var attention = new AttentionSpec(12, 12, 64, new PositionSpec.None(), AttentionBias.All) { Mask = new AttentionMask.Bidirectional() };
        var feedForward = new FeedForwardSpec.Dense(3072, Activation.Gelu, Bias: true);
        return new("bert-base", new Bert(), new ModelSpec
        {
            Embedding = new(30_522, 768, new PositionSpec.Learned(512)) { Norm = norm, TokenTypes = 2 },
            Encoder = StackSpec.Uniform(12, new(norm, attention, norm, feedForward) { Placement = NormPlacement.Post }, null),
            Head = new HeadSpec.MaskedLanguageModel(TiedEmbedding: true, Activation.Gelu, norm),
            ContextLength = 512,
        }.Validate());
    }

    private sealed record LlamaSizes(int Blocks, int Hidden, int Inner, int Heads, int KeyValueHeads)
    {
        public int HeadSize { get; init; } = 64;
    }
}

using Weft.Inference.Tests;
using Weft.Model.Architectures;
using Weft.Model.Spec;

namespace Weft.Parity.Tests;

/// <summary>
/// Specifications of each family that differ in what the two runtimes could disagree about. A new architecture adds its own here;
/// the tests that enumerate the catalogue then cover it.
/// </summary>
internal static partial class ParitySamples
{
    private static readonly Dictionary<string, (string Name, ModelSpec Spec)[]> Specs = new()
    {
        ["llama"] =
        [
            ("multi-head, tied", Llama(new(32, 4, 4, 8, 64) { Tied = true })),
            ("grouped-query, untied, odd sizes, longer than a piece", Llama(new(27, 6, 3, 10, 45) { Vocabulary = 101, Context = LongContext })),
            ("multi-query, all biases", Llama(new(20, 5, 1, 6, 33) { AttentionBias = AttentionBias.All, FeedForwardBias = true })),
            ("attention biases only, tied", Llama(new(24, 4, 2, 6, 40) { AttentionBias = AttentionBias.All, Tied = true })),
            ("feed-forward biases only", Llama(new(24, 4, 2, 6, 40) { FeedForwardBias = true })),
            ("large rotary base, one vocabulary entry over a vector", Llama(new(40, 4, 2, 12, 56) { Theta = 500_000, Vocabulary = 65 })),
            ("small rotary base, heads wider than hidden", Llama(new(18, 3, 3, 16, 7) { Theta = 50, Context = LongContext })),
            ("smallest heads, epsilon that shows", Llama(new(13, 2, 1, 2, 5) { Epsilon = 0.05, Tied = true })),
            ("Llama 3's rotary scaling", Llama(new(24, 4, 2, 16, 40) { Theta = 500, Context = LongContext, Scaling = new RotaryScaling.Llama3(8, 1, 4, 64) })),
            ("YaRN", Llama(new(24, 4, 2, 16, 40) { Theta = 500, Context = LongContext, Scaling = new RotaryScaling.Yarn(4, 64, 32, 1, 1.14, WholePairs: true) })),
            ("deep", Llama(new(96, 8, 2, 12, 260) { Blocks = 6, Vocabulary = 211, Context = 128 })),
        ],
        ["mistral"] =
        [
            ("grouped-query, untied", Llama(new(32, 4, 2, 8, 64))),
            ("heads wider than hidden, tied", Llama(new(18, 3, 3, 16, 7) { Tied = true, Theta = 1_000_000 })),
            ("multi-query, odd sizes, longer than a piece", Llama(new(27, 5, 1, 6, 33) { Context = LongContext })),
            ("a window", Windows(Llama(new(32, 4, 2, 8, 64)), 7)),
            ("a window that ends within a piece, longer than a piece", Windows(Llama(new(27, 5, 1, 6, 33) { Context = LongContext }), 37)),
            ("a window longer than a piece", Windows(Llama(new(24, 2, 1, 8, 20) { Context = LongContext }), 270)),
            ("deep", Llama(new(96, 8, 2, 12, 260) { Blocks = 6, Vocabulary = 211, Context = 128 })),
        ],
        ["qwen2"] =
        [
            ("grouped-query, tied", Llama(new(32, 4, 2, 8, 64) { AttentionBias = AttentionBias.QueryKeyValue, Tied = true, Epsilon = 1e-6, Theta = 1_000_000 })),
            ("multi-head, odd sizes, longer than a piece", Llama(new(27, 3, 3, 10, 45) { AttentionBias = AttentionBias.QueryKeyValue, Context = LongContext })),
            ("YaRN", Llama(new(24, 4, 2, 16, 40) { AttentionBias = AttentionBias.QueryKeyValue, Theta = 500, Context = LongContext, Scaling = new RotaryScaling.Yarn(4, 64, 32, 1, 1.14, WholePairs: true) })),
            ("windows in later blocks", Windows(Llama(new(24, 4, 2, 6, 40) { AttentionBias = AttentionBias.QueryKeyValue, Blocks = 3, Context = LongContext }), 19, i => i >= 1)),
            ("windows in some blocks", Windows(Llama(new(24, 4, 2, 6, 40) { AttentionBias = AttentionBias.QueryKeyValue, Blocks = 3 }), 2, i => i != 1)),
            ("deep", Llama(new(96, 8, 2, 12, 260) { AttentionBias = AttentionBias.QueryKeyValue, Blocks = 6, Vocabulary = 211, Context = 128 })),
        ],
        ["qwen3"] = Qwen3,
        ["qwen3_moe"] = Qwen3Moe,
        ["mixtral"] = Mixtral,
        ["phi3"] = Phi3,
        ["gemma2"] = Gemma2,
        ["gemma3_text"] = Gemma3,
        ["gpt_neox"] = GptNeoX,
        ["bloom"] = Bloom,
        ["bert"] = Bert,
        ["roberta"] = Roberta,
        ["xlm-roberta"] = XlmRoberta,
        ["distilbert"] = DistilBert,
        ["t5"] = T5,
        ["bart"] = Bart,
        ["marian"] = Marian,
        ["pegasus"] = Pegasus,
        ["m2m_100"] = M2M100,
        ["weft"] = [.. Weft, .. Mechanisms.All.Select(pair => (pair.Key, pair.Value))],
        ["gpt2"] =
        [
            ("tanh GELU, tied", Gpt2(new(4, 8, 128) { Tied = true })),
            ("exact GELU, untied, odd sizes, longer than a piece", Gpt2(new(3, 7, 50) { Activation = Activation.Gelu, Context = LongContext })),
            ("tanh GELU, untied, odd inner size", Gpt2(new(5, 6, 77))),
            ("one head, narrow inner size, epsilon that shows", Gpt2(new(1, 15, 9) { Epsilon = 0.05, Tied = true })),
            ("deep", Gpt2(new(8, 12, 384) { Blocks = 6, Vocabulary = 211, Context = 128, Tied = true })),
        ],
    };

    /// <summary>More tokens than the engine computes in one piece (256) and no multiple of anything.</summary>
    private const int LongContext = 301;

    /// <summary>Every architecture of the catalogue with the names of its specifications.</summary>
    public static TheoryData<string, string> All
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (Architecture architecture in ArchitectureCatalogue.All)
                foreach ((string name, _) in Of(architecture.ModelType))
                    data.Add(architecture.ModelType, name);
            return data;
        }
    }

    /// <summary>Those that continue texts, and whose angles do not depend on the length of the sequence, so that a cache may hold what came before.</summary>
    public static TheoryData<string, string> Continuing => Where(spec => spec.Generates
        && spec.Stack.Blocks.All(block => block.Attention.Position is not PositionSpec.Rotary rotary || rotary.Scaling.ConstantUpTo >= spec.ContextLength));

    /// <summary>Those of one stack, whose attention is shown.</summary>
    public static TheoryData<string, string> OfOneStack => Where(spec => !spec.HasSource);

    public static (string Name, ModelSpec Spec)[] Of(string modelType) => Specs.TryGetValue(modelType, out (string, ModelSpec)[]? specs)
        ? specs
        : throw new InvalidOperationException($"add specifications of '{modelType}' to ParitySamples, so that both runtimes are compared on it");

    public static ModelSpec Spec(string modelType, string name) => Of(modelType).Single(sample => sample.Name == name).Spec;

    /// <summary>As many random ids as the context holds.</summary>
    public static int[] Ids(ModelSpec spec, int seed = 7) => Draw(spec, spec.ContextLength, seed);

    /// <summary>What the encoder of an encoder-decoder reads: fewer ids than the context holds, since the two lengths mean nothing to each other.</summary>
    public static int[] Source(ModelSpec spec) => spec.HasSource ? Draw(spec, Math.Max(1, spec.ContextLength * 2 / 3), seed: 9) : [];

    /// <summary>Segments of ids, where the model has any.</summary>
    public static int[] Types(ModelSpec spec, int length) =>
        spec.Embedding.TokenTypes > 0 && spec.Encoder is not null ? [.. Enumerable.Range(0, length).Select(t => t * spec.Embedding.TokenTypes / length)] : [];

    private static int[] Draw(ModelSpec spec, int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(spec.VocabularySize))];
    }

    private static TheoryData<string, string> Where(Predicate<ModelSpec> condition)
    {
        var data = new TheoryData<string, string>();
        foreach (Architecture architecture in ArchitectureCatalogue.All)
            foreach ((string name, ModelSpec spec) in Of(architecture.ModelType))
                if (condition(spec))
                    data.Add(architecture.ModelType, name);
        return data;
    }

    private sealed record LlamaSizes(int Hidden, int Heads, int KeyValueHeads, int HeadSize, int Inner)
    {
        public int Blocks { get; init; } = 2;

        public int Vocabulary { get; init; } = 61;

        public int Context { get; init; } = 40;

        public double Theta { get; init; } = 10_000;

        public RotaryScaling Scaling { get; init; } = new RotaryScaling.None();

        public double Epsilon { get; init; } = 1e-5;

        public AttentionBias AttentionBias { get; init; }

        public bool FeedForwardBias { get; init; }

        public bool Tied { get; init; }
    }

    private static ModelSpec Llama(LlamaSizes sizes)
    {
        var norm = new NormSpec.RmsNorm(sizes.Epsilon);
        var rotary = new PositionSpec.Rotary(sizes.Theta) { Scaling = sizes.Scaling };
        var block = new BlockSpec(norm, new(sizes.Heads, sizes.KeyValueHeads, sizes.HeadSize, rotary, sizes.AttentionBias), norm,
            new FeedForwardSpec.Gated(sizes.Inner, Activation.Silu, sizes.FeedForwardBias));
        return new()
        {
            Embedding = new(sizes.Vocabulary, sizes.Hidden, new PositionSpec.None()),
            Decoder = StackSpec.Uniform(sizes.Blocks, block, norm),
            Head = new HeadSpec.LanguageModel(sizes.Tied),
            ContextLength = sizes.Context,
        };
    }

    private sealed record Gpt2Sizes(int Heads, int HeadSize, int Inner)
    {
        public int Blocks { get; init; } = 2;

        public int Vocabulary { get; init; } = 67;

        public int Context { get; init; } = 40;

        public double Epsilon { get; init; } = 1e-5;

        public Activation Activation { get; init; } = Activation.GeluTanh;

        public bool Tied { get; init; }
    }

    private static ModelSpec Gpt2(Gpt2Sizes sizes)
    {
        var norm = new NormSpec.LayerNorm(sizes.Epsilon, Bias: true);
        var block = new BlockSpec(norm, new(sizes.Heads, sizes.Heads, sizes.HeadSize, new PositionSpec.None(), AttentionBias.All), norm,
            new FeedForwardSpec.Dense(sizes.Inner, sizes.Activation, Bias: true));
        return new()
        {
            Embedding = new(sizes.Vocabulary, sizes.Heads * sizes.HeadSize, new PositionSpec.Learned(sizes.Context)),
            Decoder = StackSpec.Uniform(sizes.Blocks, block, norm),
            Head = new HeadSpec.LanguageModel(sizes.Tied),
            ContextLength = sizes.Context,
        };
    }
}

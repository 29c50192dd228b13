using Weft.Model.Spec;

namespace Weft.Training.Runs;

/// <summary>A family whose models a recipe can train from nothing.</summary>
/// <param name="Name">Its model_type.</param>
/// <param name="Objectives">What its models learn; the first where a recipe says nothing.</param>
/// <param name="Build">The specification of a recipe's shape and a vocabulary's size.</param>
internal sealed record ModelFamily(string Name, IReadOnlyList<ObjectiveKind> Objectives, Func<ModelRecipe, int, ModelSpec> Build)
{
    private const double SmallEpsilon = 1e-12;

    private static readonly NormSpec Norm = new NormSpec.LayerNorm(1e-5, Bias: true);

    private static readonly ModelFamily[] All =
    [
        new("llama", [ObjectiveKind.Causal, ObjectiveKind.Prefix, ObjectiveKind.Classification, ObjectiveKind.Conversation], Llama) { Gated = true },
        new("gpt2", [ObjectiveKind.Causal, ObjectiveKind.Prefix, ObjectiveKind.Classification, ObjectiveKind.Conversation], Gpt2),
        new("bert", [ObjectiveKind.Masked, ObjectiveKind.Classification], Bert) { Padding = "[PAD]", Begin = "[CLS]", End = "[SEP]", Mask = "[MASK]" },
        new("marian", [ObjectiveKind.Pairs], Marian) { Padding = "<pad>", End = "</s>", Start = "<pad>" },
        new("bart", [ObjectiveKind.Denoising, ObjectiveKind.Pairs], Bart) { Padding = "<pad>", Begin = "<s>", End = "</s>", Mask = "<mask>", Start = "</s>" },
        new("t5", [ObjectiveKind.Spans, ObjectiveKind.Pairs], T5) { Padding = "<pad>", End = "</s>", Start = "<pad>", Sentinels = 100, Gated = true },
    ];

    /// <summary>The feed-forward part has a gate.</summary>
    public bool Gated { get; private init; }

    /// <summary>Token that fills rows; null for none.</summary>
    public string? Padding { get; private init; }

    /// <summary>Token before a text; null for none.</summary>
    public string? Begin { get; private init; }

    /// <summary>Token after a text.</summary>
    public string End { get; private init; } = CorpusStage.EndOfText;

    /// <summary>Token in place of what is hidden; null for none.</summary>
    public string? Mask { get; private init; }

    /// <summary>Token that a decoder beside an encoder begins with; null for other models.</summary>
    public string? Start { get; private init; }

    /// <summary>Tokens in place of spans, where spans are taken out.</summary>
    public int Sentinels { get; private init; }

    /// <summary>Special tokens stand around texts; decoders alone have nothing but the end of a document.</summary>
    public bool Surrounds => Padding is not null;

    /// <summary>The family of a name; null for one whose models only begin from weights.</summary>
    public static ModelFamily? Find(string name) => All.FirstOrDefault(family => family.Name == name);

    /// <summary>The family of a name.</summary>
    /// <exception cref="InvalidDataException">There is none; the message names those that there are.</exception>
    public static ModelFamily Of(string name) => Find(name)
        ?? throw new InvalidDataException($"model.architecture '{name}' cannot be trained; known: {string.Join(", ", All.Select(family => family.Name))}");

    /// <summary>Name of a sentinel, as T5 counts them.</summary>
    public static string Sentinel(int index) => FormattableString.Invariant($"<extra_id_{index}>");

    /// <summary>Special tokens of a tokenizer that is trained, in the order of their ids.</summary>
    public IReadOnlyList<string> SpecialTokens(ObjectiveKind objective)
    {
        string?[] order = Mask is not null && Begin == "<s>" ? [Begin, Padding, End, Mask] : [Padding, Begin, End, Mask];
        // Sentinels have falling ids: the first is the last, as in T5.
        IEnumerable<string> sentinels = objective == ObjectiveKind.Spans ? Enumerable.Range(0, Sentinels).Reverse().Select(Sentinel) : [];
        return [.. order.OfType<string>(), .. sentinels];
    }

    private static ModelSpec Llama(ModelRecipe model, int vocabulary)
    {
        var norm = new NormSpec.RmsNorm(1e-5);
        var attention = Attention(model, new PositionSpec.Rotary(10_000), AttentionBias.None) with { KeyValueHeads = model.KeyValueHeads!.Value };
        var block = new BlockSpec(norm, attention, norm, new FeedForwardSpec.Gated(model.Inner!.Value, Activation.Silu, Bias: false));
        return Decoder(model, vocabulary, block, new PositionSpec.None());
    }

    private static ModelSpec Gpt2(ModelRecipe model, int vocabulary)
    {
        AttentionSpec attention = Attention(model, new PositionSpec.None(), AttentionBias.All) with { KeyValueHeads = model.KeyValueHeads!.Value };
        var block = new BlockSpec(Norm, attention, Norm, new FeedForwardSpec.Dense(model.Inner!.Value, Activation.GeluTanh, Bias: true));
        return Decoder(model, vocabulary, block, new PositionSpec.Learned(model.Context));
    }

    private static ModelSpec Decoder(ModelRecipe model, int vocabulary, BlockSpec block, PositionSpec position) => new()
    {
        Embedding = new(vocabulary, model.Width!.Value, position),
        Decoder = StackSpec.Uniform(model.Layers!.Value, block, block.AttentionNorm),
        Head = new HeadSpec.LanguageModel(TiedEmbedding: true),
        ContextLength = model.Context,
    };

    private static ModelSpec Bert(ModelRecipe model, int vocabulary)
    {
        var norm = new NormSpec.LayerNorm(SmallEpsilon, Bias: true);
        var block = new BlockSpec(norm, Both(model, new PositionSpec.None(), AttentionBias.All), norm, new FeedForwardSpec.Dense(model.Inner!.Value, Activation.Gelu, Bias: true))
        {
            Placement = NormPlacement.Post,
        };
        return new()
        {
            Embedding = new(vocabulary, model.Width!.Value, new PositionSpec.Learned(model.Context)) { Norm = norm, TokenTypes = 2 },
            Encoder = StackSpec.Uniform(model.Layers!.Value, block, finalNorm: null),
            Head = new HeadSpec.MaskedLanguageModel(TiedEmbedding: true, Activation.Gelu, norm),
            ContextLength = model.Context,
        };
    }

    /// <summary>The original Transformer: sinusoids, scaled embeddings, norms after each part; OPUS-MT's nonlinearity.</summary>
    private static ModelSpec Marian(ModelRecipe model, int vocabulary) => Pair(model,
        new(vocabulary, model.Width!.Value, new PositionSpec.Sinusoidal(SinusoidLayout.Halves)) { Scale = Math.Sqrt(model.Width.Value) }, Activation.Silu);

    private static ModelSpec Bart(ModelRecipe model, int vocabulary) => Pair(model,
        new(vocabulary, model.Width!.Value, new PositionSpec.Learned(model.Context) { Offset = 2 }) { Norm = Norm }, Activation.Gelu);

    private static ModelSpec Pair(ModelRecipe model, EmbeddingSpec embedding, Activation activation)
    {
        AttentionSpec both = Both(model, new PositionSpec.None(), AttentionBias.All);
        var encoder = new BlockSpec(Norm, both, Norm, new FeedForwardSpec.Dense(model.Inner!.Value, activation, Bias: true)) { Placement = NormPlacement.Post };
        BlockSpec decoder = encoder with { Attention = both with { Mask = new AttentionMask.Causal() }, CrossAttention = new(Norm, both) };
        return new()
        {
            Embedding = embedding,
            Encoder = StackSpec.Uniform(model.Layers!.Value, encoder, finalNorm: null),
            Decoder = StackSpec.Uniform(model.Layers.Value, decoder, finalNorm: null),
            Head = new HeadSpec.LanguageModel(TiedEmbedding: true) { Bias = true },
            ContextLength = model.Context,
        };
    }

    /// <summary>Version 1.1 (Shazeer 2020, arXiv:2002.05202): a gate, and a projection of its own.</summary>
    private static ModelSpec T5(ModelRecipe model, int vocabulary)
    {
        var norm = new NormSpec.RmsNorm(1e-6);
        AttentionSpec both = Both(model, new PositionSpec.Buckets(32, 128), AttentionBias.None) with { Scale = 1 };
        var encoder = new BlockSpec(norm, both, norm, new FeedForwardSpec.Gated(model.Inner!.Value, Activation.GeluTanh, Bias: false));
        BlockSpec decoder = encoder with
        {
            Attention = both with { Mask = new AttentionMask.Causal() },
            CrossAttention = new(norm, both with { Position = new PositionSpec.None() }),
        };
        return new()
        {
            Embedding = new(vocabulary, model.Width!.Value, new PositionSpec.None()),
            Encoder = StackSpec.Uniform(model.Layers!.Value, encoder, norm),
            Decoder = StackSpec.Uniform(model.Layers.Value, decoder, norm),
            Head = new HeadSpec.LanguageModel(TiedEmbedding: false),
            ContextLength = model.Context,
        };
    }

    private static AttentionSpec Attention(ModelRecipe model, PositionSpec position, AttentionBias bias) =>
        new(model.Heads!.Value, model.Heads.Value, model.Width!.Value / model.Heads.Value, position, bias);

    private static AttentionSpec Both(ModelRecipe model, PositionSpec position, AttentionBias bias) => Attention(model, position, bias) with
    {
        KeyValueHeads = model.KeyValueHeads!.Value,
        Mask = new AttentionMask.Bidirectional(),
    };
}

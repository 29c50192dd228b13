using System.Text.Json.Nodes;

using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Spec;

namespace Weft.Model.Architectures;

/// <summary>
/// T5 (Raffel et al. 2019, arXiv:1910.10683), its version 1.1 and Flan: RMSNorm before each part, no biases, unscaled attention with relative
/// buckets that all blocks of a stack share; or its encoder alone.
/// </summary>
public sealed class T5 : Architecture
{
    private const string Tied = "tie_word_embeddings", Scaled = "scale_decoder_outputs", Projection = "feed_forward_proj";

    /// <summary>Distances have no bound; this is the length that the published models were trained with.</summary>
    private const string Context = "n_positions";

    private const int DefaultContext = 512;

    /// <summary>Names of the feed-forward part, the first of equal ones the one that is written; the gate's GELU is the approximation.</summary>
    private static readonly (string Name, bool Gated, Activation Activation)[] Projections =
    [
        ("relu", false, Activation.Relu), ("gelu", false, Activation.Gelu), ("gelu_new", false, Activation.GeluTanh), ("silu", false, Activation.Silu),
        ("gated-gelu", true, Activation.GeluTanh), ("gated-gelu_new", true, Activation.GeluTanh), ("gated-silu", true, Activation.Silu), ("gated-relu", true, Activation.Relu),
    ];

    /// <inheritdoc/>
    public override string ModelType => "t5";

    /// <inheritdoc/>
    public override string ClassPrefix => "T5";

    /// <inheritdoc/>
    protected override string LanguageModelSuffix => "ForConditionalGeneration";

    /// <inheritdoc/>
    public override string BasePrefix => "";

    /// <inheritdoc/>
    protected override IReadOnlyList<string> IgnorableEndings => [.. base.IgnorableEndings, "coder.embed_tokens.weight", "EncDecAttention.relative_attention_bias.weight"];

    /// <inheritdoc/>
    public override string ClassName(HeadSpec head) => head is HeadSpec.PooledEmbedding ? $"{ClassPrefix}EncoderModel" : base.ClassName(head);

    /// <inheritdoc/>
    public override ModelSpec ReadConfig(ConfigReader config)
    {
        int hidden = config.ReadInt("d_model"), heads = config.ReadInt("num_heads"), layers = config.ReadLayerCount("num_layers");
        var norm = new NormSpec.RmsNorm(config.ReadDouble("layer_norm_epsilon", 1e-6));
        var buckets = new PositionSpec.Buckets(config.ReadInt("relative_attention_num_buckets", 32), config.ReadInt("relative_attention_max_distance", 128));
        string projection = config.RequireOneOf(Projection, "relu", [.. Projections.Select(entry => entry.Name)]);
        (_, bool gated, Activation activation) = Projections.First(entry => entry.Name == projection);
        int inner = config.ReadInt("d_ff");
        // Version 5 of Transformers writes that all are tied, and tells by the scale those that are.
        bool tied = config.ReadBool(Scaled, config.ReadBool(Tied, true));
        HeadSpec head = HeadConfig.Read(this, config, LanguageModel(tied, hidden), new HeadSpec.PooledEmbedding(Pooling.Mean, Normalized: false));
        return Plain(new(config.ReadInt("vocab_size"), hidden, new PositionSpec.None()),
            Block(norm, heads, config.ReadInt("d_kv", 64), buckets, gated ? new FeedForwardSpec.Gated(inner, activation, Bias: false) : new FeedForwardSpec.Dense(inner, activation, Bias: false)),
            (layers, head is HeadSpec.PooledEmbedding ? null : config.Has("num_decoder_layers") ? config.ReadLayerCount("num_decoder_layers") : layers),
            head, config.ReadInt(Context, DefaultContext));
    }

    /// <inheritdoc/>
    public override void WriteConfig(ModelSpec spec, JsonObject config)
    {
        Require(spec.Encoder is not null, "a model without an encoder");
        BlockSpec block = UniformBlock(spec.Encoder!);
        var buckets = block.Attention.Position as PositionSpec.Buckets;
        FeedForwardSpec feedForward = block.FeedForward;
        string? projection = Projections.FirstOrDefault(entry => entry.Gated == feedForward is FeedForwardSpec.Gated && entry.Activation == feedForward.Activation).Name;
        bool generates = spec.Head is HeadSpec.LanguageModel { TiedEmbedding: var tied } && spec.Head == LanguageModel(tied, spec.HiddenSize);
        Require(generates || (spec.Head is HeadSpec.PooledEmbedding { Transform: null } && spec.Decoder is null), "a head other than a plain projection, scaled where it is tied, or a vector of the encoder alone");
        Require(buckets is not null, "attention without relative buckets");
        Require(block.AttentionNorm is NormSpec.RmsNorm { UnitOffset: false }, "norms other than an RMSNorm without offset");
        Require(projection is not null && feedForward is FeedForwardSpec.Gated or FeedForwardSpec.Dense, "this feed-forward part");
        Require(spec == Plain(new(spec.VocabularySize, spec.HiddenSize, new PositionSpec.None()), Block(block.AttentionNorm, block.Attention.Heads, block.Attention.HeadSize, buckets!, feedForward),
                (spec.Encoder!.Blocks.Length, spec.Decoder?.Blocks.Length), spec.Head, spec.ContextLength),
            "blocks other than T5's: one norm before each part, no biases, unscaled attention, in encoder and decoder alike");
        config["is_encoder_decoder"] = spec.Decoder is not null;
        config["vocab_size"] = spec.VocabularySize;
        config["d_model"] = spec.HiddenSize;
        config["d_kv"] = block.Attention.HeadSize;
        config["d_ff"] = feedForward.InnerSize;
        config["num_heads"] = block.Attention.Heads;
        config["num_layers"] = spec.Encoder.Blocks.Length;
        config["num_decoder_layers"] = (spec.Decoder ?? spec.Encoder).Blocks.Length;
        config["layer_norm_epsilon"] = block.AttentionNorm.Epsilon;
        config["relative_attention_num_buckets"] = buckets!.Count;
        config["relative_attention_max_distance"] = buckets.MaximumDistance;
        config[Projection] = projection;
        config["dropout_rate"] = 0.0;
        config[Context] = spec.ContextLength;
        HeadConfig.Write(spec.Head, config);
        if (generates)
            config[Scaled] = spec.Head.SharesEmbedding;
    }

    /// <inheritdoc/>
    public override WeightLocation Locate(ModelSpec spec, ParameterSpec parameter)
    {
        string name = parameter.Name;
        bool inEncoder = name.StartsWith(ModelParameters.Encoder, StringComparison.Ordinal);
        string stack = inEncoder ? "encoder." : "decoder.", inStack = inEncoder ? name[ModelParameters.Encoder.Length..] : name;
        if (SplitBlockName(inStack) is (var index, var part, var suffix))
            return new($"{stack}block.{index}.{NameInBlock(spec, part, inEncoder) ?? throw NoTensor(parameter)}.{suffix}");
        return new(inStack switch
        {
            ModelParameters.TokenEmbedding when !inEncoder => "shared.weight",
            ModelParameters.RelativeBias => $"{stack}block.0.layer.0.SelfAttention.relative_attention_bias.weight",
            ModelParameters.FinalNorm + ".weight" => $"{stack}final_layer_norm.weight",
            ModelParameters.Head + ".weight" when !inEncoder => LanguageModelTensor,
            _ => throw NoTensor(parameter),
        });
    }

    /// <inheritdoc/>
    public override IEnumerable<string> OtherNames(string tensor) =>
        tensor == "shared.weight" ? ["encoder.embed_tokens.weight", "decoder.embed_tokens.weight"] : [];

    /// <inheritdoc/>
    public override bool IsIgnorable(ModelSpec spec, string tensor) =>
        base.IsIgnorable(spec, tensor) || (spec.Decoder is null && tensor.StartsWith("decoder.", StringComparison.Ordinal));

    private static string? NameInBlock(ModelSpec spec, string part, bool inEncoder)
    {
        string feedForward = inEncoder ? "layer.1" : "layer.2";
        return part switch
        {
            "attention_norm" => "layer.0.layer_norm",
            "attention.query" => "layer.0.SelfAttention.q",
            "attention.key" => "layer.0.SelfAttention.k",
            "attention.value" => "layer.0.SelfAttention.v",
            "attention.output" => "layer.0.SelfAttention.o",
            "cross_attention_norm" when !inEncoder => "layer.1.layer_norm",
            "cross_attention.query" when !inEncoder => "layer.1.EncDecAttention.q",
            "cross_attention.key" when !inEncoder => "layer.1.EncDecAttention.k",
            "cross_attention.value" when !inEncoder => "layer.1.EncDecAttention.v",
            "cross_attention.output" when !inEncoder => "layer.1.EncDecAttention.o",
            "feed_forward_norm" => $"{feedForward}.layer_norm",
            "feed_forward.gate" => $"{feedForward}.DenseReluDense.wi_0",
            "feed_forward.up" => $"{feedForward}.DenseReluDense.{(spec.Stack.Blocks[0].FeedForward is FeedForwardSpec.Gated ? "wi_1" : "wi")}",
            "feed_forward.down" => $"{feedForward}.DenseReluDense.wo",
            _ => null,
        };
    }

    private static HeadSpec.LanguageModel LanguageModel(bool tied, int hidden) => new(tied) { LogitScale = tied ? 1 / Math.Sqrt(hidden) : 1 };

    private static BlockSpec Block(NormSpec norm, int heads, int headSize, PositionSpec.Buckets buckets, FeedForwardSpec feedForward) =>
        new(norm, new(heads, heads, headSize, buckets, AttentionBias.None) { Mask = new AttentionMask.Bidirectional(), Scale = 1 }, norm, feedForward with { Bias = false });

    private static ModelSpec Plain(EmbeddingSpec embedding, BlockSpec block, (int Encoder, int? Decoder) layers, HeadSpec head, int context)
    {
        var cross = new CrossAttentionSpec(block.AttentionNorm, block.Attention with { Position = new PositionSpec.None() });
        BlockSpec inDecoder = block with { Attention = block.Attention with { Mask = new AttentionMask.Causal() }, CrossAttention = cross };
        return new()
        {
            Embedding = embedding,
            Encoder = StackSpec.Uniform(layers.Encoder, block, block.AttentionNorm),
            Decoder = layers.Decoder is { } count ? StackSpec.Uniform(count, inDecoder, block.AttentionNorm) : null,
            Head = head,
            ContextLength = context,
        };
    }
}

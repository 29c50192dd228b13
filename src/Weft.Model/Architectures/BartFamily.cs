using System.Text.Json.Nodes;

using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Spec;

namespace Weft.Model.Architectures;

/// <summary>
/// What BART and the translators and summarisers after it share: encoder and decoder of the original Transformer's blocks with biases
/// everywhere, one table of tokens that is the projection too, and the names of their weights.
/// </summary>
public abstract class BartFamily : Architecture
{
    private const string Tied = "tie_word_embeddings", Context = "max_position_embeddings", Scales = "scale_embedding", ActivationKey = "activation_function";

    /// <summary>No key says the epsilon.</summary>
    private protected static readonly NormSpec Norm = new NormSpec.LayerNorm(1e-5, Bias: true);

    /// <inheritdoc/>
    public override string BasePrefix => "model.";

    /// <inheritdoc/>
    protected override string LanguageModelSuffix => "ForConditionalGeneration";

    /// <inheritdoc/>
    protected override IReadOnlyList<string> IgnorableEndings => [.. base.IgnorableEndings, "coder.embed_tokens.weight", "coder.version"];

    /// <summary>Where the norms stand; those before each part have one after the last block too.</summary>
    private protected abstract NormPlacement Placement { get; }

    /// <summary>The embedding has a norm.</summary>
    private protected virtual bool NormalizesEmbedding => false;

    /// <summary>Checkpoints of the class that generates hold a bias of the logits.</summary>
    private protected virtual bool HasLogitBias => true;

    /// <summary>Values of keys that a config leaves out: the nonlinearity, and whether the embedding is scaled.</summary>
    private protected virtual (string Activation, bool Scales) WhenAbsent => ("gelu", false);

    /// <summary>Keys that configs of several families had when one class computed them all, with the value that the family computes.</summary>
    private protected abstract IReadOnlyList<(string Key, bool Value)> Flags { get; }

    /// <summary>Positions of a context.</summary>
    private protected abstract PositionSpec ReadPositions(ConfigReader config, int context);

    /// <summary>Writes what <see cref="ReadPositions"/> reads, or refuses others.</summary>
    private protected abstract void WritePositions(ModelSpec spec, JsonObject config);

    /// <summary>Heads beside the projection to the vocabulary.</summary>
    private protected virtual HeadSpec[] OtherHeads => [];

    /// <inheritdoc/>
    public override string ClassName(HeadSpec head) =>
        // The model without a head holds no bias, and its tokens are the projection all the same.
        head is HeadSpec.LanguageModel { Bias: false } && HasLogitBias ? $"{ClassPrefix}Model" : base.ClassName(head);

    /// <inheritdoc/>
    public override ModelSpec ReadConfig(ConfigReader config)
    {
        foreach ((string key, bool value) in Flags)
            config.Check(config.ReadBool(key, value) == value, key, $"model_type '{ModelType}' computes the opposite; choose the model_type that the weights were trained as");
        config.Check(config.ReadBool(Tied, true), Tied, "separate tables of encoder, decoder and projection are not supported; give a model that shares one");
        int hidden = config.ReadInt("d_model"), context = config.ReadInt(Context);
        var embedding = new EmbeddingSpec(config.ReadInt("vocab_size"), hidden, ReadPositions(config, context))
        {
            Scale = config.ReadBool(Scales, WhenAbsent.Scales) ? Math.Sqrt(hidden) : 1,
            Norm = NormalizesEmbedding ? Norm : null,
        };
        Activation activation = ActivationConfig.Read(config, ActivationKey, WhenAbsent.Activation);
        return Plain(embedding, ReadStack(config, "encoder", hidden, activation), ReadStack(config, "decoder", hidden, activation), ReadHead(config), context);
    }

    /// <inheritdoc/>
    public override void WriteConfig(ModelSpec spec, JsonObject config)
    {
        Require(spec.HasSource, "a model without both an encoder and a decoder");
        BlockSpec encoder = UniformBlock(spec.Encoder!), decoder = UniformBlock(spec.Decoder!);
        EmbeddingSpec embedding = spec.Embedding;
        bool scaled = embedding.Scale == Math.Sqrt(spec.HiddenSize);
        Require(embedding.TokenTypes == 0, "token types");
        Require(scaled || embedding.Scale == 1, "an embedding scaled by anything but the root of the hidden size");
        Require(embedding.Norm == (NormalizesEmbedding ? Norm : null), NormalizesEmbedding ? "an embedding without BART's norm" : "a norm of the embedding");
        Require(HeadsOf().Contains(spec.Head is HeadSpec.SequenceClassification classes ? classes with { Labels = AnyLabels } : spec.Head),
            "a head other than a language model's that shares the embedding, as the family has it");
        Require(encoder.FeedForward.Activation == decoder.FeedForward.Activation, "encoder and decoder with different nonlinearities");
        Require(spec == Plain(embedding, Size(spec.Encoder!), Size(spec.Decoder!), spec.Head, spec.ContextLength),
            $"blocks other than the original Transformer's with norms that are {Placement}, biases everywhere, dense feed-forward parts and plain attention");
        WritePositions(spec, config);
        foreach ((string key, bool value) in Flags)
            config[key] = value;
        config["is_encoder_decoder"] = true;
        config["vocab_size"] = spec.VocabularySize;
        config["d_model"] = spec.HiddenSize;
        config[Context] = spec.ContextLength;
        config[Scales] = scaled;
        config[ActivationKey] = ActivationConfig.Name(encoder.FeedForward.Activation);
        WriteStack(config, "encoder", Size(spec.Encoder!));
        WriteStack(config, "decoder", Size(spec.Decoder!));
        // One statement each: a JSON node has one parent, so a chained assignment fails.
        config["dropout"] = 0.0;
        config["attention_dropout"] = 0.0;
        config["activation_dropout"] = 0.0;
        config[Tied] = true;
        HeadConfig.Write(spec.Head, config);
    }

    /// <inheritdoc/>
    public override WeightLocation Locate(ModelSpec spec, ParameterSpec parameter)
    {
        string name = parameter.Name;
        bool inEncoder = name.StartsWith(ModelParameters.Encoder, StringComparison.Ordinal);
        string stack = inEncoder ? "model.encoder." : "model.decoder.", inStack = inEncoder ? name[ModelParameters.Encoder.Length..] : name;
        if (SplitBlockName(inStack) is (var index, var part, var suffix))
            return new($"{stack}layers.{index}.{NameInBlock(part, inEncoder) ?? throw NoTensor(parameter)}.{suffix}");
        return inStack switch
        {
            ModelParameters.TokenEmbedding when !inEncoder => new("model.shared.weight"),
            ModelParameters.PositionEmbedding => new($"{stack}embed_positions.weight"),
            ModelParameters.EmbeddingNorm + ".weight" => new($"{stack}layernorm_embedding.weight"),
            ModelParameters.EmbeddingNorm + ".bias" => new($"{stack}layernorm_embedding.bias"),
            ModelParameters.FinalNorm + ".weight" => new($"{stack}layer_norm.weight"),
            ModelParameters.FinalNorm + ".bias" => new($"{stack}layer_norm.bias"),
            ModelParameters.Head + ".weight" when spec.Head is HeadSpec.LanguageModel => new(LanguageModelTensor),
            ModelParameters.Head + ".bias" when spec.Head is HeadSpec.LanguageModel => new("final_logits_bias") { IsRow = true },
            _ => new(NameInClassifier(inStack) ?? throw NoTensor(parameter)),
        };
    }

    /// <inheritdoc/>
    public override IEnumerable<string> OtherNames(string tensor) =>
        tensor == "model.shared.weight" ? ["model.encoder.embed_tokens.weight", "model.decoder.embed_tokens.weight"] : [];

    private protected const int AnyLabels = 2;

    private protected virtual HeadSpec ReadHead(ConfigReader config) => HeadConfig.Read(this, config, HeadsOf()[0], HeadsOf().AsSpan(1));

    private HeadSpec[] HeadsOf() =>
    [
        new HeadSpec.LanguageModel(TiedEmbedding: true) { Bias = HasLogitBias },
        .. HasLogitBias ? [new HeadSpec.LanguageModel(TiedEmbedding: true)] : Array.Empty<HeadSpec>(),
        .. OtherHeads,
    ];

    private static string? NameInClassifier(string name) => name switch
    {
        $"{ModelParameters.Head}.transform.weight" => "classification_head.dense.weight",
        $"{ModelParameters.Head}.transform.bias" => "classification_head.dense.bias",
        $"{ModelParameters.Head}.weight" => "classification_head.out_proj.weight",
        $"{ModelParameters.Head}.bias" => "classification_head.out_proj.bias",
        _ => null,
    };

    private static string? NameInBlock(string part, bool inEncoder) => part switch
    {
        "attention.query" => "self_attn.q_proj",
        "attention.key" => "self_attn.k_proj",
        "attention.value" => "self_attn.v_proj",
        "attention.output" => "self_attn.out_proj",
        "attention_norm" => "self_attn_layer_norm",
        "cross_attention.query" when !inEncoder => "encoder_attn.q_proj",
        "cross_attention.key" when !inEncoder => "encoder_attn.k_proj",
        "cross_attention.value" when !inEncoder => "encoder_attn.v_proj",
        "cross_attention.output" when !inEncoder => "encoder_attn.out_proj",
        "cross_attention_norm" when !inEncoder => "encoder_attn_layer_norm",
        "feed_forward.up" => "fc1",
        "feed_forward.down" => "fc2",
        "feed_forward_norm" => "final_layer_norm",
        _ => null,
    };

    private static StackSize ReadStack(ConfigReader config, string side, int hidden, Activation activation)
    {
        string headsKey = $"{side}_attention_heads";
        int heads = config.ReadInt(headsKey);
        config.Check(heads > 0 && hidden % heads == 0, headsKey, $"it does not divide d_model {hidden}");
        return new(config.ReadLayerCount($"{side}_layers"), heads, config.ReadInt($"{side}_ffn_dim"), activation);
    }

    private static void WriteStack(JsonObject config, string side, StackSize size)
    {
        config[$"{side}_layers"] = size.Blocks;
        config[$"{side}_attention_heads"] = size.Heads;
        config[$"{side}_ffn_dim"] = size.Inner;
        config[$"{side}_layerdrop"] = 0.0;
    }

    private static StackSize Size(StackSpec stack) =>
        new(stack.Blocks.Length, stack.Blocks[0].Attention.Heads, stack.Blocks[0].FeedForward.InnerSize, stack.Blocks[0].FeedForward.Activation);

    private ModelSpec Plain(EmbeddingSpec embedding, StackSize encoder, StackSize decoder, HeadSpec head, int context) => new()
    {
        Embedding = embedding,
        Encoder = Stack(encoder, embedding.HiddenSize, crosses: false),
        Decoder = Stack(decoder, embedding.HiddenSize, crosses: true),
        Head = head,
        ContextLength = context,
    };

    private StackSpec Stack(StackSize size, int hidden, bool crosses)
    {
        var both = new AttentionSpec(size.Heads, size.Heads, hidden / size.Heads, new PositionSpec.None(), AttentionBias.All) { Mask = new AttentionMask.Bidirectional() };
        AttentionSpec self = crosses ? both with { Mask = new AttentionMask.Causal() } : both;
        var block = new BlockSpec(Norm, self, Norm, new FeedForwardSpec.Dense(size.Inner, size.Activation, Bias: true))
        {
            Placement = Placement,
            CrossAttention = crosses ? new(Norm, both) : null,
        };
        return StackSpec.Uniform(size.Blocks, block, Placement == NormPlacement.Pre ? Norm : null);
    }

    private sealed record StackSize(int Blocks, int Heads, int Inner, Activation Activation);
}

using System.Text.Json.Nodes;

using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Spec;

namespace Weft.Model.Architectures;

/// <summary>
/// What BERT and its heirs share: an encoder of learned positions and a normalised embedding, one LayerNorm after each part, dense
/// feed-forward parts with biases, and five heads.
/// </summary>
public abstract class EncoderFamily : Architecture
{
    private const string Tied = "tie_word_embeddings", Positions = "max_position_embeddings";

    /// <summary>Labels of the heads that <see cref="HeadsOf"/> lists; a model's own take their place.</summary>
    private const int AnyLabels = 2;

    /// <summary>What the sizes are called in a config.</summary>
    private protected virtual Keys Names => new("hidden_size", "num_attention_heads", "num_hidden_layers", "intermediate_size", "hidden_act");

    /// <summary>What blocks are called, after <see cref="Architecture.BasePrefix"/>.</summary>
    private protected virtual string BlocksName => "encoder.layer";

    /// <summary>Tensors that only some heads read begin so; checkpoints keep them when the model is saved with another head.</summary>
    private protected abstract IReadOnlyList<string> HeadPrefixes { get; }

    /// <summary>Nonlinearity of the layer before the labels of a whole sequence.</summary>
    private protected virtual Activation ClassifierActivation => Activation.Tanh;

    /// <summary>Nonlinearity of the pooler of the model without a head; null where there is no pooler.</summary>
    private protected virtual Activation? PoolerActivation => Activation.Tanh;

    /// <summary>Nonlinearity of the layer before the vocabulary, given that of the blocks.</summary>
    private protected virtual Activation VocabularyActivation(Activation ofBlocks) => ofBlocks;

    /// <summary>What the family's configs say of norms, segments and positions.</summary>
    private protected abstract Layout ReadLayout(ConfigReader config);

    /// <summary>Writes the same, or refuses what the family cannot say.</summary>
    private protected abstract void WriteLayout(Layout layout, JsonObject config);

    /// <summary>The tensor of a head's <c>transform</c>, <c>norm</c> or, where <paramref name="part"/> is empty, projection; null where there is none such.</summary>
    private protected abstract string? HeadTensorName(HeadSpec head, string part, string suffix);

    /// <inheritdoc/>
    public override HeadSpec? MaskedHead(ModelSpec spec) => spec is { Encoder: { } encoder, Decoder: null, Embedding.Norm: { } norm }
        ? HeadsOf(norm, encoder.Blocks[0].FeedForward.Activation, tied: true)[0]
        : null;

    /// <inheritdoc/>
    public override HeadSpec? ClassifierHead(ModelSpec spec, int labels) =>
        spec is { Encoder: not null, Decoder: null } ? new HeadSpec.SequenceClassification(labels, Pooling.First, Bias: true) { Transform = ClassifierActivation } : null;

    /// <inheritdoc/>
    public override HeadSpec? SpanHead(ModelSpec spec) => spec is { Encoder: not null, Decoder: null } ? new HeadSpec.Spans() : null;

    /// <inheritdoc/>
    public override HeadSpec? TokenHead(ModelSpec spec, int labels) => spec is { Encoder: not null, Decoder: null } ? new HeadSpec.TokenClassification(labels) : null;

    /// <inheritdoc/>
    public override ModelSpec ReadConfig(ConfigReader config)
    {
        int hidden = config.ReadInt(Names.Hidden), heads = config.ReadInt(Names.Heads);
        config.Check(heads > 0 && hidden % heads == 0, Names.Heads, $"it does not divide {Names.Hidden} {hidden}");
        Activation activation = ActivationConfig.Read(config, Names.Activation, "gelu");
        config.Check((config.ReadCount("pruned_heads") ?? 0) == 0, "pruned_heads", "blocks with fewer heads are not supported; give a model whose heads are all there");
        Layout layout = ReadLayout(config);
        int positions = config.ReadInt(Positions);
        config.Check(positions > layout.Offset, Positions, $"{layout.Offset} rows are for no position; it must be greater");
        var embedding = new EmbeddingSpec(config.ReadInt("vocab_size"), hidden, new PositionSpec.Learned(positions - layout.Offset) { Offset = layout.Offset })
        {
            Norm = layout.Norm,
            TokenTypes = layout.TokenTypes,
        };
        return Plain(embedding, heads, new(config.ReadInt(Names.Inner), activation, Bias: true), config.ReadLayerCount(Names.Layers),
            ReadHead(config, HeadsOf(layout.Norm, activation, config.ReadBool(Tied, true))));
    }

    /// <inheritdoc/>
    public override void WriteConfig(ModelSpec spec, JsonObject config)
    {
        Require(spec.Decoder is null && spec.Encoder is not null, "a decoder");
        BlockSpec block = UniformBlock(spec.Encoder!);
        EmbeddingSpec embedding = spec.Embedding;
        var positions = embedding.Position as PositionSpec.Learned;
        var norm = embedding.Norm as NormSpec.LayerNorm;
        var feedForward = block.FeedForward as FeedForwardSpec.Dense;
        Require(positions is not null && positions.Count == spec.ContextLength, "positions other than learned ones for the whole context");
        Require(embedding.Scale == 1 && norm is { Bias: true }, "a scaled embedding, or one without a biased LayerNorm");
        Require(feedForward is { Bias: true }, "a feed-forward part other than a dense one with bias");
        Require(HeadsOf(norm!, feedForward!.Activation, spec.Head.SharesEmbedding).Contains(WithoutChoice(spec.Head)), "this head, or a head with another norm or nonlinearity");
        Require(spec == Plain(embedding, block.Attention.Heads, feedForward, spec.Encoder!.Blocks.Length, spec.Head),
            "blocks other than BERT's, whose norms stand after each part and equal that of the embedding, and whose biased attention has as many key-value heads as heads");
        WriteLayout(new(norm!, embedding.TokenTypes, positions!.Offset), config);
        config["vocab_size"] = spec.VocabularySize;
        config[Names.Hidden] = spec.HiddenSize;
        config[Names.Heads] = block.Attention.Heads;
        config[Names.Layers] = spec.Encoder.Blocks.Length;
        config[Names.Inner] = feedForward.InnerSize;
        config[Names.Activation] = ActivationConfig.Name(feedForward.Activation);
        config[Positions] = positions.Offset + positions.Count;
        HeadConfig.Write(spec.Head, config);
    }

    /// <inheritdoc/>
    public override WeightLocation Locate(ModelSpec spec, ParameterSpec parameter)
    {
        string name = parameter.Name;
        if (name == ModelParameters.TokenEmbedding)
            return new($"{BasePrefix}embeddings.word_embeddings.weight");
        int dot = name.LastIndexOf('.');
        (string stem, string suffix) = (name[..Math.Max(0, dot)], name[(dot + 1)..]);
        if (stem.StartsWith(ModelParameters.Encoder, StringComparison.Ordinal))
            return new($"{BasePrefix}{NameInEncoder(name[ModelParameters.Encoder.Length..]) ?? throw NoTensor(parameter)}.{suffix}");
        string[] head = stem.Split('.', 2);
        return new((head[0] == ModelParameters.Head ? HeadTensorName(spec.Head, head.ElementAtOrDefault(1) ?? "", suffix) : null) ?? throw NoTensor(parameter));
    }

    /// <inheritdoc/>
    public override bool IsIgnorable(ModelSpec spec, string tensor) =>
        base.IsIgnorable(spec, tensor) || HeadPrefixes.Any(prefix => tensor.StartsWith(prefix, StringComparison.Ordinal)
            || (BasePrefix + tensor).StartsWith(prefix, StringComparison.Ordinal));

    /// <summary>What the family calls a part of a block.</summary>
    private protected virtual string? NameInBlock(string part) => part switch
    {
        "attention.query" => "attention.self.query",
        "attention.key" => "attention.self.key",
        "attention.value" => "attention.self.value",
        "attention.output" => "attention.output.dense",
        "attention_norm" => "attention.output.LayerNorm",
        "feed_forward.up" => "intermediate.dense",
        "feed_forward.down" => "output.dense",
        "feed_forward_norm" => "output.LayerNorm",
        _ => null,
    };

    private protected virtual HeadSpec ReadHead(ConfigReader config, HeadSpec[] heads) => HeadConfig.Read(this, config, heads[0], heads.AsSpan(1));

    private string? NameInEncoder(string name)
    {
        if (SplitBlockName(name) is (var index, var part, _))
            return NameInBlock(part) is { } inBlock ? $"{BlocksName}.{index}.{inBlock}" : null;
        return name switch
        {
            ModelParameters.PositionEmbedding => "embeddings.position_embeddings",
            ModelParameters.TokenTypeEmbedding => "embeddings.token_type_embeddings",
            ModelParameters.EmbeddingNorm + ".weight" or ModelParameters.EmbeddingNorm + ".bias" => "embeddings.LayerNorm",
            _ => null,
        };
    }

    /// <summary>The family's heads, the one of configs that name no class first.</summary>
    private HeadSpec[] HeadsOf(NormSpec norm, Activation activation, bool tied) =>
    [
        new HeadSpec.MaskedLanguageModel(tied, VocabularyActivation(activation), norm),
        new HeadSpec.SequenceClassification(AnyLabels, Pooling.First, Bias: true) { Transform = ClassifierActivation },
        new HeadSpec.TokenClassification(AnyLabels),
        new HeadSpec.Spans(),
        new HeadSpec.PooledEmbedding(Pooling.First, Normalized: false) { Transform = PoolerActivation },
    ];

    /// <summary>The head as <see cref="HeadsOf"/> has it. How an embedding is pooled without a pooler, the config does not say.</summary>
    private HeadSpec WithoutChoice(HeadSpec head) => head switch
    {
        HeadSpec.SequenceClassification classes => classes with { Labels = AnyLabels },
        HeadSpec.TokenClassification classes => classes with { Labels = AnyLabels },
        HeadSpec.PooledEmbedding { Transform: null } => new HeadSpec.PooledEmbedding(Pooling.First, Normalized: false) { Transform = PoolerActivation },
        _ => head,
    };

    private static ModelSpec Plain(EmbeddingSpec embedding, int heads, FeedForwardSpec.Dense feedForward, int blocks, HeadSpec head)
    {
        NormSpec norm = embedding.Norm!;
        var attention = new AttentionSpec(heads, heads, embedding.HiddenSize / heads, new PositionSpec.None(), AttentionBias.All) { Mask = new AttentionMask.Bidirectional() };
        return new()
        {
            Embedding = embedding,
            Encoder = StackSpec.Uniform(blocks, new(norm, attention, norm, feedForward) { Placement = NormPlacement.Post }, finalNorm: null),
            Head = head,
            ContextLength = ((PositionSpec.Learned)embedding.Position).Count,
        };
    }

    /// <summary>A config's keys.</summary>
    private protected sealed record Keys(string Hidden, string Heads, string Layers, string Inner, string Activation);

    /// <summary>Where the families differ.</summary>
    /// <param name="Norm">Of everything.</param>
    /// <param name="TokenTypes">Segments.</param>
    /// <param name="Offset">Row of the first position.</param>
    private protected sealed record Layout(NormSpec.LayerNorm Norm, int TokenTypes, int Offset);
}

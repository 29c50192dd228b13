using System.Text.Json.Nodes;

using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Spec;

namespace Weft.Model.Architectures;

/// <summary>BLOOM (BigScience 2022, arXiv:2211.05100): positions by ALiBi, and a norm of the embedding.</summary>
public sealed class Bloom : MegatronFamily
{
    private const string Context = "seq_length";

    /// <inheritdoc/>
    public override string ModelType => "bloom";

    /// <inheritdoc/>
    public override string ClassPrefix => "Bloom";

    /// <inheritdoc/>
    public override GgufLayout? Gguf { get; } = new("bloom", Activation.GeluTanh) { Position = new PositionSpec.Alibi(), Bias = AttentionBias.All, JoinsAttention = true };

    /// <inheritdoc/>
    public override string BasePrefix => "transformer.";

    /// <inheritdoc/>
    private protected override string BlocksName => "transformer.h";

    /// <inheritdoc/>
    private protected override string AttentionName => "self_attention";

    /// <inheritdoc/>
    public override ModelSpec ReadConfig(ConfigReader config)
    {
        const string AfterNorm = "apply_residual_connection_post_layernorm", Inner = "n_inner";
        config.Check(!config.ReadBool(AfterNorm, false), AfterNorm, "residual lines from after the norm are not supported");
        string FirstOf(string one, string other) => config.Has(one) ? one : other;
        (int hidden, int heads) = ReadWidth(config, FirstOf("n_embed", "hidden_size"), FirstOf("n_head", "num_attention_heads"));
        config.Check(!config.Has(Inner) || config.ReadInt(Inner) == 4 * hidden, Inner, "the family's classes take four times the hidden size, whatever it says; leave it out");
        var norm = new NormSpec.LayerNorm(config.ReadDouble("layer_norm_epsilon", 1e-5), Bias: true);
        var block = new BlockSpec(norm, new(heads, heads, hidden / heads, new PositionSpec.Alibi(), AttentionBias.All), norm,
            new FeedForwardSpec.Dense(4 * hidden, Activation.GeluTanh, Bias: true));
        return new ModelSpec
        {
            Embedding = new(config.ReadInt("vocab_size"), hidden, new PositionSpec.None()) { Norm = norm },
            Decoder = StackSpec.Uniform(config.ReadLayerCount(FirstOf("n_layer", "num_hidden_layers")), block, norm),
            Head = HeadConfig.ReadOfDecoder(this, config, tied: true),
            // Only a record of the training: distances have no bound.
            ContextLength = config.ReadInt(Context, 2048),
        };
    }

    /// <inheritdoc/>
    public override void WriteConfig(ModelSpec spec, JsonObject config)
    {
        (BlockSpec block, NormSpec.LayerNorm norm, FeedForwardSpec.Dense feedForward) = RequireCommon(spec with { Embedding = spec.Embedding with { Norm = null } });
        Require(spec.Embedding.Norm == norm, "an embedding without the norm that the blocks have");
        Require(block.Placement == NormPlacement.Pre, "norms elsewhere than before each part");
        Require(block.Attention is { Position: PositionSpec.Alibi, Bias: AttentionBias.All }, "attention without ALiBi or without biases");
        Require(feedForward.Activation == Activation.GeluTanh && feedForward.InnerSize == 4 * spec.HiddenSize, "a feed-forward part other than the tanh GELU of four times the hidden size");
        config["vocab_size"] = spec.VocabularySize;
        config["hidden_size"] = spec.HiddenSize;
        config["n_layer"] = spec.Decoder!.Blocks.Length;
        config["n_head"] = block.Attention.Heads;
        config["layer_norm_epsilon"] = norm.Epsilon;
        config[Context] = spec.ContextLength;
        config["attention_dropout"] = 0.0;
        config["hidden_dropout"] = 0.0;
        HeadConfig.Write(spec.Head, config);
    }

    /// <inheritdoc/>
    private protected override string? NameOutside(ModelSpec spec, string name) => name switch
    {
        ModelParameters.TokenEmbedding => "transformer.word_embeddings.weight",
        ModelParameters.EmbeddingNorm + ".weight" => "transformer.word_embeddings_layernorm.weight",
        ModelParameters.EmbeddingNorm + ".bias" => "transformer.word_embeddings_layernorm.bias",
        ModelParameters.FinalNorm + ".weight" => "transformer.ln_f.weight",
        ModelParameters.FinalNorm + ".bias" => "transformer.ln_f.bias",
        ModelParameters.Head + ".weight" => HeadTensor(spec),
        _ => null,
    };
}

using System.Text.Json.Nodes;

using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Spec;

namespace Weft.Model.Architectures;

/// <summary>GPT-NeoX (Black et al. 2022, arXiv:2204.06745) and Pythia: rotary positions in a part of each head, and both parts of a block side by side.</summary>
public sealed class GptNeoX : MegatronFamily
{
    private const string Theta = "rotary_emb_base", Share = "rotary_pct", Parallel = "use_parallel_residual";

    /// <inheritdoc/>
    public override string ModelType => "gpt_neox";

    /// <inheritdoc/>
    public override string ClassPrefix => "GPTNeoX";

    /// <inheritdoc/>
    public override GgufLayout? Gguf { get; } = new("gptneox", Activation.GeluTanh)
    {
        Bias = AttentionBias.All,
        Tied = false,
        JoinsAttention = true,
        TurnsPartly = true,
        MayBeParallel = true,
    };

    /// <inheritdoc/>
    public override string BasePrefix => "gpt_neox.";

    /// <inheritdoc/>
    protected override string LanguageModelTensor => "embed_out.weight";

    /// <inheritdoc/>
    private protected override string BlocksName => "gpt_neox.layers";

    /// <inheritdoc/>
    private protected override string AttentionName => "attention";

    /// <inheritdoc/>
    public override ModelSpec ReadConfig(ConfigReader config)
    {
        (int hidden, int heads) = ReadWidth(config, "hidden_size", "num_attention_heads");
        int headSize = hidden / heads;
        PositionSpec.Rotary rotary = RotaryConfig.Read(config, headSize, new() { Theta = Theta, Share = Share, DefaultShare = 0.25, Partial = true });
        var norm = new NormSpec.LayerNorm(config.ReadDouble("layer_norm_eps", 1e-5), Bias: true);
        var attention = new AttentionSpec(heads, heads, headSize, rotary, config.ReadBool("attention_bias", true) ? AttentionBias.All : AttentionBias.None);
        var feedForward = new FeedForwardSpec.Dense(config.ReadInt("intermediate_size"), ActivationConfig.Read(config, "hidden_act", "gelu"), Bias: true);
        var block = new BlockSpec(norm, attention, norm, feedForward)
        {
            Placement = config.ReadBool(Parallel, true) ? NormPlacement.Parallel : NormPlacement.Pre,
        };
        return new ModelSpec
        {
            Embedding = new(config.ReadInt("vocab_size"), hidden, new PositionSpec.None()),
            Decoder = StackSpec.Uniform(config.ReadLayerCount("num_hidden_layers"), block, norm),
            Head = HeadConfig.ReadOfDecoder(this, config, tied: false),
            ContextLength = RotaryConfig.ReadContext(rotary, config),
        };
    }

    /// <inheritdoc/>
    public override void WriteConfig(ModelSpec spec, JsonObject config)
    {
        (BlockSpec block, NormSpec.LayerNorm norm, FeedForwardSpec.Dense feedForward) = RequireCommon(spec);
        Require(block.Placement is NormPlacement.Parallel or NormPlacement.Pre, "norms after the parts of a block");
        Require(block.Attention.Bias != AttentionBias.QueryKeyValue, "attention with a bias on some projections only");
        var rotary = block.Attention.Position as PositionSpec.Rotary;
        Require(rotary is { Interleaved: false }, "positions other than rotary ones that turn the halves of a head");
        RotaryConfig.Write(rotary!, block.Attention.HeadSize, spec.ContextLength, config);
        config[Theta] = rotary!.Theta;
        config[Share] = RotaryConfig.Share(rotary, block.Attention.HeadSize);
        config[Parallel] = block.Placement == NormPlacement.Parallel;
        config["hidden_act"] = ActivationConfig.Name(feedForward.Activation);
        config["vocab_size"] = spec.VocabularySize;
        config["hidden_size"] = spec.HiddenSize;
        config["intermediate_size"] = feedForward.InnerSize;
        config["num_hidden_layers"] = spec.Decoder!.Blocks.Length;
        config["num_attention_heads"] = block.Attention.Heads;
        config["layer_norm_eps"] = norm.Epsilon;
        config["attention_bias"] = block.Attention.Bias == AttentionBias.All;
        config["attention_dropout"] = 0.0;
        config["hidden_dropout"] = 0.0;
        HeadConfig.Write(spec.Head, config);
    }

    /// <inheritdoc/>
    private protected override string? NameOutside(ModelSpec spec, string name) => name switch
    {
        ModelParameters.TokenEmbedding => "gpt_neox.embed_in.weight",
        ModelParameters.FinalNorm + ".weight" => "gpt_neox.final_layer_norm.weight",
        ModelParameters.FinalNorm + ".bias" => "gpt_neox.final_layer_norm.bias",
        ModelParameters.Head + ".weight" => HeadTensor(spec),
        _ => null,
    };
}

using System.Text.Json.Nodes;

using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Spec;

namespace Weft.Model.Architectures;

/// <summary>Llama (Touvron et al. 2023, arXiv:2302.13971): RMSNorm before each part, rotary positions, gated SiLU feed-forward.</summary>
public sealed class Llama : LlamaFamily
{
    /// <inheritdoc/>
    public override string ModelType => "llama";

    /// <inheritdoc/>
    public override string ClassPrefix => "Llama";

    /// <inheritdoc/>
    public override GgufLayout? Gguf => LlamaLayout;

    /// <inheritdoc/>
    private protected override Defaults WhenAbsent => new(UngroupedHeads: true);

    /// <inheritdoc/>
    public override ModelSpec ReadConfig(ConfigReader config)
    {
        AttentionBias bias = ReadAttentionBias(config);
        bool feedForwardBias = config.ReadBool("mlp_bias", false);
        return WithBlocks(base.ReadConfig(config), block => block with
        {
            Attention = block.Attention with { Bias = bias },
            FeedForward = block.FeedForward with { Bias = feedForwardBias },
        });
    }

    /// <inheritdoc/>
    public override void WriteConfig(ModelSpec spec, JsonObject config)
    {
        spec = WriteAttentionBias(spec, config);
        bool feedForwardBias = Common(spec, block => block.FeedForward.Bias, "biases of the feed-forward part");
        config["mlp_bias"] = feedForwardBias;
        base.WriteConfig(WithBlocks(spec, block => block with { FeedForward = block.FeedForward with { Bias = false } }), config);
    }
}

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
    public override string ClassName => "LlamaForCausalLM";

    /// <inheritdoc/>
    public override GgufLayout? Gguf { get; } = new("llama", Activation.Silu) { InterleavesPairs = true };

    /// <inheritdoc/>
    private protected override Layout ReadLayout(ConfigReader config, int heads) => new(
        config.ReadInt("num_key_value_heads", heads),
        config.ReadBool("attention_bias", false) ? AttentionBias.All : AttentionBias.None,
        config.ReadBool("mlp_bias", false));

    /// <inheritdoc/>
    private protected override void WriteLayout(Layout layout, JsonObject config)
    {
        Require(layout.AttentionBias != AttentionBias.QueryKeyValue, "attention with a bias on some projections only");
        config["attention_bias"] = layout.AttentionBias == AttentionBias.All;
        config["mlp_bias"] = layout.FeedForwardBias;
    }
}

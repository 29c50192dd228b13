using System.Text.Json.Nodes;

using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Spec;

namespace Weft.Model.Architectures;

/// <summary>Qwen 2 and 2.5 (Yang et al. 2024, arXiv:2407.10671): a Llama with biases on query, key and value; some blocks may look over a window.</summary>
public sealed class Qwen2 : LlamaFamily
{
    /// <inheritdoc/>
    public override string ModelType => "qwen2";

    /// <inheritdoc/>
    public override string ClassPrefix => "Qwen2";

    /// <inheritdoc/>
    public override GgufLayout? Gguf { get; } = new("qwen2", Activation.Silu) { FillsWidth = true };

    /// <inheritdoc/>
    public override ModelSpec ReadConfig(ConfigReader config) =>
        WithAttention(ReadLaterWindows(base.ReadConfig(config), config), attention => attention with { Bias = AttentionBias.QueryKeyValue });

    /// <inheritdoc/>
    public override void WriteConfig(ModelSpec spec, JsonObject config)
    {
        AttentionBias bias = Common(spec, block => block.Attention.Bias, "biases of attention");
        Require(bias == AttentionBias.QueryKeyValue, "biases other than those on query, key and value");
        base.WriteConfig(WithAttention(WriteLaterWindows(spec, config), attention => attention with { Bias = AttentionBias.None }), config);
    }
}

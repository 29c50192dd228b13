using System.Text.Json.Nodes;

using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Spec;

namespace Weft.Model.Architectures;

/// <summary>Qwen 3 (Yang et al. 2025, arXiv:2505.09388): a Llama with norms of every head's query and key; some blocks may look over a window.</summary>
public sealed class Qwen3 : LlamaFamily
{
    /// <inheritdoc/>
    public override string ModelType => "qwen3";

    /// <inheritdoc/>
    public override string ClassPrefix => "Qwen3";

    /// <inheritdoc/>
    public override GgufLayout? Gguf { get; } = new("qwen3", Activation.Silu) { Bias = AttentionBias.None };

    /// <inheritdoc/>
    private protected override Defaults WhenAbsent => new(HeadSize: 128);

    /// <inheritdoc/>
    public override ModelSpec ReadConfig(ConfigReader config)
    {
        AttentionBias bias = ReadAttentionBias(config);
        return WithHeadNorms(WithAttention(ReadLaterWindows(base.ReadConfig(config), config), attention => attention with { Bias = bias }));
    }

    /// <inheritdoc/>
    public override void WriteConfig(ModelSpec spec, JsonObject config) =>
        base.WriteConfig(WithoutHeadNorms(WriteAttentionBias(WriteLaterWindows(spec, config), config)), config);
}

using System.Text.Json.Nodes;

using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Spec;

namespace Weft.Model.Architectures;

/// <summary>Qwen 2 and 2.5 (Yang et al. 2024, arXiv:2407.10671): a Llama with biases on query, key and value.</summary>
public sealed class Qwen2 : LlamaFamily
{
    /// <inheritdoc/>
    public override string ModelType => "qwen2";

    /// <inheritdoc/>
    public override string ClassName => "Qwen2ForCausalLM";

    /// <inheritdoc/>
    public override GgufLayout? Gguf { get; } = new("qwen2", Activation.Silu);

    /// <inheritdoc/>
    private protected override Layout ReadLayout(ConfigReader config, int heads)
    {
        config.Check(!config.ReadBool("use_sliding_window", false), "use_sliding_window", "attention over a window is not supported");
        return new(config.ReadInt("num_key_value_heads"), AttentionBias.QueryKeyValue, FeedForwardBias: false);
    }

    /// <inheritdoc/>
    private protected override void WriteLayout(Layout layout, JsonObject config)
    {
        Require(layout is { AttentionBias: AttentionBias.QueryKeyValue, FeedForwardBias: false }, "biases other than those on query, key and value");
        config["use_sliding_window"] = false;
    }
}

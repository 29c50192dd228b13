using System.Text.Json.Nodes;

using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Spec;

namespace Weft.Model.Architectures;

/// <summary>
/// Mistral (Jiang et al. 2023, arXiv:2310.06825) without a sliding window, as since version 0.2: a Llama without biases.
/// </summary>
public sealed class Mistral : LlamaFamily
{
    /// <inheritdoc/>
    public override string ModelType => "mistral";

    /// <inheritdoc/>
    public override string ClassName => "MistralForCausalLM";

    /// <inheritdoc/>
    public override GgufLayout? Gguf { get; } = new("llama", Activation.Silu) { InterleavesPairs = true };

    /// <inheritdoc/>
    private protected override Layout ReadLayout(ConfigReader config, int heads)
    {
        // Transformers takes 4,096 where the key is left out, so that only null says that there is no window.
        config.Check(config.IsNull("sliding_window") || config.Has("sliding_window") && config.ReadInt("sliding_window") >= config.ReadInt("max_position_embeddings"),
            "sliding_window", "attention over a window is not supported; null means that there is none");
        return new(config.ReadInt("num_key_value_heads"), AttentionBias.None, FeedForwardBias: false);
    }

    /// <inheritdoc/>
    private protected override void WriteLayout(Layout layout, JsonObject config)
    {
        Require(layout is { AttentionBias: AttentionBias.None, FeedForwardBias: false }, "biases");
        config["sliding_window"] = null;
    }
}

using System.Text.Json.Nodes;

using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Spec;

namespace Weft.Model.Architectures;

/// <summary>Phi 3 and 4 (Abdin et al. 2024, arXiv:2404.14219): a Llama whose checkpoints hold query, key and value in one tensor, and gate and up in another.</summary>
public sealed class Phi3 : LlamaFamily
{
    private const string OriginalContext = "original_max_position_embeddings";

    /// <inheritdoc/>
    public override string ModelType => "phi3";

    /// <inheritdoc/>
    public override string ClassPrefix => "Phi3";

    /// <inheritdoc/>
    public override GgufLayout? Gguf { get; } = new("phi3", Activation.Silu)
    {
        Bias = AttentionBias.None,
        JoinsAttention = true,
        JoinsGate = true,
        TurnsPartly = true,
        HasLongRope = true,
        HasIdleWindow = true,
        FillsWidth = true,
    };

    /// <inheritdoc/>
    private protected override Defaults WhenAbsent => new(Epsilon: 1e-5, UngroupedHeads: true);

    /// <inheritdoc/>
    private protected override bool TurnsPartly => true;

    /// <inheritdoc/>
    public override ModelSpec ReadConfig(ConfigReader config)
    {
        foreach (ConfigReader rope in RotaryConfig.ObjectsOf(config))
        {
            // Its class takes 'yarn' for LongRoPE since one version, and for something else before.
            string kind = rope.RequireOneOf(rope.Has("rope_type") ? "rope_type" : "type", "default", "default", "longrope", "su");
            config.Check(kind == "default" || rope.Has(OriginalContext) || config.Has(OriginalContext), OriginalContext, "LongRoPE needs it");
        }
        return ReadWindow(base.ReadConfig(config), config, fallback: null);
    }

    /// <inheritdoc/>
    public override void WriteConfig(ModelSpec spec, JsonObject config)
    {
        PositionSpec position = Common(spec, block => block.Attention.Position, "positions");
        Require(position is PositionSpec.Rotary { Scaling: RotaryScaling.None or RotaryScaling.LongRope }, "positions other than rotary ones without scaling or with LongRoPE");
        base.WriteConfig(WriteWindow(spec, config), config);
    }

    /// <inheritdoc/>
    private protected override WeightLocation LocateInBlock(ModelSpec spec, ParameterSpec parameter, string prefix, string part, string suffix)
    {
        BlockSpec block = spec.Decoder!.Blocks[0];
        long queries = block.Attention.QuerySize, keys = block.Attention.KeyValueSize, inner = block.FeedForward.InnerSize;
        WeightLocation Joined(string name, long first, long rows) => new($"{prefix}{name}.{suffix}", RowOffset: first, TotalRows: rows);
        return part switch
        {
            "attention.query" => Joined("self_attn.qkv_proj", 0, queries + (2 * keys)),
            "attention.key" => Joined("self_attn.qkv_proj", queries, queries + (2 * keys)),
            "attention.value" => Joined("self_attn.qkv_proj", queries + keys, queries + (2 * keys)),
            "feed_forward.gate" => Joined("mlp.gate_up_proj", 0, 2 * inner),
            "feed_forward.up" => Joined("mlp.gate_up_proj", inner, 2 * inner),
            _ => base.LocateInBlock(spec, parameter, prefix, part, suffix),
        };
    }
}

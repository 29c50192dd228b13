using System.Collections.Immutable;
using System.Text.Json.Nodes;

using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Spec;

namespace Weft.Model.Architectures;

/// <summary>
/// What Gemma 2 and 3 share: norms before and after each part whose gain is one more than the trained number, a scaled embedding, a scale of
/// attention of their own, a gated GELU, and windows in most blocks.
/// </summary>
public abstract class GemmaFamily : LlamaFamily
{
    private const string QueryScalar = "query_pre_attn_scalar", ScoreCap = "attn_logit_softcapping", LogitCap = "final_logit_softcapping";

    private const int DefaultQueryScalar = 256, DefaultWindow = 4096;

    /// <inheritdoc/>
    private protected override string ActivationKey => "hidden_activation";

    /// <inheritdoc/>
    private protected override (Activation Activation, string[] Names) Gate => (Activation.GeluTanh, ["gelu_pytorch_tanh", "gelu_new"]);

    /// <inheritdoc/>
    private protected override Defaults WhenAbsent => new(HeadSize: 256, Tied: true);

    /// <summary>Soft caps of scores and logits where the config leaves them out.</summary>
    private protected abstract (double? Scores, double? Logits) DefaultCaps { get; }

    /// <summary>Where the config has no list of types: whether the block of an index looks over a window.</summary>
    private protected abstract Func<int, bool> ReadPattern(ConfigReader config);

    /// <inheritdoc/>
    public override ModelSpec ReadConfig(ConfigReader config)
    {
        config.Check(!config.ReadBool("use_bidirectional_attention", false), "use_bidirectional_attention", "only attention that looks back is supported");
        ModelSpec spec = base.ReadConfig(config);
        bool[] sliding = Windows.ReadTypes(config, spec.Decoder!.Blocks.Length, ReadPattern(config));
        int? window = Windows.ReadSize(config, DefaultWindow);
        config.Check(window is not null || !sliding.Contains(true), "sliding_window", "blocks that look over a window need its size");
        int scalar = config.ReadInt(QueryScalar, DefaultQueryScalar);
        config.Check(scalar > 0, QueryScalar, "it must be at least 1");
        AttentionBias bias = ReadAttentionBias(config);
        double? scoreCap = ReadCap(config, ScoreCap, DefaultCaps.Scores), logitCap = ReadCap(config, LogitCap, DefaultCaps.Logits);
        spec = WithBlocks(spec, i => sliding[i], (block, slides) => block with
        {
            Placement = NormPlacement.Sandwich,
            AttentionNorm = WithOffset(block.AttentionNorm),
            FeedForwardNorm = WithOffset(block.FeedForwardNorm),
            Attention = block.Attention with
            {
                Bias = bias,
                SoftCap = scoreCap,
                Scale = scalar == block.Attention.HeadSize ? null : ScaleOf(scalar),
                Mask = slides ? new AttentionMask.SlidingWindow(window!.Value) : new AttentionMask.Causal(),
            },
        });
        return spec with
        {
            Embedding = spec.Embedding with { Scale = Math.Sqrt(spec.HiddenSize) },
            Decoder = spec.Decoder! with { FinalNorm = WithOffset(spec.Decoder!.FinalNorm!) },
            Head = spec.Head is HeadSpec.LanguageModel head ? head with { SoftCap = logitCap } : spec.Head,
        };
    }

    /// <inheritdoc/>
    public override void WriteConfig(ModelSpec spec, JsonObject config)
    {
        ImmutableArray<BlockSpec> blocks = Blocks(spec);
        Require(spec.Embedding.Scale == Math.Sqrt(spec.HiddenSize), "an embedding that is scaled by anything but the root of the hidden size");
        Require(blocks.All(block => block.Placement == NormPlacement.Sandwich), "norms elsewhere than before and after each part");
        double? scoreCap = Common(spec, block => block.Attention.SoftCap, "a soft cap");
        double scale = Common(spec, block => block.Attention.ScoreScale, "a scale of attention");
        int scalar = (int)Math.Clamp(Math.Round(1 / (scale * scale)), 1, int.MaxValue);
        Require(ScaleOf(scalar) == scale, "a scale of attention that is not one over the root of an integer");
        Windows.WriteSize(Windows.SizeOf(blocks, ModelType), config);
        Windows.WriteTypes(blocks, config);
        config[QueryScalar] = scalar;
        config[ScoreCap] = scoreCap;
        config[LogitCap] = (spec.Head as HeadSpec.LanguageModel)?.SoftCap;
        ModelSpec plain = WithBlocks(WithoutWindows(WriteAttentionBias(spec, config)), block => block with
        {
            Placement = NormPlacement.Pre,
            AttentionNorm = WithoutOffset(block.AttentionNorm),
            FeedForwardNorm = WithoutOffset(block.FeedForwardNorm),
            Attention = block.Attention with { SoftCap = null, Scale = null },
        });
        base.WriteConfig(plain with
        {
            Embedding = spec.Embedding with { Scale = 1 },
            Decoder = plain.Decoder! with { FinalNorm = WithoutOffset(spec.Decoder!.FinalNorm) },
            Head = spec.Head is HeadSpec.LanguageModel head ? head with { SoftCap = null } : spec.Head,
        }, config);
    }

    /// <inheritdoc/>
    private protected override string? NameInBlock(string part) => part switch
    {
        "attention_output_norm" => "post_attention_layernorm",
        "feed_forward_norm" => "pre_feedforward_layernorm",
        "feed_forward_output_norm" => "post_feedforward_layernorm",
        _ => base.NameInBlock(part),
    };

    private static double? ReadCap(ConfigReader config, string key, double? fallback) =>
        config.Has(key) ? config.ReadDouble(key, 0) : config.IsNull(key) ? null : fallback;

    private static double ScaleOf(int scalar) => 1 / Math.Sqrt(scalar);

    private static NormSpec.RmsNorm WithOffset(NormSpec norm) => new(norm.Epsilon, UnitOffset: true);

    private NormSpec.RmsNorm WithoutOffset(NormSpec? norm)
    {
        Require(norm is NormSpec.RmsNorm { UnitOffset: true }, "norms other than RMSNorm with an offset of one");
        return new(norm!.Epsilon);
    }
}

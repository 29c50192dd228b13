using System.Collections.Immutable;
using System.Text.Json.Nodes;

using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Spec;

namespace Weft.Model.Architectures;

/// <summary>
/// Gemma 3's text model (Gemma Team 2025, arXiv:2503.19786): norms of every head's query and key in place of the caps, and five blocks of six
/// look over a window, with a rotary base of their own.
/// </summary>
public sealed class Gemma3Text : GemmaFamily
{
    private const string LocalTheta = "rope_local_base_freq", Pattern = "sliding_window_pattern";

    private const double DefaultLocalTheta = 10_000;

    /// <inheritdoc/>
    public override string ModelType => "gemma3_text";

    /// <inheritdoc/>
    public override string ClassPrefix => "Gemma3";

    /// <inheritdoc/>
    public override GgufLayout? Gguf { get; } = new("gemma3", Activation.GeluTanh)
    {
        Bias = AttentionBias.None,
        Gemma = new(Period: 6, LargestBlocks: 62) { LocalTheta = DefaultLocalTheta },
    };

    /// <inheritdoc/>
    private protected override Defaults WhenAbsent => base.WhenAbsent with { Theta = 1_000_000 };

    /// <inheritdoc/>
    private protected override (double? Scores, double? Logits) DefaultCaps => (null, null);

    /// <summary>Only the language model's class is named like those of the model with images.</summary>
    public override string ClassName(HeadSpec head) => head is HeadSpec.LanguageModel ? base.ClassName(head) : base.ClassName(head).Replace(ClassPrefix, ClassPrefix + "Text", StringComparison.Ordinal);

    /// <inheritdoc/>
    public override ModelSpec ReadConfig(ConfigReader config)
    {
        config.Check(!config.Has("attn_logit_softcapping"), "attn_logit_softcapping", "the family's classes pass over it; set it to null");
        ModelSpec spec = WithHeadNorms(base.ReadConfig(config));
        PositionSpec.Rotary local = RotaryConfig.Read(config, spec.Decoder!.Blocks[0].Attention.HeadSize,
            new() { Theta = LocalTheta, DefaultTheta = DefaultLocalTheta, BlockType = RotaryConfig.SlidingBlocks });
        return WithBlocks(spec, block => Slides(block) ? block with { Attention = block.Attention with { Position = local } } : block);
    }

    /// <inheritdoc/>
    public override void WriteConfig(ModelSpec spec, JsonObject config)
    {
        ImmutableArray<BlockSpec> blocks = Blocks(spec);
        Require(blocks.All(block => block.Attention.SoftCap is null), "a soft cap of scores");
        BlockSpec? local = blocks.FirstOrDefault(Slides), global = blocks.FirstOrDefault(block => !Slides(block));
        Require(blocks.All(block => block.Attention.Position == (Slides(block) ? local : global)!.Attention.Position), "positions that differ among blocks of one type");
        Require(local is null or { Attention.Position: PositionSpec.Rotary { Scaling: RotaryScaling.None, RotatedSize: null, Interleaved: false } },
            "windows with positions other than plain rotary ones");
        config[LocalTheta] = (local?.Attention.Position as PositionSpec.Rotary)?.Theta ?? DefaultLocalTheta;
        // Versions before the list of types know only this number.
        if (Enumerable.Range(1, blocks.Length + 1).FirstOrDefault(every => blocks.Select(Slides).SequenceEqual(blocks.Select((_, i) => (i + 1) % every != 0))) is > 0 and var pattern)
            config[Pattern] = pattern;
        PositionSpec position = (global ?? blocks[0]).Attention.Position;
        base.WriteConfig(WithAttention(WithoutHeadNorms(spec), attention => attention with { Position = position }), config);
    }

    /// <inheritdoc/>
    private protected override PositionSpec.Rotary ReadRotary(ConfigReader config, int headSize) =>
        RotaryConfig.Read(config, headSize, new() { DefaultTheta = WhenAbsent.Theta, BlockType = RotaryConfig.FullBlocks });

    /// <inheritdoc/>
    private protected override Func<int, bool> ReadPattern(ConfigReader config)
    {
        string key = config.Has(Pattern) ? Pattern : $"_{Pattern}";
        int every = config.ReadInt(key, 6);
        config.Check(every > 0, key, "it must be at least 1");
        return index => (index + 1) % every != 0;
    }

    private static bool Slides(BlockSpec block) => block.Attention.Mask is AttentionMask.SlidingWindow;
}

using Weft.Model.Spec;

namespace Weft.Model.Architectures;

/// <summary>
/// What distinguishes a family in a GGUF file as llama.cpp writes it. Most names and keys are the same for all families; they follow from the
/// specification.
/// </summary>
/// <param name="Name"><c>general.architecture</c>, also the prefix of the family's keys.</param>
/// <param name="Activation">The nonlinearity of the feed-forward part, which no key tells.</param>
public sealed record GgufLayout(string Name, Activation Activation)
{
    /// <summary>Positions of attention in families where they are not rotary.</summary>
    public PositionSpec? Position { get; init; }

    /// <summary>Rows of query and key lie with rotary pairs side by side.</summary>
    public bool InterleavesPairs { get; init; }

    /// <summary>Heads may be rotated in part.</summary>
    public bool TurnsPartly { get; init; }

    /// <summary>Rotary frequencies may be divided by factors that the file has as tensors, one set for short sequences and one for long.</summary>
    public bool HasLongRope { get; init; }

    /// <summary>A key may say a window of all blocks, which llama.cpp passes over, so that it is read but not written.</summary>
    public bool HasIdleWindow { get; init; }

    /// <summary>Query, key and value share one tensor, <c>attn_qkv</c>.</summary>
    public bool JoinsAttention { get; init; }

    /// <summary>Gate and up share one tensor, <c>ffn_up</c>.</summary>
    public bool JoinsGate { get; init; }

    /// <summary>A key says whether both parts of a block stand side by side.</summary>
    public bool MayBeParallel { get; init; }

    /// <summary>The only biases of attention that llama.cpp loads; null for any.</summary>
    public AttentionBias? Bias { get; init; }

    /// <summary>The heads have to add up to the hidden size.</summary>
    public bool FillsWidth { get; init; }

    /// <summary>Whether the embedding has to be the head's projection too, or must not be; null for either.</summary>
    public bool? Tied { get; init; }

    /// <summary>Whether the feed-forward parts have to be experts, or must not be; null for either.</summary>
    public bool? HasExperts { get; init; } = false;

    /// <summary>What Gemma has beside; null in other families.</summary>
    public GgufGemma? Gemma { get; init; }
}

/// <summary>
/// Gemma's own: norms after each part too, gains that the file has with their one added, a scaled embedding, windows in most blocks.
/// </summary>
/// <param name="Period">Every so many blocks one sees everything, where no key says otherwise.</param>
/// <param name="LargestBlocks">Blocks of the largest model, whose scores are scaled by hidden size and heads instead of the head size.</param>
public sealed record GgufGemma(int Period, int LargestBlocks)
{
    /// <summary>The window where no key says it; null for none.</summary>
    public int? Window { get; init; }

    /// <summary>The rotary base of blocks with a window, which then have no scaling; null where it is that of all blocks.</summary>
    public double? LocalTheta { get; init; }

    /// <summary>Soft cap of scores that llama.cpp takes where no key says it; null where the family has none.</summary>
    public double? ScoreCap { get; init; }

    /// <summary>Soft cap of logits where no key says it; null for none.</summary>
    public double? LogitCap { get; init; }
}

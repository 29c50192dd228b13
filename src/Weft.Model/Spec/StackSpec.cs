using System.Collections.Immutable;

namespace Weft.Model.Spec;

/// <summary>Blocks in order and the normalisation after the last of them.</summary>
/// <param name="Blocks">One entry a block; entries may differ.</param>
/// <param name="FinalNorm">Applied to the last hidden states.</param>
public sealed record StackSpec(ImmutableArray<BlockSpec> Blocks, NormSpec FinalNorm)
{
    /// <summary>A stack of equal blocks.</summary>
    public static StackSpec Uniform(int count, BlockSpec block, NormSpec finalNorm) =>
        new([.. Enumerable.Repeat(block, count)], finalNorm);

    /// <inheritdoc/>
    public bool Equals(StackSpec? other) =>
        other is not null && FinalNorm == other.FinalNorm && Blocks.AsSpan().SequenceEqual(other.Blocks.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => Blocks.IsDefaultOrEmpty ? 0 : HashCode.Combine(Blocks.Length, FinalNorm, Blocks[0]);

    internal void Validate()
    {
        SpecCheck.Positive(Blocks.IsDefault ? 0 : Blocks.Length, "Blocks");
        FinalNorm.Validate();
        foreach (BlockSpec block in Blocks)
            block.Validate();
    }
}

/// <summary>One pre-norm Transformer block: x + attention(norm(x)), then x + feed-forward(norm(x)).</summary>
/// <param name="AttentionNorm">Before attention.</param>
/// <param name="Attention">Causal self attention.</param>
/// <param name="FeedForwardNorm">Before the feed-forward part.</param>
/// <param name="FeedForward">The position-wise part.</param>
public sealed record BlockSpec(NormSpec AttentionNorm, AttentionSpec Attention, NormSpec FeedForwardNorm, FeedForwardSpec FeedForward)
{
    internal void Validate()
    {
        AttentionNorm.Validate();
        Attention.Validate();
        FeedForwardNorm.Validate();
        SpecCheck.Positive(FeedForward.InnerSize, "InnerSize");
        if (!Enum.IsDefined(FeedForward.Activation))
            throw new ArgumentException($"activation {FeedForward.Activation} is unknown; choose one of {string.Join(", ", Enum.GetNames<Activation>())}");
    }
}

/// <summary>Normalisation of hidden states. A closed set: LayerNorm, RmsNorm.</summary>
/// <param name="Epsilon">Added to the variance or mean square before the root.</param>
public abstract record NormSpec(double Epsilon)
{
    internal void Validate() => SpecCheck.Finite(Epsilon, 0, nameof(Epsilon));

    /// <summary>Centred and scaled, with a gain and, optionally, a bias (Ba et al. 2016, arXiv:1607.06450).</summary>
    /// <param name="Epsilon">Added to the variance.</param>
    /// <param name="Bias">A trained offset is added.</param>
    public sealed record LayerNorm(double Epsilon, bool Bias) : NormSpec(Epsilon);

    /// <summary>Scaled by the root mean square, with a gain (Zhang and Sennrich 2019, arXiv:1910.07467).</summary>
    /// <param name="Epsilon">Added to the mean square.</param>
    public sealed record RmsNorm(double Epsilon) : NormSpec(Epsilon);
}

/// <summary>Causal self attention with grouped queries; equal head counts make it multi-head.</summary>
/// <param name="Heads">Query heads.</param>
/// <param name="KeyValueHeads">Key and value heads; divides <paramref name="Heads"/>.</param>
/// <param name="HeadSize">Width of one head.</param>
/// <param name="Position"><see cref="PositionSpec.None"/> or <see cref="PositionSpec.Rotary"/>.</param>
/// <param name="Bias">Which of the four projections carry a bias.</param>
public sealed record AttentionSpec(int Heads, int KeyValueHeads, int HeadSize, PositionSpec Position, AttentionBias Bias)
{
    /// <summary>Published bases lie between 10^4 and 10^7; below 1 wavelengths would shrink, which no model means.</summary>
    private const double SmallestTheta = 1;

    /// <summary>Query, key and value carry a bias.</summary>
    public bool HasInputBias => Bias != AttentionBias.None;

    /// <summary>The output carries a bias.</summary>
    public bool HasOutputBias => Bias == AttentionBias.All;

    /// <summary>Width of all query heads together.</summary>
    public int QuerySize => Heads * HeadSize;

    /// <summary>Width of all key heads together, and of all value heads.</summary>
    public int KeyValueSize => KeyValueHeads * HeadSize;

    internal void Validate()
    {
        SpecCheck.Positive(Heads, nameof(Heads));
        SpecCheck.Positive(KeyValueHeads, nameof(KeyValueHeads));
        SpecCheck.Positive(HeadSize, nameof(HeadSize));
        if ((long)Heads * HeadSize > int.MaxValue)
            throw new ArgumentException($"{Heads} heads of {HeadSize} make a width beyond {int.MaxValue}; the sizes cannot be right");
        if (Heads % KeyValueHeads != 0)
            throw new ArgumentException($"{KeyValueHeads} key-value heads do not divide {Heads} query heads; choose a divisor");
        if (!Enum.IsDefined(Bias))
            throw new ArgumentException($"attention bias {Bias} is unknown; choose one of {string.Join(", ", Enum.GetNames<AttentionBias>())}");
        if (Position is PositionSpec.Learned)
            throw new ArgumentException("Learned positions belong to the embedding, not to attention");
        if (Position is not PositionSpec.Rotary rotary)
            return;
        SpecCheck.Finite(rotary.Theta, SmallestTheta, nameof(rotary.Theta));
        rotary.Scaling.Validate();
        if (rotary is { Theta: 1, Scaling: RotaryScaling.Yarn })
            throw new ArgumentException("Theta is 1; YaRN needs wavelengths that grow, so give a larger one");
        if (HeadSize % 2 != 0)
            throw new ArgumentException($"rotary positions need an even head size, not {HeadSize}");
    }
}

/// <summary>Which projections of attention carry a bias.</summary>
public enum AttentionBias
{
    /// <summary>None of them.</summary>
    None,

    /// <summary>Query, key and value, but not the output, as in Qwen 2.</summary>
    QueryKeyValue,

    /// <summary>All four.</summary>
    All,
}

/// <summary>The position-wise part of a block. A closed set: Dense, Gated.</summary>
/// <param name="InnerSize">Width between the two projections.</param>
/// <param name="Activation">The nonlinearity.</param>
/// <param name="Bias">The projections carry a bias.</param>
public abstract record FeedForwardSpec(int InnerSize, Activation Activation, bool Bias)
{
    /// <summary>down(activation(up(x))).</summary>
    /// <param name="InnerSize">Width between the two projections.</param>
    /// <param name="Activation">The nonlinearity.</param>
    /// <param name="Bias">The projections carry a bias.</param>
    public sealed record Dense(int InnerSize, Activation Activation, bool Bias) : FeedForwardSpec(InnerSize, Activation, Bias);

    /// <summary>down(activation(gate(x)) · up(x)) (Shazeer 2020, arXiv:2002.05202).</summary>
    /// <param name="InnerSize">Width between the projections.</param>
    /// <param name="Activation">The nonlinearity of the gate.</param>
    /// <param name="Bias">The projections carry a bias.</param>
    public sealed record Gated(int InnerSize, Activation Activation, bool Bias) : FeedForwardSpec(InnerSize, Activation, Bias);
}

/// <summary>Nonlinearities of the feed-forward part.</summary>
public enum Activation
{
    /// <summary>x·Φ(x) with the error function (Hendrycks and Gimpel 2016, arXiv:1606.08415).</summary>
    Gelu,

    /// <summary>The tanh approximation of GELU that GPT-2 was trained with.</summary>
    GeluTanh,

    /// <summary>x·sigmoid(x).</summary>
    Silu,
}

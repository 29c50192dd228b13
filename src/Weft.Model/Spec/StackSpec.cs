using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Weft.Model.Spec;

/// <summary>Blocks in order and the normalisation after the last of them.</summary>
/// <param name="Blocks">One entry a block; entries may differ.</param>
/// <param name="FinalNorm">Applied to the last hidden states; null where the blocks end with a norm of their own.</param>
public sealed record StackSpec([property: JsonConverter(typeof(BlockRunConverter))] ImmutableArray<BlockSpec> Blocks, NormSpec? FinalNorm)
{
    /// <summary>A stack of equal blocks.</summary>
    public static StackSpec Uniform(int count, BlockSpec block, NormSpec? finalNorm) =>
        new([.. Enumerable.Repeat(block, count)], finalNorm);

    /// <summary>The relative buckets that the blocks share one table of; null where they have none.</summary>
    [JsonIgnore]
    public AttentionSpec? BucketedAttention => Blocks.Select(block => block.Attention).FirstOrDefault(attention => attention.Position is PositionSpec.Buckets);

    /// <inheritdoc/>
    public bool Equals(StackSpec? other) =>
        other is not null && FinalNorm == other.FinalNorm && Blocks.AsSpan().SequenceEqual(other.Blocks.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => Blocks.IsDefaultOrEmpty ? 0 : HashCode.Combine(Blocks.Length, FinalNorm, Blocks[0]);

    internal void Validate(bool isEncoder, bool crosses)
    {
        SpecCheck.Positive(Blocks.IsDefault ? 0 : Blocks.Length, "Blocks");
        FinalNorm?.Validate();
        foreach (BlockSpec block in Blocks)
        {
            block.Validate();
            if (isEncoder != block.Attention.Mask is AttentionMask.Bidirectional)
                throw new ArgumentException($"{(isEncoder ? "an encoder" : "a decoder")} cannot have a {block.Attention.Mask.GetType().Name} mask; encoders look both ways, decoders back");
            if (crosses != block.CrossAttention is not null)
                throw new ArgumentException(crosses
                    ? "a decoder block has no cross attention though there is an encoder; give every block one"
                    : "a block has cross attention but nothing to attend to; only decoders beside an encoder have it");
        }
        if (BucketedAttention is { } first && Blocks.Any(block => block.Attention.Position is PositionSpec.Buckets buckets
            && (buckets != first.Position || block.Attention.Heads != first.Heads)))
            throw new ArgumentException("blocks of one stack share one table of relative buckets, so their buckets and heads must be equal");
    }
}

/// <summary>One Transformer block: attention, cross attention where it has one, and a feed-forward part, each with a norm and a residual line.</summary>
/// <param name="AttentionNorm">Of attention.</param>
/// <param name="Attention">Self attention.</param>
/// <param name="FeedForwardNorm">Of the feed-forward part.</param>
/// <param name="FeedForward">The position-wise part.</param>
public sealed record BlockSpec(NormSpec AttentionNorm, AttentionSpec Attention, NormSpec FeedForwardNorm, FeedForwardSpec FeedForward)
{
    /// <summary>Where the norms stand.</summary>
    public NormPlacement Placement { get; init; }

    /// <summary>Attention to the encoder's states, between the other two; null where there is none.</summary>
    public CrossAttentionSpec? CrossAttention { get; init; }

    /// <summary>Multiplies what a part adds to the residual line, as in Granite.</summary>
    public double ResidualScale { get; init; } = 1;

    internal void Validate()
    {
        AttentionNorm.Validate();
        Attention.Validate();
        FeedForwardNorm.Validate();
        FeedForward.Validate();
        SpecCheck.Defined(Placement, "norm placement");
        SpecCheck.Finite(ResidualScale, double.Epsilon, nameof(ResidualScale));
        if (CrossAttention is null)
            return;
        CrossAttention.Norm.Validate();
        CrossAttention.Attention.Validate();
        if (CrossAttention.Attention is not { Mask: AttentionMask.Bidirectional, Position: PositionSpec.None })
            throw new ArgumentException("cross attention sees all of the encoder's states, and their positions mean nothing to it; give it a Bidirectional mask and no positions");
        if (Placement == NormPlacement.Parallel)
            throw new ArgumentException("a block with cross attention cannot be parallel, since it reads what attention wrote");
    }
}

/// <summary>Attention of a decoder's block to the encoder's states (Vaswani et al. 2017, arXiv:1706.03762, section 3.2.3).</summary>
/// <param name="Norm">Placed as the block's other norms.</param>
/// <param name="Attention">Queries are the decoder's, keys and values the encoder's.</param>
public sealed record CrossAttentionSpec(NormSpec Norm, AttentionSpec Attention);

/// <summary>Where the norms of a block stand; f is attention or the feed-forward part.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<NormPlacement>))]
public enum NormPlacement
{
    /// <summary>x + f(norm(x)), as in GPT-2 and most models since.</summary>
    Pre,

    /// <summary>norm(x + f(x)), as in the original Transformer.</summary>
    Post,

    /// <summary>x + norm(f(norm(x))), the outer norm with numbers of its own, as in Gemma 2.</summary>
    Sandwich,

    /// <summary>x + attention(norm(x)) + feed-forward(norm(x)), each norm with numbers of its own, as in GPT-NeoX.</summary>
    Parallel,
}

using System.Text.Json.Serialization;

namespace Weft.Model.Spec;

/// <summary>Attention with grouped queries; equal head counts make it multi-head, one key-value head multi-query.</summary>
/// <param name="Heads">Query heads.</param>
/// <param name="KeyValueHeads">Key and value heads; divides <paramref name="Heads"/>.</param>
/// <param name="HeadSize">Width of one head.</param>
/// <param name="Position">Every choice but <see cref="PositionSpec.Learned"/> and <see cref="PositionSpec.Sinusoidal"/>.</param>
/// <param name="Bias">Which of the four projections carry a bias.</param>
public sealed record AttentionSpec(int Heads, int KeyValueHeads, int HeadSize, PositionSpec Position, AttentionBias Bias)
{
    /// <summary>Published bases lie between 10^4 and 10^7; below 1 wavelengths would shrink, which no model means.</summary>
    private const double SmallestTheta = 1;

    /// <summary>Which keys a query sees.</summary>
    public AttentionMask Mask { get; init; } = new AttentionMask.Causal();

    /// <summary>Where the weight goes that no key deserves.</summary>
    public AttentionSinks Sinks { get; init; } = new AttentionSinks.None();

    /// <summary>Of every head's query and key, before they are rotated, with one gain for all heads; null where there is none.</summary>
    public NormSpec? QueryKeyNorm { get; init; }

    /// <summary>Scores become c·tanh(score/c), as in Gemma 2; null for none.</summary>
    public double? SoftCap { get; init; }

    /// <summary>Multiplies the products of queries and keys; null for 1/sqrt(head size).</summary>
    public double? Scale { get; init; }

    /// <summary>What the products of queries and keys are multiplied by.</summary>
    [JsonIgnore]
    public double ScoreScale => Scale ?? 1 / Math.Sqrt(HeadSize);

    /// <summary>Query, key and value carry a bias.</summary>
    [JsonIgnore]
    public bool HasInputBias => Bias != AttentionBias.None;

    /// <summary>The output carries a bias.</summary>
    [JsonIgnore]
    public bool HasOutputBias => Bias == AttentionBias.All;

    /// <summary>Width of all query heads together.</summary>
    [JsonIgnore]
    public int QuerySize => Heads * HeadSize;

    /// <summary>Width of all key heads together, and of all value heads.</summary>
    [JsonIgnore]
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
        SpecCheck.Defined(Bias, "attention bias");
        SpecCheck.Finite(SoftCap ?? 1, double.Epsilon, nameof(SoftCap));
        SpecCheck.Finite(Scale ?? 1, double.Epsilon, nameof(Scale));
        QueryKeyNorm?.Validate();
        Mask.Validate();
        if (Sinks is AttentionSinks.FirstTokens first)
        {
            SpecCheck.Positive(first.Count, "tokens that are sinks");
            if (Mask is not (AttentionMask.SlidingWindow or AttentionMask.Chunked))
                throw new ArgumentException($"first tokens are sinks of a window or of chunks; a {Mask.GetType().Name} mask sees them anyway");
        }
        ValidatePosition();
    }

    private void ValidatePosition()
    {
        switch (Position)
        {
            case PositionSpec.Learned or PositionSpec.Sinusoidal:
                throw new ArgumentException($"{Position.GetType().Name} positions belong to the embedding, not to attention");
            case PositionSpec.Rotary rotary:
                Validate(rotary);
                break;
            case PositionSpec.Buckets buckets:
                // A quarter of the ranges hold one distance each where attention looks both ways; the logarithm needs one of them at least.
                SpecCheck.AtLeast(buckets.Count, 4, "relative buckets");
                SpecCheck.AtLeast(buckets.MaximumDistance, buckets.Count, nameof(buckets.MaximumDistance));
                break;
            case PositionSpec.Shaw shaw:
                SpecCheck.Positive(shaw.MaximumDistance, nameof(shaw.MaximumDistance));
                break;
        }
    }

    private void Validate(PositionSpec.Rotary rotary)
    {
        SpecCheck.Finite(rotary.Theta, SmallestTheta, nameof(rotary.Theta));
        int rotated = rotary.RotatedOf(HeadSize);
        if (rotated % 2 != 0 || rotated < 2 || rotated > HeadSize)
            throw new ArgumentException(rotary.RotatedSize is null
                ? $"rotary positions need an even head size, not {HeadSize}"
                : $"{rotated} values cannot be rotated in a head of {HeadSize}; give an even number from 2 to the head's size");
        rotary.Scaling.Validate(rotated);
        if (rotary is { Theta: 1, Scaling: RotaryScaling.Yarn })
            throw new ArgumentException("Theta is 1; YaRN needs wavelengths that grow, so give a larger one");
    }
}

/// <summary>Which projections of attention carry a bias.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<AttentionBias>))]
public enum AttentionBias
{
    /// <summary>None of them.</summary>
    None,

    /// <summary>Query, key and value, but not the output, as in Qwen 2.</summary>
    QueryKeyValue,

    /// <summary>All four.</summary>
    All,
}

/// <summary>Which keys a query sees. A closed set: Causal, Bidirectional, SlidingWindow, Chunked.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = SpecJson.Kind)]
[JsonDerivedType(typeof(Causal), "causal")]
[JsonDerivedType(typeof(Bidirectional), "bidirectional")]
[JsonDerivedType(typeof(SlidingWindow), "sliding_window")]
[JsonDerivedType(typeof(Chunked), "chunked")]
public abstract record AttentionMask
{
    private AttentionMask()
    {
    }

    /// <summary>The first position that the query at <paramref name="position"/> sees, sinks aside.</summary>
    public int FirstVisible(int position) => this switch
    {
        SlidingWindow window => Math.Max(0, position - window.Size + 1),
        Chunked chunked => position / chunked.Size * chunked.Size,
        Causal or Bidirectional => 0,
        _ => throw new NotSupportedException($"mask {GetType().Name} is unknown"),
    };

    internal void Validate()
    {
        if (this is SlidingWindow window)
            SpecCheck.Positive(window.Size, "the sliding window");
        if (this is Chunked chunked)
            SpecCheck.Positive(chunked.Size, "the chunk");
    }

    /// <summary>Itself and all before it.</summary>
    public sealed record Causal : AttentionMask;

    /// <summary>All of the sequence, as in encoders and in cross attention.</summary>
    public sealed record Bidirectional : AttentionMask;

    /// <summary>Itself and those before it, together at most so many (Beltagy et al. 2020, arXiv:2004.05150).</summary>
    /// <param name="Size">Tokens.</param>
    public sealed record SlidingWindow(int Size) : AttentionMask;

    /// <summary>Itself and those before it in the same chunk of the sequence, as in Llama 4.</summary>
    /// <param name="Size">Tokens of a chunk; the first begins at position 0.</param>
    public sealed record Chunked(int Size) : AttentionMask;
}

/// <summary>Where the weight goes that no key deserves. A closed set: None, Learned, FirstTokens.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = SpecJson.Kind)]
[JsonDerivedType(typeof(None), "none")]
[JsonDerivedType(typeof(Learned), "learned")]
[JsonDerivedType(typeof(FirstTokens), "first_tokens")]
public abstract record AttentionSinks
{
    private AttentionSinks()
    {
    }

    /// <summary>Nowhere: the weights of the keys add up to one.</summary>
    public sealed record None : AttentionSinks;

    /// <summary>To one more score a head, which is trained and has no value (as in gpt-oss).</summary>
    public sealed record Learned : AttentionSinks;

    /// <summary>To the first tokens of the sequence, which stay visible beyond the window (Xiao et al. 2023, arXiv:2309.17453).</summary>
    /// <param name="Count">How many.</param>
    public sealed record FirstTokens(int Count) : AttentionSinks;
}

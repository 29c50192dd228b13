namespace Weft.Text;

/// <summary>How texts become ids.</summary>
public sealed record EncodeOptions
{
    internal static EncodeOptions Default { get; } = new();

    /// <summary>Add the tokens that the file puts around texts, such as the beginning of the text.</summary>
    public bool AddSpecialTokens { get; init; } = true;

    /// <summary>Which special tokens the text itself may name. None by default.</summary>
    public SpecialTokens AllowedSpecialTokens { get; init; } = SpecialTokens.None;

    /// <summary>Cut what is longer than this. Null, the default, cuts nothing.</summary>
    public Truncation? Truncate { get; init; }

    /// <summary>Make texts equally long. Null, the default, pads nothing.</summary>
    public Padding? Pad { get; init; }
}

/// <summary>Cuts texts to a greatest length.</summary>
/// <param name="MaximumLength">Ids of the result, special tokens included.</param>
public sealed record Truncation(int MaximumLength)
{
    /// <summary>Which text of a pair gets shorter.</summary>
    public TruncationStrategy Strategy { get; init; }

    /// <summary>Take from the beginning instead of the end.</summary>
    public bool FromLeft { get; init; }

    /// <summary>Ids that a cut-off part repeats from the part before it.</summary>
    public int Stride { get; init; }
}

/// <summary>Which text of a pair gets shorter.</summary>
public enum TruncationStrategy
{
    /// <summary>The longer one, until both have the same length.</summary>
    LongestFirst,

    /// <summary>The first.</summary>
    OnlyFirst,

    /// <summary>The second.</summary>
    OnlySecond,
}

/// <summary>Fills texts up to one length.</summary>
/// <param name="Id">The id that fills.</param>
/// <param name="Token">Its token.</param>
public sealed record Padding(int Id, string Token)
{
    /// <summary>The length; null for that of the longest text of the batch.</summary>
    public int? FixedLength { get; init; }

    /// <summary>Round the length up to a multiple of this; null for no rounding.</summary>
    public int? MultipleOf { get; init; }

    /// <summary>The type id that goes with the padding.</summary>
    public int TypeId { get; init; }

    /// <summary>Fill at the beginning instead of the end.</summary>
    public bool OnLeft { get; init; }
}

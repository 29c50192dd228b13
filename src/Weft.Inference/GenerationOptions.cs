namespace Weft.Inference;

/// <summary>How far a text is continued, and how its tokens are chosen.</summary>
public sealed record GenerationOptions
{
    /// <summary>Most tokens to generate; the context may end a text earlier.</summary>
    public int MaximumTokens { get; init; } = 256;

    /// <summary>How a token is drawn from the logits.</summary>
    public SamplingOptions Sampling { get; init; } = new();

    /// <summary>A token that ends a text ends the generation; it is the last token given.</summary>
    public bool StopAtEndOfText { get; init; } = true;

    /// <summary>
    /// Candidates of a beam search for the most likely continuation; 1 draws token by token instead. A search gives all its tokens at the end,
    /// and leaves nothing to chance: <see cref="Sampling"/> has no part in it.
    /// </summary>
    public int Beams { get; init; } = 1;

    /// <summary>A beam search compares log-probability / length^penalty: above 0 longer continuations gain, below 0 shorter ones.</summary>
    public double LengthPenalty { get; init; } = 1;

    /// <summary>
    /// The id that a decoder beside an encoder has to begin with, such as the language of a translation, in place of the one that the model's files name; null for
    /// that one.
    /// </summary>
    public int? ForcedBeginId { get; init; }

    internal GenerationOptions Validate()
    {
        if (Beams < 1)
            throw new ArgumentOutOfRangeException(nameof(Beams), Beams, $"Beams is {Beams}; use 1 or more");
        if (!double.IsFinite(LengthPenalty))
            throw new ArgumentOutOfRangeException(nameof(LengthPenalty), LengthPenalty, $"LengthPenalty is {LengthPenalty}; use a finite number");
        if (MaximumTokens < 1)
            throw new ArgumentOutOfRangeException(nameof(MaximumTokens), MaximumTokens, $"MaximumTokens is {MaximumTokens}; ask for 1 or more");
        ArgumentNullException.ThrowIfNull(Sampling);
        Sampling.Validate();
        return this;
    }
}

/// <summary>Why a generation ended.</summary>
public enum StopReason
{
    /// <summary>The model gave a token that ends a text.</summary>
    EndOfText,

    /// <summary><see cref="GenerationOptions.MaximumTokens"/> were generated.</summary>
    MaximumTokens,

    /// <summary>The prompt and the generated tokens fill the model's context.</summary>
    ContextFull,
}

/// <summary>One generated token.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Text">The text that became certain with it, often empty: a character may take several tokens.</param>
/// <param name="Index">0 for the first generated token.</param>
public readonly record struct GeneratedToken(int Id, string Text, int Index)
{
    /// <summary>Why the generation ends with this token; null for all but the last.</summary>
    public StopReason? StopReason { get; init; }
}

/// <summary>One of the texts that a search found.</summary>
/// <param name="Ids">Its tokens, with the one that ends it if one does.</param>
/// <param name="Text">What they stand for.</param>
/// <param name="Score">Log-probability / length^penalty, by which texts are compared.</param>
public sealed record Hypothesis(IReadOnlyList<int> Ids, string Text, double Score)
{
    /// <summary>Why it ends.</summary>
    public required StopReason StopReason { get; init; }
}

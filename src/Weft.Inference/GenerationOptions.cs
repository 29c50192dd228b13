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
    /// Above 0, a beam search of an encoder-decoder adds this times the sum over the source's tokens of log(min(a, 1)) to the score of a text, where a is what the token has of the
    /// text's attention in all steps together (Wu et al. 2016, arXiv:1609.08144, equation 14; 0.2 there): a text loses that leaves a part of its source out. The attention is that of
    /// the last layer, averaged over its heads. Texts that have ended are compared by it, and with the best open ones when it is asked whether to go on; which open texts are
    /// continued is a matter of their probability alone. 0 leaves it out, and then it costs nothing.
    /// </summary>
    public double CoveragePenalty { get; init; }

    /// <summary>
    /// The id that a decoder beside an encoder has to begin with, such as the language of a translation, in place of the one that the model's files name; null for
    /// that one.
    /// </summary>
    public int? ForcedBeginId { get; init; }

    /// <summary>
    /// What the text may be, token by token; null for anything. A token that ends a text is chosen only where the constraint lets it end. A beam search has none.
    /// </summary>
    public ITokenConstraint? Constraint { get; init; }

    internal GenerationOptions Validate()
    {
        if (Beams > 1 && Constraint is not null)
            throw new ArgumentException($"Beams is {Beams} and there is a Constraint, which a beam search does not heed; use 1, or leave the constraint out", nameof(Beams));
        if (Beams < 1)
            throw new ArgumentOutOfRangeException(nameof(Beams), Beams, $"Beams is {Beams}; use 1 or more");
        if (!double.IsFinite(LengthPenalty))
            throw new ArgumentOutOfRangeException(nameof(LengthPenalty), LengthPenalty, $"LengthPenalty is {LengthPenalty}; use a finite number");
        if (!(CoveragePenalty >= 0 && double.IsFinite(CoveragePenalty)))
            throw new ArgumentOutOfRangeException(nameof(CoveragePenalty), CoveragePenalty, $"CoveragePenalty is {CoveragePenalty}; use 0 for none, or a positive number such as 0.2");
        if (CoveragePenalty > 0 && Beams == 1)
            throw new ArgumentOutOfRangeException(nameof(CoveragePenalty), CoveragePenalty,
                $"CoveragePenalty is {CoveragePenalty}, but Beams is 1, and one text alone is not compared; use 2 or more beams, or leave the penalty out");
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

    /// <summary>The text is whole: <see cref="GenerationOptions.Constraint"/> lets nothing follow.</summary>
    Complete,
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
/// <param name="Score">Log-probability / length^penalty, and what <see cref="GenerationOptions.CoveragePenalty"/> adds: by this texts are compared.</param>
public sealed record Hypothesis(IReadOnlyList<int> Ids, string Text, double Score)
{
    /// <summary>Why it ends.</summary>
    public required StopReason StopReason { get; init; }
}

namespace Weft.Tasks;

/// <summary>How answers are looked for.</summary>
public sealed record QuestionAnsweringOptions
{
    /// <summary>Refuse, Truncate, or Stride: then the context is read in windows that overlap, and the best spans of all of them compete.</summary>
    public LongInput Long { get; init; }

    /// <summary>Tokens of the context that a window repeats from the one before it.</summary>
    public int Overlap { get; init; } = 128;

    /// <summary>Most tokens of an answer.</summary>
    public int MaximumAnswerTokens { get; init; } = 30;

    /// <summary>Answers that are kept, which share their probabilities with each other and with that of no answer.</summary>
    public int Candidates { get; init; } = 20;

    /// <summary>The context may hold no answer, as in SQuAD 2. Off: the best span is always an answer.</summary>
    public bool AllowNoAnswer { get; init; }

    /// <summary>With <see cref="AllowNoAnswer"/>: there is no answer where its score is greater than that of the best span by more than this.</summary>
    public double NoAnswerThreshold { get; init; }

    internal QuestionAnsweringOptions Validate()
    {
        LongInputs.Check(Long, LongInput.Refuse, LongInput.Truncate, LongInput.Stride);
        ArgumentOutOfRangeException.ThrowIfNegative(Overlap);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaximumAnswerTokens, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Candidates, 1);
        if (!double.IsFinite(NoAnswerThreshold))
            throw new ArgumentOutOfRangeException(nameof(NoAnswerThreshold), NoAnswerThreshold, $"NoAnswerThreshold is {NoAnswerThreshold}; use a finite number such as 0");
        return this;
    }
}

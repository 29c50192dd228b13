namespace Weft.Data;

/// <summary>How questions are made of a text.</summary>
public sealed record ClozeOptions
{
    /// <summary>Most questions of a passage.</summary>
    public int PerPassage { get; init; } = 4;

    /// <summary>Most questions of all; null for no end but that of the text.</summary>
    public int? Limit { get; init; }

    /// <summary>Another seed asks for other parts of the same passages, and in other words.</summary>
    public ulong Seed { get; init; }

    /// <summary>Share of questions that ask for a run of ordinary words (<see cref="AnswerKind.Phrase"/>) where a passage has other answers too, 0 to 1.</summary>
    public double PhraseShare { get; init; } = 0.2;

    /// <summary>Share of a question's words that are left out, 0 to less than 1.</summary>
    public double DropShare { get; init; } = 0.15;

    /// <summary>Share of questions in which the words behind the answer come first, 0 to 1.</summary>
    public double SwapShare { get; init; } = 0.5;

    /// <exception cref="ArgumentOutOfRangeException">An option is impossible; the message names it.</exception>
    internal ClozeOptions Validate()
    {
        if (PerPassage < 1)
            throw new ArgumentOutOfRangeException(nameof(PerPassage), PerPassage, $"PerPassage is {PerPassage}; ask for 1 or more");
        if (Limit < 1)
            throw new ArgumentOutOfRangeException(nameof(Limit), Limit, $"Limit is {Limit}; ask for 1 or more, or for no end by null");
        CheckShare(PhraseShare, nameof(PhraseShare));
        CheckShare(DropShare, nameof(DropShare));
        CheckShare(SwapShare, nameof(SwapShare));
        if (DropShare == 1)
            throw new ArgumentOutOfRangeException(nameof(DropShare), DropShare, "DropShare is 1, which leaves no word of a question; use less");
        return this;
    }

    private static void CheckShare(double share, string name)
    {
        if (!(share is >= 0 and <= 1))
            throw new ArgumentOutOfRangeException(name, share, FormattableString.Invariant($"{name} is {share}; a share lies between 0 and 1"));
    }
}

/// <summary>What an answer looks like, by which the question's word is chosen.</summary>
public enum AnswerKind
{
    /// <summary>A year, a day, a decade, a century: when.</summary>
    Date,

    /// <summary>A number of something, a share or a sum of money: how many, how much.</summary>
    Number,

    /// <summary>A run of capitalised words within a sentence; in Chinese, of Latin letters: who, whose, where, what.</summary>
    Name,

    /// <summary>A few words in quotation marks, or a title in Chinese ones: what.</summary>
    Quotation,

    /// <summary>A run of ordinary words between two that join words: what.</summary>
    Phrase,
}

/// <summary>A question that was made of a sentence, and what it asks for.</summary>
/// <param name="Question">With the passage and the answer's place in it.</param>
/// <param name="Kind">What its answer looks like.</param>
public sealed record ClozeQuestion(ReadingQuestion Question, AnswerKind Kind);

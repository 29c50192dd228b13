using System.Collections.Immutable;

namespace Weft.Training.Objectives;

/// <summary>What a classifier says of a sequence.</summary>
public enum LabelKind
{
    /// <summary>One of several labels.</summary>
    One,

    /// <summary>Any number of labels.</summary>
    Several,

    /// <summary>A number.</summary>
    Number,

    /// <summary>Its first and last token that answer a question.</summary>
    Span,

    /// <summary>One of several labels for each word.</summary>
    EachWord,
}

/// <summary>
/// The loss of a classifier: cross-entropy of one label, of a row or of each word, the mean over labels of binary cross-entropies, the squared error of a number, or the
/// mean of the cross-entropies of an answer's ends.
/// </summary>
/// <param name="Kind">Which of them.</param>
/// <param name="Count">Outputs of the head: labels, 1 for a number, or 2 for the ends of an answer.</param>
public sealed record LabelLossOptions(LabelKind Kind, int Count)
{
    /// <summary>How much a row counts in training, by the index of its label; empty: all the same. The sum of weighted losses is divided by the number of rows, not by the weights.</summary>
    public ImmutableArray<double> Weights { get; init; } = [];

    /// <summary>Share of the label's probability that is spread over all labels, in training alone.</summary>
    public double LabelSmoothing { get; init; }

    /// <summary>Names of the labels of words, from which the parts of a text follow that they make; empty: none are looked for.</summary>
    public ImmutableArray<string> Names { get; init; } = [];

    /// <summary>Counts to which rows are added.</summary>
    internal LabelScores NewScores() => new(Kind, Count) { Entities = EntityScores.Fits(Names) ? new(Names) : null };
}

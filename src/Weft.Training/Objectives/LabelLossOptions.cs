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
}

/// <summary>The loss of a classifier: cross-entropy of one label, the mean over labels of binary cross-entropies, or the squared error of a number.</summary>
/// <param name="Kind">Which of them.</param>
/// <param name="Count">Outputs of the head: labels, or 1 for a number.</param>
public sealed record LabelLossOptions(LabelKind Kind, int Count)
{
    /// <summary>How much a row counts in training, by the index of its label; empty: all the same. The sum of weighted losses is divided by the number of rows, not by the weights.</summary>
    public ImmutableArray<double> Weights { get; init; } = [];

    /// <summary>Share of the label's probability that is spread over all labels, in training alone.</summary>
    public double LabelSmoothing { get; init; }
}

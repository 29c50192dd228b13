namespace Weft.Evaluation.Metrics.Classification;

/// <summary>How well one label is found, or several on average; each number from 0 to 1, and 0 where there is nothing to divide by.</summary>
/// <param name="Precision">Share of its predictions that are right.</param>
/// <param name="Recall">Share of its occurrences that are found.</param>
/// <param name="F1">Their harmonic mean; of several labels the mean of theirs.</param>
public readonly record struct LabelScore(double Precision, double Recall, double F1);

namespace Weft.Evaluation.Metrics.Classification;

/// <summary>How the scores of several labels become one.</summary>
public enum Averaging
{
    /// <summary>All decisions of all labels together.</summary>
    Micro,

    /// <summary>The mean, every label alike.</summary>
    Macro,

    /// <summary>The mean, every label as often as it is right.</summary>
    Weighted,
}

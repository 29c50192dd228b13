namespace Weft.Evaluation.Metrics.Squad;

/// <summary>How good predictions are.</summary>
/// <param name="ExactMatch">Share of predictions that are an answer, 0 to 100.</param>
/// <param name="F1">Mean F-score of the words, 0 to 100.</param>
/// <param name="Total">How many questions count.</param>
public sealed record SquadScore(double ExactMatch, double F1, int Total)
{
    /// <summary>Only questions that have an answer; null where there are none, or under the rules of <see cref="SquadRelease.V1"/>.</summary>
    public SquadScore? Answerable { get; init; }

    /// <summary>Only questions without an answer; null where there are none, or under the rules of <see cref="SquadRelease.V1"/>.</summary>
    public SquadScore? Unanswerable { get; init; }

    /// <summary>Questions without a prediction.</summary>
    public int Missing { get; init; }

    /// <summary>The best that a threshold on the probabilities of no answer gives; null where there are no such probabilities.</summary>
    public SquadThresholds? Best { get; init; }
}

/// <summary>The best scores over all thresholds: where the probability of no answer is above it, the prediction is taken as empty.</summary>
/// <param name="ExactMatch">0 to 100.</param>
/// <param name="ExactMatchThreshold">Where it is reached.</param>
/// <param name="F1">0 to 100.</param>
/// <param name="F1Threshold">Where it is reached.</param>
public sealed record SquadThresholds(double ExactMatch, double ExactMatchThreshold, double F1, double F1Threshold);

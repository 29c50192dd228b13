namespace Weft.Evaluation.Metrics.Squad;

/// <summary>A question and the answers that people gave.</summary>
/// <param name="Id">What a prediction is found by.</param>
/// <param name="Answers">All that are right; none where the question has no answer.</param>
public sealed record SquadQuestion(string Id, IReadOnlyList<string> Answers);

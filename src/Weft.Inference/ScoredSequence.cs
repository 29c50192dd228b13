namespace Weft.Inference;

/// <summary>The next ids of one sequence, and which ids are to be scored as what follows the last of them.</summary>
/// <param name="Ids">At least one.</param>
/// <param name="Targets">What follows each of the last ids, one for each; none where the ids are only to be read.</param>
/// <param name="Cache">The sequence so far.</param>
public readonly record struct ScoredSequence(ReadOnlyMemory<int> Ids, ReadOnlyMemory<int> Targets, KeyValueCache Cache);

/// <summary>How likely an id is, given all before it.</summary>
/// <param name="LogProbability">The natural logarithm of its probability.</param>
/// <param name="IsGreedy">No id is likelier.</param>
public readonly record struct TokenScore(double LogProbability, bool IsGreedy);

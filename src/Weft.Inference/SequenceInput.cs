namespace Weft.Inference;

/// <summary>The next ids of one sequence among several that are computed together.</summary>
/// <param name="Ids">At least one: a prompt, a part of it, or the token that was chosen last.</param>
/// <param name="Cache">The sequence so far.</param>
public readonly record struct SequenceInput(ReadOnlyMemory<int> Ids, KeyValueCache Cache);

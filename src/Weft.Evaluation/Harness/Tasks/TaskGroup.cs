namespace Weft.Evaluation.Harness.Tasks;

/// <summary>Tasks under one name, whose rows count alike in its scores.</summary>
/// <param name="Name">The name.</param>
/// <param name="Members">Names of tasks and of other groups.</param>
public sealed record TaskGroup(string Name, IReadOnlyList<string> Members);

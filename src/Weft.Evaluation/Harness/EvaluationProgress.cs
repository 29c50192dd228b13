namespace Weft.Evaluation.Harness;

/// <summary>How far an evaluation is.</summary>
/// <param name="Task">The task that is asked.</param>
/// <param name="TaskNumber">Its number, from 1.</param>
/// <param name="Tasks">How many there are.</param>
/// <param name="Done">Requests of the task that are answered.</param>
/// <param name="Total">All of its requests; 0 where their number is not known, as of windows over long texts.</param>
public readonly record struct EvaluationProgress(string Task, int TaskNumber, int Tasks, int Done, int Total);

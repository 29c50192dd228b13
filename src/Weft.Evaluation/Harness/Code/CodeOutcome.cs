namespace Weft.Evaluation.Harness.Code;

/// <summary>How a program ended.</summary>
/// <param name="Passed">It ran to its end.</param>
/// <param name="Problem">Why it did not, such as the last line of its errors; empty where it did.</param>
public sealed record CodeOutcome(bool Passed, string Problem);

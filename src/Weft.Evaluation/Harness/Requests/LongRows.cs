namespace Weft.Evaluation.Harness.Requests;

/// <summary>What is done with a row whose prompt does not fit the model's context.</summary>
public enum LongRows
{
    /// <summary>The evaluation ends with an error that names the row.</summary>
    Refuse,

    /// <summary>The row is left out, and listed in the result.</summary>
    Skip,

    /// <summary>The prompt loses its beginning, as in lm-evaluation-harness; the result counts such rows.</summary>
    Truncate,
}

namespace Weft.Evaluation.Metrics.Squad;

/// <summary>Whose rules hold. They differ in questions without an answer.</summary>
public enum SquadRelease
{
    /// <summary>Every question has an answer; a question without a prediction scores 0.</summary>
    V1,

    /// <summary>Some questions have none, and their right prediction is the empty text; every question needs a prediction.</summary>
    V2,
}

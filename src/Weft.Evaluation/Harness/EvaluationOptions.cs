using Weft.Text.Chat;

namespace Weft.Evaluation.Harness;

/// <summary>What is evaluated, and how it is asked.</summary>
public sealed record EvaluationOptions
{
    /// <summary>The folder of data sets.</summary>
    public required string DataFolder { get; init; }

    /// <summary>Examples before each question; null for as many as the task says.</summary>
    public int? Shots { get; init; }

    /// <summary>Examples are drawn from the rows that are evaluated, without the one that is asked; for sets whose split of examples is not there.</summary>
    public bool ShotsFromRows { get; init; }

    /// <summary>Of the drawn examples and of the bootstrap.</summary>
    public ulong Seed { get; init; }

    /// <summary>Only so many of the first rows of each task; null for all.</summary>
    public int? Limit { get; init; }

    /// <summary>Prompts become conversations by this template; null for plain text.</summary>
    public ChatTemplate? ChatTemplate { get; init; }

    /// <summary>Documents that the model was trained on, in which rows are looked for (see <see cref="Contamination.ContaminationSearch"/>); null where nobody looks.</summary>
    public IEnumerable<string>? TrainingTexts { get; init; }

    /// <summary>Rows of each task that the result shows whole.</summary>
    public int Examples { get; init; } = 5;

    /// <summary>Programs that the model writes are run, where a task needs it: see <see cref="Code.PythonSandbox"/>.</summary>
    public bool AllowCode { get; init; }

    /// <summary>What each of those programs may use.</summary>
    public Code.CodeLimits CodeLimits { get; init; } = new();

    internal EvaluationOptions Validate()
    {
        if (Shots is < 0)
            throw new ArgumentOutOfRangeException(nameof(Shots), Shots, $"Shots is {Shots}; use 0 or more");
        if (Limit is < 1)
            throw new ArgumentOutOfRangeException(nameof(Limit), Limit, $"Limit is {Limit}; use 1 or more");
        ArgumentOutOfRangeException.ThrowIfNegative(Examples);
        return this;
    }
}

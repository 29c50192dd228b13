namespace Weft.Evaluation.Harness;

/// <summary>What an evaluation found.</summary>
/// <param name="Tasks">One for each task, in the order in which they were asked for.</param>
/// <param name="Groups">One for each group, inner ones first.</param>
/// <param name="Duration">Of all tasks together.</param>
public sealed record EvaluationResult(IReadOnlyList<TaskResult> Tasks, IReadOnlyList<GroupResult> Groups, TimeSpan Duration);

/// <summary>What a task found.</summary>
/// <param name="Task">Its name.</param>
/// <param name="Version">Of the task.</param>
/// <param name="Scores">Of each metric, the main one first; none where all rows were skipped.</param>
public sealed record TaskResult(string Task, string Version, IReadOnlyList<MetricScore> Scores)
{
    /// <summary>The file that was read.</summary>
    public required string File { get; init; }

    /// <summary>Rows that count.</summary>
    public required int Rows { get; init; }

    /// <summary>Examples before each question.</summary>
    public required int Shots { get; init; }

    /// <summary>SHA-256 of all texts that the model was asked, in their order, 16 hexadecimal digits: evaluations that asked the same have the same.</summary>
    public required string PromptHash { get; init; }

    /// <summary>Rows that did not fit the model's context and do not count: file and line of each.</summary>
    public required IReadOnlyList<string> Skipped { get; init; }

    /// <summary>Requests whose prompts lost their beginning, since they did not fit.</summary>
    public required int Truncated { get; init; }

    /// <summary>Which rows the model was trained on; null where nobody looked.</summary>
    public SeenRows? Seen { get; init; }

    /// <summary>Some rows, whole.</summary>
    public required IReadOnlyList<EvaluatedExample> Examples { get; init; }

    /// <summary>How long it took.</summary>
    public required TimeSpan Duration { get; init; }
}

/// <summary>Rows that stand in the text that a model was trained on.</summary>
/// <param name="Sources">File and line of each.</param>
/// <param name="TooShort">Rows of too few words to tell.</param>
/// <param name="CleanScores">Of each metric, the score of the other rows; none where there are no others.</param>
public sealed record SeenRows(IReadOnlyList<string> Sources, int TooShort, IReadOnlyList<MetricScore> CleanScores);

/// <summary>What a group found: the score of all rows of its tasks together.</summary>
/// <param name="Group">Its name.</param>
/// <param name="Scores">Of the metrics that all its tasks have.</param>
/// <param name="Rows">Rows that count.</param>
public sealed record GroupResult(string Group, IReadOnlyList<MetricScore> Scores, int Rows);

/// <summary>A metric's score.</summary>
/// <param name="Metric">Its name.</param>
/// <param name="Estimate">The score and how sure it is.</param>
/// <param name="HigherIsBetter">Which direction is good.</param>
public sealed record MetricScore(string Metric, Tasks.Estimate Estimate, bool HigherIsBetter);

/// <summary>A row as the model saw it, and what it answered.</summary>
/// <param name="Source">File and line.</param>
/// <param name="Texts">What was scored; for a generation the text that was written, without a score.</param>
/// <param name="Answer">The right answer of a generation; null where there is none, or where a text is marked as right.</param>
public sealed record EvaluatedExample(string Source, IReadOnlyList<ExampleText> Texts, string? Answer)
{
    /// <summary>How the program that was written ended; null where none was asked for.</summary>
    public Code.CodeOutcome? Outcome { get; init; }
}

/// <summary>A text of an example.</summary>
/// <param name="Prompt">What the model read first.</param>
/// <param name="Text">What followed it.</param>
/// <param name="LogLikelihood">How likely that was; null where the model wrote it.</param>
/// <param name="IsGold">It is the right one.</param>
public sealed record ExampleText(string Prompt, string Text, double? LogLikelihood, bool IsGold);

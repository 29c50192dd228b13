namespace Weft.Evaluation.Harness.Tasks;

/// <summary>A task: where its rows are, what each asks, and how answers are measured. It is a row of <see cref="TaskCatalog"/>.</summary>
/// <param name="Name">As in lm-evaluation-harness, where that has the task.</param>
/// <param name="Files">Names of the file that is evaluated, the best first; searched in the folder of data sets and the folders inside it.</param>
/// <param name="Ask">What a row asks.</param>
/// <param name="Metrics">How answers are measured, the main one first.</param>
public sealed record EvaluationTask(string Name, IReadOnlyList<string> Files, Func<Row, Question> Ask, params IReadOnlyList<Metric> Metrics)
{
    /// <summary>Changes with everything that changes a score.</summary>
    public string Version { get; init; } = "1.0";

    /// <summary>Reads the rows of a file.</summary>
    public Func<string, IEnumerable<Row>> Read { get; init; } = RowFile.JsonLines;

    /// <summary>Rows that belong to the task; null for all.</summary>
    public Predicate<Row>? Where { get; init; }

    /// <summary>Stands before the shots and the question, with its own line breaks.</summary>
    public string Description { get; init; } = "";

    /// <summary>Between a prompt and its answer.</summary>
    public string Delimiter { get; init; } = " ";

    /// <summary>Names of the file that examples are taken from; none where the task takes no examples.</summary>
    public IReadOnlyList<string> ShotFiles { get; init; } = [];

    /// <summary>The first rows are the examples, not drawn ones.</summary>
    public bool TakesFirstShots { get; init; }

    /// <summary>How many examples there are unless asked otherwise.</summary>
    public int Shots { get; init; }
}

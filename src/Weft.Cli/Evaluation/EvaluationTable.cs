using System.Globalization;
using Weft.Evaluation.Harness;

namespace Weft.Cli.Evaluation;

/// <summary>Scores as a Markdown table, whose columns line up in a terminal too.</summary>
internal static class EvaluationTable
{
    private static readonly string[] Header = ["task", "version", "shots", "rows", "metric", "", "score", "± error", "95 % interval"];

    /// <summary>Columns of numbers.</summary>
    private static readonly bool[] IsNumber = [false, true, true, true, false, false, true, true, true];

    /// <summary>Writes the table on standard output, and what does not belong into it on standard error.</summary>
    public static void Write(CommandContext context, EvaluationReport report)
    {
        string[][] lines = [Header, .. report.Result.Tasks.SelectMany(LinesOf), .. report.Result.Groups.SelectMany(LinesOf)];
        int[] widths = [.. Enumerable.Range(0, Header.Length).Select(column => Math.Max(2, lines.Max(line => line[column].Length)))];
        for (int i = 0; i < lines.Length; i++)
        {
            context.Output.WriteLine($"| {string.Join(" | ", lines[i].Select((cell, column) => IsNumber[column] ? cell.PadLeft(widths[column]) : cell.PadRight(widths[column])))} |");
            if (i == 0)
                context.Output.WriteLine($"|{string.Join('|', widths.Select((width, column) => IsNumber[column] ? new string('-', width + 1) + ":" : new string('-', width + 2)))}|");
        }
        context.Output.Flush();
        foreach (TaskResult task in report.Result.Tasks)
            WriteRemarks(context.Error, task);
        context.Error.WriteLine(string.Join(", ", report.Facts().Select(fact => $"{fact.Name} {fact.Value}")));
    }

    private static IEnumerable<string[]> LinesOf(TaskResult task) => task.Scores.Select((score, i) => (string[])(i == 0
        ? [task.Task, task.Version, Count(task.Shots), Count(task.Rows), .. Cells(score)]
        : ["", "", "", "", .. Cells(score)]));

    private static IEnumerable<string[]> LinesOf(GroupResult group) => group.Scores.Select((score, i) => (string[])(i == 0
        ? [$"**{group.Group}**", "", "", Count(group.Rows), .. Cells(score)]
        : ["", "", "", "", .. Cells(score)]));

    private static string[] Cells(MetricScore score) =>
    [
        score.Metric, score.HigherIsBetter ? "↑" : "↓", EvaluationReport.Shown(score.Estimate.Value),
        score.Estimate.StandardError is { } error ? EvaluationReport.Shown(error) : "", EvaluationReport.Interval(score.Estimate),
    ];

    private static string Count(int count) => count.ToString(CultureInfo.InvariantCulture);

    private static void WriteRemarks(TextWriter error, TaskResult task)
    {
        const int most = 5;
        if (task.Truncated > 0)
            error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{task.Task}: {task.Truncated} prompts lost their beginning, since they do not fit the model's context"));
        if (EvaluationReport.Seen(task) is { } seen)
            error.WriteLine($"{task.Task}: {seen}");
        if (task.Skipped.Count > 0)
            error.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{task.Task}: {task.Skipped.Count} rows do not fit the model's context and do not count: {string.Join("; ", task.Skipped.Take(most))}{(task.Skipped.Count > most ? "; … (--json lists all)" : "")}"));
    }
}

using Weft.Data;

namespace Weft.Training.Runs;

/// <summary>Keys of a task that only some kinds have.</summary>
internal static class TaskKeys
{
    /// <exception cref="InvalidDataException">One is given that the kind does not have; the message names it.</exception>
    public static void Check(TaskRecipe task)
    {
        string kind = task.Kind.ToString().ToLowerInvariant();
        TaskKind[] rows = [TaskKind.Classification, TaskKind.Regression], labels = [.. rows, TaskKind.Tokens];
        TaskKind[] spans = [TaskKind.Spans], conversations = [TaskKind.Conversation], preferences = [TaskKind.Preference];
        // Those of rows contradict each other in their own ways, which the task says better.
        (string Key, object? Value, TaskKind[] Kinds)[] keys =
        [
            ("text", task.Text.Length > 0 ? task.Text : null, labels), ("label", task.Label.Length > 0 ? task.Label : null, labels), ("pair", task.Pair, rows),
            ("separator", task.Separator, rows), ("labels", task.Labels.Count > 0 ? "given" : null, labels), ("class-weights", task.ClassWeights.Count > 0 ? "given" : null, rows),
            ("balance", task.Balance ? "true" : null, rows), ("truncate", task.Truncate, [.. rows, TaskKind.Conversation]),
            ("question", task.Question, spans), ("context", task.Context, spans), ("answer", task.Answer, spans), ("answer-start", task.AnswerStart, spans), ("stride", task.Stride, spans),
            ("template", task.Template, conversations), ("layout", task.Layout, conversations), ("response", task.Response, conversations),
            ("prompt", task.Prompt, [TaskKind.Conversation, TaskKind.Preference]),
            ("method", task.Method, preferences), ("beta", task.Beta, preferences), ("input", task.Input, preferences), ("chosen", task.Chosen, preferences),
            ("rejected", task.Rejected, preferences), ("lead-in", task.LeadIn, preferences),
        ];
        foreach ((string key, object? value, TaskKind[] kinds) in keys)
            RecipeCheck.Require(value is null || kinds.Contains(task.Kind), $"task.{key}", value, $"kind {kind} has none, but {string.Join(", ", kinds).ToLowerInvariant()}; leave it out");
        if (task.Kind != TaskKind.Tokens)
            return;
        RecipeCheck.Require(task.Format is null || TableFiles.HasKeys(task.Format), "task.format", task.Format, "tagged words come in columns, with an empty line between sentences, or as lists in JSON lines or Parquet; leave it out, or choose json-lines or parquet");
        foreach ((string key, string column) in new[] { ("text", task.Text), ("label", task.Label) })
            RecipeCheck.Require(column.Length == 0 || TableFiles.HasKeys(task.Format) || TableFiles.IsNumber(column) || task.Files.All(IsLists), $"task.{key}", column,
                "columns of words and tags have numbers from 1; give one, or JSON lines, whose keys have names");
    }

    /// <summary>The file has JSON lines or Parquet, not columns of words.</summary>
    public static bool IsLists(string file) => TableFiles.HasKeys(TableFiles.FormatOf(file));
}

using System.Text.Json;
using Weft.Evaluation.Harness;

namespace Weft.Cli.Evaluation;

/// <summary>Scores as one JSON object.</summary>
internal static class EvaluationJson
{
    /// <summary>Writes it.</summary>
    public static void Write(TextWriter output, EvaluationReport report)
    {
        using var json = new JsonOutput(output);
        Utf8JsonWriter writer = json.Writer;
        writer.WriteStartObject();
        writer.WriteString("model", report.Model);
        writer.WriteString("model_sha256", report.Checksum);
        writer.WriteString("chat_template", report.Template);
        writer.WriteNumber("seed", report.Seed);
        writer.WriteString("weft_version", EvaluationReport.Version);
        writer.WriteNumber("seconds", report.Result.Duration.TotalSeconds);
        writer.WriteStartArray("tasks");
        foreach (TaskResult task in report.Result.Tasks)
        {
            WriteTask(writer, task);
            json.Drain();
        }
        writer.WriteEndArray();
        writer.WriteStartArray("groups");
        foreach (GroupResult group in report.Result.Groups)
        {
            writer.WriteStartObject();
            writer.WriteString("group", group.Group);
            writer.WriteNumber("rows", group.Rows);
            WriteScores(writer, "scores", group.Scores);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
        json.Complete();
    }

    private static void WriteTask(Utf8JsonWriter writer, TaskResult task)
    {
        writer.WriteStartObject();
        writer.WriteString("task", task.Task);
        writer.WriteString("version", task.Version);
        writer.WriteString("file", task.File);
        writer.WriteNumber("rows", task.Rows);
        writer.WriteNumber("shots", task.Shots);
        writer.WriteString("prompt_hash", task.PromptHash);
        writer.WriteNumber("truncated", task.Truncated);
        writer.WriteStartArray("skipped");
        foreach (string row in task.Skipped)
            writer.WriteStringValue(row);
        writer.WriteEndArray();
        writer.WriteNumber("seconds", task.Duration.TotalSeconds);
        WriteScores(writer, "scores", task.Scores);
        if (task.Seen is { } seen)
        {
            writer.WriteStartArray("seen_in_training");
            foreach (string row in seen.Sources)
                writer.WriteStringValue(row);
            writer.WriteEndArray();
            writer.WriteNumber("too_short_to_tell", seen.TooShort);
            WriteScores(writer, "scores_without_seen", seen.CleanScores);
        }
        writer.WriteEndObject();
    }

    private static void WriteScores(Utf8JsonWriter writer, string name, IReadOnlyList<MetricScore> scores)
    {
        writer.WriteStartArray(name);
        foreach (MetricScore score in scores)
        {
            writer.WriteStartObject();
            writer.WriteString("metric", score.Metric);
            WriteNumber(writer, "value", score.Estimate.Value);
            WriteNumber(writer, "stderr", score.Estimate.StandardError);
            WriteNumber(writer, "low", score.Estimate.Low);
            WriteNumber(writer, "high", score.Estimate.High);
            writer.WriteBoolean("higher_is_better", score.HigherIsBetter);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }

    /// <summary>A perplexity may be too large for a number, which JSON writes as null.</summary>
    private static void WriteNumber(Utf8JsonWriter writer, string name, double? value)
    {
        if (value is { } number && double.IsFinite(number))
            writer.WriteNumber(name, number);
        else
            writer.WriteNull(name);
    }
}

using System.Globalization;
using System.Text.Json;
using Weft.Cli.Train.Report;
using Weft.Evaluation.Metrics.Squad;
using Weft.Training.Runs;

namespace Weft.Cli.Train;

/// <summary>What a run has come to.</summary>
/// <param name="Result">What training gave.</param>
/// <param name="RuntimeDifference">Largest difference of a logit between the engine and torch.</param>
/// <param name="Samples">What the model wrote.</param>
internal sealed record RunOutcome(RunResult Result, double RuntimeDifference, IReadOnlyList<GeneratedSample> Samples)
{
    /// <summary>Numbers that a person reads.</summary>
    private const int Digits = 4;

    /// <summary>How well the questions are answered that were held out; null of other tasks.</summary>
    public SquadScore? Answers { get; init; }

    /// <summary>How answers to held-out questions keep to the format, of a run on conversations; else null.</summary>
    public AnswerFormat? Format { get; init; }

    /// <summary>What to look at and what to do next.</summary>
    public string Summary() => string.Create(CultureInfo.InvariantCulture, $"""
        {(Judged is { } judged ? string.Create(CultureInfo.InvariantCulture, $"test {judged}, loss {Result.Test.Loss:F4}") : string.Create(CultureInfo.InvariantCulture, $"test loss {Result.Test.Loss:F4}, perplexity {Result.Test.Perplexity:F2}{Bits()}"))}; trained at {Result.TokensPerSecond:N0} tokens/s{(Format is null ? "" : Environment.NewLine + Format)}
        model   {Result.Folder.ModelFolder}{Adapter}
        report  {Result.Folder.ReportFile}
        next    {RunOptions.Tool} {Next()}
        """);

    /// <summary>How answers, labels or preferences were judged; null of other models.</summary>
    public string? Judged => Answers is not null ? AnswerSamples.Describe(Answers) : Result.Test.Labels?.ToString() ?? Result.Test.Preferences?.ToString();

    private string Adapter => Result.Recipe.Training.Adapter is null ? "" : $"{Environment.NewLine}adapter {Result.Folder.AdapterFolder}";

    /// <summary>Where the bytes of the text are not known, or not all of it is predicted, there is no such number.</summary>
    private string Bits() => !double.IsFinite(Result.Test.BitsPerByte) ? "" : string.Create(CultureInfo.InvariantCulture, $", {Result.Test.BitsPerByte:F4} bits per byte");

    private string Next() => Format is not null ? $"chat {Result.Folder.ModelFolder}"
        : Result.Spec.Generates
        ? $"generate {Result.Folder.ModelFolder} \"{Samples.Select(sample => Failure.OneLine(sample.Prompt)).FirstOrDefault("Once")}\""
        : Answers is not null ? $"answer {Result.Folder.ModelFolder} \"{Samples.Select(sample => Failure.OneLine(sample.Prompt)).FirstOrDefault("Who?")}\" --file TEXT --long stride"
        : Result.Test.Labels is not null ? $"classify {Result.Folder.ModelFolder} \"{Samples.Select(sample => Failure.OneLine(sample.Prompt)).FirstOrDefault("Some text")}\""
        : $"inspect {Result.Folder.ModelFolder}";

    /// <summary>The same for programs.</summary>
    public void WriteJson(TextWriter output)
    {
        using var json = new JsonOutput(output);
        Utf8JsonWriter writer = json.Writer;
        writer.WriteStartObject();
        writer.WriteString("model", Result.Folder.ModelFolder);
        if (Result.Recipe.Training.Adapter is not null)
            writer.WriteString("adapter", Result.Folder.AdapterFolder);
        writer.WriteString("report", Result.Folder.ReportFile);
        writer.WriteNumber("test_loss", Result.Test.Loss);
        if (Result.Test.Labels is { } scores)
        {
            LabelJson.Write(writer, "test_", scores, Result.Recipe.Task!.Labels);
            if (Answers is not null)
            {
                writer.WriteNumber("test_exact_match", Answers.ExactMatch);
                writer.WriteNumber("test_f1", Answers.F1);
                writer.WriteNumber("test_questions", Answers.Total);
            }
        }
        else if (Result.Test.Preferences is { } preferences)
        {
            writer.WriteNumber("test_accuracy", preferences.Accuracy);
            writer.WriteNumber("test_reward_margin", preferences.Margin);
        }
        else
        {
            writer.WriteNumber("test_perplexity", Result.Test.Perplexity);
            // Shards may not know how many bytes their text had; JSON has no infinity.
            if (double.IsFinite(Result.Test.BitsPerByte))
                writer.WriteNumber("test_bits_per_byte", Result.Test.BitsPerByte);
            else
                writer.WriteNull("test_bits_per_byte");
        }
        if (Format is { } format)
            writer.WriteNumber("format_kept", format.Share);
        writer.WriteNumber("train_tokens_per_second", Math.Round(Result.TokensPerSecond, Digits));
        writer.WriteNumber("runtime_difference", RuntimeDifference);
        writer.WriteStartArray("samples");
        foreach (GeneratedSample sample in Samples)
        {
            writer.WriteStartObject();
            writer.WriteString("prompt", sample.Prompt);
            writer.WriteString("completion", sample.Completion);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
        json.Complete();
    }
}

using System.CommandLine;
using System.Text.Json;
using Weft.Evaluation.Metrics;
using Weft.Evaluation.Metrics.Classification;

namespace Weft.Cli.Metrics;

/// <summary><c>weft metric accuracy</c> and its neighbours: how well labels were predicted, as scikit-learn computes it.</summary>
/// <param name="name">The word that calls it.</param>
/// <param name="description">One line.</param>
/// <param name="score">Which of the numbers is the score.</param>
internal sealed class LabelCommand(string name, string description, Func<ClassificationReport, Averaging, double> score)
{
    private const int Decimals = 4;

    private static readonly Dictionary<string, Averaging> Averages = new(StringComparer.Ordinal)
    {
        ["macro"] = Averaging.Macro,
        ["micro"] = Averaging.Micro,
        ["weighted"] = Averaging.Weighted,
    };

    private readonly SegmentInput _input = new();
    private readonly Option<string> _average = CommonOptions.Choice("--average", "How the scores of labels become one", "macro", [.. Averages.Keys]);
    private readonly Option<bool> _json = CommonOptions.Json();

    /// <summary>Makes the command.</summary>
    public DocumentedCommand Create()
    {
        var command = new DocumentedCommand(name, description)
        {
            Options = { _json },
            Notes =
            [
                "Files have one label a line. Where there is nothing to divide by, a score is 0.",
                "--json prints {\"score\": X, \"accuracy\": X, \"matthews\": X, \"micro\": {\"precision\": X, \"recall\": X, \"f1\": X},",
                "\"macro\": {...}, \"weighted\": {...}, \"labels\": [{\"label\": \"...\", \"precision\": X, ..., \"support\": N}, ...]}.",
            ],
            Examples = [$"weft metric {name} --hypotheses predicted.txt --references labels.txt --json"],
        };
        if (IsAverage)
            command.Options.Insert(0, _average);
        _input.AddTo(command);
        return command.Runs(Run);
    }

    private bool IsAverage => name is not ("accuracy" or "matthews");

    private int Run(CommandContext context)
    {
        (IReadOnlyList<string> predictions, IReadOnlyList<string> answers) = _input.ReadPairs(context);
        var report = new ClassificationReport(predictions, answers);
        double value = score(report, IsAverage ? Averages[context.Get(_average)] : Averaging.Macro);
        if (!context.Get(_json))
        {
            context.Output.WriteLine($"{name} = {ScoreLine.Round(value, Decimals)}");
            return 0;
        }
        using var json = new JsonOutput(context.Output);
        json.Writer.WriteStartObject();
        json.Writer.WriteNumber("score", value);
        json.Writer.WriteNumber("accuracy", report.Accuracy);
        json.Writer.WriteNumber("matthews", report.Matthews);
        foreach ((string average, Averaging averaging) in Averages)
        {
            json.Writer.WriteStartObject(average);
            Write(json.Writer, report.Score(averaging));
            json.Writer.WriteEndObject();
        }
        json.Writer.WriteStartArray("labels");
        foreach (string label in report.Labels)
        {
            json.Writer.WriteStartObject();
            json.Writer.WriteString("label", label);
            Write(json.Writer, report.Score(label));
            json.Writer.WriteNumber("support", report.Support(label));
            json.Writer.WriteEndObject();
        }
        json.Writer.WriteEndArray();
        json.Writer.WriteEndObject();
        json.Complete();
        return 0;
    }

    private static void Write(Utf8JsonWriter json, LabelScore score)
    {
        json.WriteNumber("precision", score.Precision);
        json.WriteNumber("recall", score.Recall);
        json.WriteNumber("f1", score.F1);
    }
}

using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Weft.Evaluation.Metrics;
using Weft.Evaluation.Metrics.Squad;

namespace Weft.Cli.Metrics;

/// <summary><c>weft metric squad</c>: exact match and F1 as the official scripts of SQuAD compute them.</summary>
internal sealed class SquadCommand
{
    private const int Decimals = 2;

    private readonly Option<string> _predictions = new("--predictions")
    {
        Description = "JSON object of question ids and predicted texts, empty where there is no answer",
        HelpName = "FILE",
        Required = true,
    };

    private readonly Option<string> _answers = new("--answers")
    {
        Description = "Data set in the format of SQuAD",
        HelpName = "FILE",
        Required = true,
    };

    private readonly Option<string> _rules = CommonOptions.Choice("--rules",
        "Whose rules hold; auto: those of 2.0 where the data set has questions without an answer", "auto", "auto", "1.1", "2.0");

    private readonly Option<string?> _noAnswer = new("--na-probs")
    {
        Description = "JSON object of question ids and probabilities that there is no answer; adds the best thresholds",
        HelpName = "FILE",
    };

    private readonly Option<double> _threshold = new("--na-threshold")
    {
        Description = "With --na-probs: take a prediction as empty above this probability",
        HelpName = "X",
        DefaultValueFactory = _ => 1,
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value))
                return value;
            result.AddError($"--na-threshold is '{text}'; use a number such as 0.5");
            return 1;
        },
    };

    private readonly Option<bool> _json = CommonOptions.Json();

    /// <summary>Makes the command.</summary>
    public DocumentedCommand Create() => new DocumentedCommand("squad", "Exact match and F1 of answers, with the numbers of SQuAD's scripts")
    {
        Options = { _predictions, _answers, _rules, _noAnswer, _threshold, _json },
        Notes =
        [
            "By the rules of 1.1 a question without a prediction scores 0; by those of 2.0 every question needs one.",
            "--json prints {\"score\": F1, \"exact_match\": X, \"f1\": X, \"total\": N, \"missing\": N}, and by the rules of 2.0",
            "also HasAns_exact, HasAns_f1, HasAns_total, NoAns_exact, NoAns_f1 and NoAns_total, with --na-probs",
            "best_exact, best_exact_thresh, best_f1 and best_f1_thresh, as the official script calls them.",
        ],
        Examples = ["weft metric squad --predictions out.json --answers dev-v1.1.json --json"],
    }.Runs(Run);

    private int Run(CommandContext context)
    {
        string? probabilities = context.Get(_noAnswer);
        if (probabilities is null && context.IsGiven(_threshold))
            throw new UsageException("--na-threshold needs --na-probs: without probabilities there is nothing to compare it with");
        (IReadOnlyList<SquadQuestion> questions, SquadRelease release) = SquadFile.ReadQuestions(context.Get(_answers));
        release = context.Get(_rules) switch
        {
            "1.1" => SquadRelease.V1,
            "2.0" => SquadRelease.V2,
            _ => release,
        };
        if (probabilities is not null && release == SquadRelease.V1)
            throw new UsageException("--na-probs is given, but the rules of SQuAD 1.1 know no question without an answer; use --rules 2.0");
        SquadScore score = new SquadMetric(release).Score(questions, SquadFile.ReadPredictions(context.Get(_predictions)),
            probabilities is null ? null : SquadFile.ReadProbabilities(probabilities), context.Get(_threshold));
        if (score.Missing > 0)
            context.Error.WriteLine($"warning: {score.Missing} of {score.Total} questions have no prediction and score 0");
        if (context.Get(_json))
            WriteJson(context, score);
        else
            context.Output.WriteLine($"exact match = {ScoreLine.Round(score.ExactMatch, Decimals)}  F1 = {ScoreLine.Round(score.F1, Decimals)}");
        return 0;
    }

    private static void WriteJson(CommandContext context, SquadScore score)
    {
        using var json = new JsonOutput(context.Output);
        json.Writer.WriteStartObject();
        json.Writer.WriteNumber("score", score.F1);
        json.Writer.WriteNumber("exact_match", score.ExactMatch);
        json.Writer.WriteNumber("f1", score.F1);
        json.Writer.WriteNumber("total", score.Total);
        json.Writer.WriteNumber("missing", score.Missing);
        WritePart(json.Writer, "HasAns", score.Answerable);
        WritePart(json.Writer, "NoAns", score.Unanswerable);
        if (score.Best is { } best)
        {
            json.Writer.WriteNumber("best_exact", best.ExactMatch);
            json.Writer.WriteNumber("best_exact_thresh", best.ExactMatchThreshold);
            json.Writer.WriteNumber("best_f1", best.F1);
            json.Writer.WriteNumber("best_f1_thresh", best.F1Threshold);
        }
        json.Writer.WriteEndObject();
        json.Complete();
    }

    private static void WritePart(Utf8JsonWriter json, string name, SquadScore? part)
    {
        if (part is null)
            return;
        json.WriteNumber($"{name}_exact", part.ExactMatch);
        json.WriteNumber($"{name}_f1", part.F1);
        json.WriteNumber($"{name}_total", part.Total);
    }
}

using System.CommandLine;
using Weft.Evaluation.Metrics;
using Weft.Evaluation.Metrics.Rouge;

namespace Weft.Cli.Metrics;

/// <summary><c>weft metric rouge</c>: ROUGE as Google's rouge-score computes it.</summary>
internal sealed class RougeCommand
{
    private const int Decimals = 4;

    private readonly SegmentInput _input = new();
    private readonly Option<bool> _stemmer = CommonOptions.Flag("--stemmer", "Compare English words by their stems");

    private readonly Option<RougeKind[]?> _types = new("--types")
    {
        Description = "What is compared: rouge1 to rouge9, rougeL, rougeLsum (default: rouge1,rouge2,rougeL,rougeLsum)",
        HelpName = "rouge1,rougeL",
        CustomParser = result =>
        {
            string[] words = result.Tokens[0].Value.Split(',', StringSplitOptions.TrimEntries);
            foreach (string word in words.Where(word => RougeKind.Parse(word) is null))
            {
                string[] known = [.. RougeKind.Usual.Select(kind => kind.Name)];
                string? meant = known.FirstOrDefault(name => name.Equals(word, StringComparison.OrdinalIgnoreCase)) ?? Spelling.Closest(word, known);
                string remedy = meant is null ? "use rouge1 to rouge9, rougeL or rougeLsum" : $"did you mean '{meant}'?";
                result.AddError($"--types names '{word}'; {remedy}");
                return [];
            }
            return [.. words.Select(word => RougeKind.Parse(word)!)];
        },
    };

    private readonly Option<bool> _json = CommonOptions.Json();

    /// <summary>Makes the command.</summary>
    public DocumentedCommand Create()
    {
        var command = new DocumentedCommand("rouge", "ROUGE-1, -2, -L and -Lsum, with the numbers of rouge-score")
        {
            Options = { _types, _stemmer, _json },
            Notes =
            [
                .. SegmentInput.Notes,
                "rougeLsum takes the lines of a text as its sentences, so it needs .jsonl files. Scores are means over all",
                "items, 0 to 1; of several references the one with the greatest F counts.",
                "--json prints {\"score\": F of the first type, \"rouge1\": {\"precision\": X, \"recall\": X, \"fmeasure\": X}, ...}.",
            ],
            Examples =
            [
                "weft metric rouge --hypotheses summaries.jsonl --references gold.jsonl --stemmer",
                "weft metric rouge --hypotheses out.txt --references ref.txt --types rouge1,rougeL --json",
            ],
        };
        _input.AddTo(command);
        return command.Runs(Run);
    }

    private int Run(CommandContext context)
    {
        (IReadOnlyList<string> hypotheses, IReadOnlyList<string>[] references) = _input.Read(context);
        var metric = new RougeMetric(context.Get(_stemmer));
        List<(string Name, (double Precision, double Recall, double F) Score)> scores = [];
        foreach (RougeKind kind in context.Get(_types) ?? RougeKind.Usual)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            scores.Add((kind.Name, metric.Score(kind, hypotheses, references)));
        }
        if (!context.Get(_json))
        {
            foreach ((string name, (double precision, double recall, double f)) in scores)
                context.Output.WriteLine($"{name,-9}  precision {ScoreLine.Round(precision, Decimals)}  recall {ScoreLine.Round(recall, Decimals)}  F {ScoreLine.Round(f, Decimals)}");
            return 0;
        }
        using var json = new JsonOutput(context.Output);
        json.Writer.WriteStartObject();
        json.Writer.WriteNumber("score", scores[0].Score.F);
        foreach ((string name, (double precision, double recall, double f)) in scores)
        {
            json.Writer.WriteStartObject(name);
            json.Writer.WriteNumber("precision", precision);
            json.Writer.WriteNumber("recall", recall);
            json.Writer.WriteNumber("fmeasure", f);
            json.Writer.WriteEndObject();
        }
        json.Writer.WriteEndObject();
        json.Complete();
        return 0;
    }
}

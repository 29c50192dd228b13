using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Weft.Evaluation.Metrics.Bleu;

namespace Weft.Cli.Metrics;

/// <summary><c>weft metric bleu</c>: BLEU as sacreBLEU computes it.</summary>
internal sealed class BleuCommand
{
    private static readonly Dictionary<string, BleuTokenization> Tokenizations =
        Enum.GetValues<BleuTokenization>().ToDictionary(BleuTokenizer.Name, StringComparer.Ordinal);

    private readonly SegmentInput _input = new();
    private readonly ScoreOptions _output = new();
    private readonly Option<string> _tokenize = CommonOptions.Choice("--tokenize", "How lines are taken apart", "13a", [.. Tokenizations.Keys]);
    private readonly Option<bool> _lowercase = CommonOptions.Flag("--lowercase", "Ignore case");
    private readonly Option<string> _smoothing = CommonOptions.Choice("--smooth-method", "What stands for a precision of zero", "exp", "exp", "floor", "add-k", "none");

    private readonly Option<double?> _value = new("--smooth-value")
    {
        Description = "Value of the methods floor (default: 0.1) and add-k (default: 1)",
        HelpName = "X",
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) && value >= 0)
                return value;
            result.AddError($"--smooth-value is '{text}'; use 0 or more");
            return null;
        },
    };

    private readonly Option<int> _order = CommonOptions.WholeNumber("--max-order", "Longest n-grams that count", 4, 1);
    private readonly Option<bool> _effective = CommonOptions.Flag("--effective-order", "Leave out orders that the hypotheses are too short for; always so for single lines");

    /// <summary>Makes the command.</summary>
    public DocumentedCommand Create()
    {
        var command = new DocumentedCommand("bleu", "BLEU, with the numbers and the signature of sacreBLEU")
        {
            Options = { _tokenize, _lowercase, _smoothing, _value, _order, _effective },
            Notes =
            [
                .. SegmentInput.Notes,
                "--json prints {\"score\": X, \"metric\": \"BLEU\", \"signature\": \"...\", \"text\": \"...\", \"bp\": X, \"ratio\": X,",
                "\"hyp_len\": N, \"ref_len\": N, \"precisions\": [X, ...], \"counts\": [N, ...], \"totals\": [N, ...]}.",
            ],
            Examples =
            [
                "weft metric bleu --hypotheses out.txt --references ref.txt",
                "weft metric bleu --hypotheses out.txt --references ref1.txt ref2.txt --tokenize zh --json",
            ],
        };
        _input.AddTo(command);
        _output.AddTo(command);
        return command.Runs(Run);
    }

    private int Run(CommandContext context)
    {
        var options = new BleuOptions
        {
            Tokenization = Tokenizations[context.Get(_tokenize)],
            Lowercase = context.Get(_lowercase),
            Smoothing = Smoothing(context.Get(_smoothing), context.Get(_value)),
            MaximumOrder = context.Get(_order),
            EffectiveOrder = context.Get(_effective),
        };
        (IReadOnlyList<string> hypotheses, IReadOnlyList<string>[] references) = _input.Read(context);
        BleuMetric metric = new(options), single = new(options with { EffectiveOrder = true });
        BleuStatistics[] measured = [.. hypotheses.Select((hypothesis, line) =>
        {
            context.Cancellation.ThrowIfCancellationRequested();
            return metric.Measure(hypothesis, [.. references.Select(list => list[line])]);
        })];
        _output.Print(context, ("BLEU", metric.Signature(references.Length), single.Signature(references.Length)), Printed(metric.Score(measured)),
            _output.WantsSentences(context) ? [.. measured.Select(line => Printed(single.Score([line])))] : []);
        return 0;
    }

    private static BleuSmoothing Smoothing(string method, double? value) => (method, value) switch
    {
        ("exp", null) => new BleuSmoothing.Exponential(),
        ("none", null) => new BleuSmoothing.None(),
        ("floor", null) => new BleuSmoothing.Floor(),
        ("floor", { } floor) => new BleuSmoothing.Floor(floor),
        ("add-k", null) => new BleuSmoothing.AddK(),
        ("add-k", { } added) => new BleuSmoothing.AddK(added),
        _ => throw new UsageException($"--smooth-value is given, but --smooth-method is {method}, which has no value; use floor or add-k"),
    };

    private static PrintedScore Printed(BleuScore score) => new(score.Score, score.Details, json =>
    {
        json.WriteNumber("bp", score.BrevityPenalty);
        json.WriteNumber("ratio", score.LengthRatio);
        json.WriteNumber("hyp_len", score.Statistics.HypothesisLength);
        json.WriteNumber("ref_len", score.Statistics.ReferenceLength);
        WriteNumbers(json, "precisions", score.Precisions, json.WriteNumberValue);
        WriteNumbers(json, "counts", score.Statistics.Matches, json.WriteNumberValue);
        WriteNumbers(json, "totals", score.Statistics.Totals, json.WriteNumberValue);
    });

    private static void WriteNumbers<T>(Utf8JsonWriter json, string name, IReadOnlyList<T> numbers, Action<T> write)
    {
        json.WriteStartArray(name);
        foreach (T number in numbers)
            write(number);
        json.WriteEndArray();
    }
}

using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Weft.Evaluation.Metrics;
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

    private readonly Option<string?> _baseline = new("--baseline")
    {
        Description = "Outputs of another system: adds how probable the difference is by chance (paired bootstrap)",
        HelpName = "FILE",
    };

    private readonly Option<int> _draws = CommonOptions.WholeNumber("--bootstrap", "With --baseline: how many texts are drawn", 1000, 1);
    private readonly Option<ulong> _seed = CommonOptions.Seed("With --baseline: start of the random numbers");

    /// <summary>Makes the command.</summary>
    public DocumentedCommand Create()
    {
        var command = new DocumentedCommand("bleu", "BLEU, with the numbers and the signature of sacreBLEU")
        {
            Options = { _tokenize, _lowercase, _smoothing, _value, _order, _effective, _baseline, _draws, _seed },
            Notes =
            [
                .. SegmentInput.Notes,
                "--json prints {\"score\": X, \"metric\": \"BLEU\", \"signature\": \"...\", \"text\": \"...\", \"bp\": X, \"ratio\": X,",
                "\"hyp_len\": N, \"ref_len\": N, \"precisions\": [X, ...], \"counts\": [N, ...], \"totals\": [N, ...]}, and with",
                "--baseline also \"baseline\": {\"score\": X, \"p\": X, \"mean\": X, \"interval\": X}. 95 % of the scores of drawn",
                "texts lie within mean ± interval; p is how probable so large a difference is between equally good systems.",
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
        BleuStatistics[] measured = SegmentInput.Measure(context, hypotheses, references, (line, answers) => metric.Measure(line, answers));
        BleuBootstrap? compared = Compare(context, metric, measured, references);
        PrintedScore printed = Printed(metric.Score(measured));
        if (compared is not null)
            printed = printed with { WriteJson = printed.WriteJson + (json => Write(json, compared)) };
        _output.Print(context, ("BLEU", metric.Signature(references.Length), single.Signature(references.Length)), printed,
            _output.WantsSentences(context) ? [.. measured.Select(line => Printed(single.Score([line])))] : []);
        if (compared is not null && !_output.WantsJson(context))
            context.Output.WriteLine($"baseline = {ScoreLine.Round(compared.Baseline, 2)}  p = {ScoreLine.Round(compared.P, 4)}  "
                + $"mean = {ScoreLine.Round(compared.Mean, 2)} ± {ScoreLine.Round(compared.Interval, 2)}");
        return 0;
    }

    private BleuBootstrap? Compare(CommandContext context, BleuMetric metric, BleuStatistics[] measured, IReadOnlyList<string>[] references)
    {
        if (context.Get(_baseline) is not { } path)
            return context.IsGiven(_draws) || context.IsGiven(_seed)
                ? throw new UsageException("--bootstrap and --seed need --baseline: a difference needs two systems")
                : null;
        IReadOnlyList<string> lines = SegmentFile.Read(path);
        if (lines.Count != measured.Length)
            throw new InvalidDataException($"--hypotheses has {measured.Length} lines, but '{path}' has {lines.Count}; give outputs for the same lines");
        return BleuBootstrap.Compare(metric, measured, SegmentInput.Measure(context, lines, references, (line, answers) => metric.Measure(line, answers)), context.Get(_draws), context.Get(_seed));
    }

    private static void Write(Utf8JsonWriter json, BleuBootstrap compared)
    {
        json.WriteStartObject("baseline");
        json.WriteNumber("score", compared.Baseline);
        json.WriteNumber("p", compared.P);
        json.WriteNumber("mean", compared.Mean);
        json.WriteNumber("interval", compared.Interval);
        json.WriteEndObject();
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

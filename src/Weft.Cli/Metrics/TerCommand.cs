using System.CommandLine;
using Weft.Evaluation.Metrics.Ter;

namespace Weft.Cli.Metrics;

/// <summary><c>weft metric ter</c>: TER as sacreBLEU computes it.</summary>
internal sealed class TerCommand
{
    private readonly SegmentInput _input = new();
    private readonly ScoreOptions _output = new();
    private readonly Option<bool> _normalized = CommonOptions.Flag("--normalized", "Part punctuation from words");
    private readonly Option<bool> _noPunctuation = CommonOptions.Flag("--no-punct", "Remove punctuation");
    private readonly Option<bool> _asian = CommonOptions.Flag("--asian-support", "With --normalized part Chinese and Japanese characters, with --no-punct remove their punctuation");
    private readonly Option<bool> _caseSensitive = CommonOptions.Flag("--case-sensitive", "Tell upper from lower case");

    /// <summary>Makes the command.</summary>
    public DocumentedCommand Create()
    {
        var command = new DocumentedCommand("ter", "Translation edit rate, with the numbers and the signature of sacreBLEU")
        {
            Options = { _normalized, _noPunctuation, _asian, _caseSensitive },
            Notes =
            [
                .. SegmentInput.Notes,
                "--json prints {\"score\": X, \"metric\": \"TER\", \"signature\": \"...\", \"text\": \"...\",",
                "\"num_edits\": N, \"ref_len\": X}.",
            ],
            Examples = ["weft metric ter --hypotheses out.txt --references ref.txt --json"],
        };
        _input.AddTo(command);
        _output.AddTo(command);
        return command.Runs(Run);
    }

    private int Run(CommandContext context)
    {
        var metric = new TerMetric(new()
        {
            Normalized = context.Get(_normalized),
            NoPunctuation = context.Get(_noPunctuation),
            AsianSupport = context.Get(_asian),
            CaseSensitive = context.Get(_caseSensitive),
        });
        (IReadOnlyList<string> hypotheses, IReadOnlyList<string>[] references) = _input.Read(context);
        TerScore[] scores = SegmentInput.Measure(context, hypotheses, references, (line, answers) => metric.ScoreSentence(line, answers));
        string signature = metric.Signature(references.Length);
        _output.Print(context, ("TER", signature, signature), Printed(scores.Aggregate(TerScore.Add)),
            _output.WantsSentences(context) ? [.. scores.Select(Printed)] : []);
        return 0;
    }

    private static PrintedScore Printed(TerScore score) => new(score.Score, WriteJson: json =>
    {
        json.WriteNumber("num_edits", score.Edits);
        json.WriteNumber("ref_len", score.ReferenceLength);
    });
}

using System.CommandLine;
using Weft.Evaluation.Metrics.Chrf;

namespace Weft.Cli.Metrics;

/// <summary><c>weft metric chrf</c>: chrF and chrF++ as sacreBLEU computes them.</summary>
internal sealed class ChrfCommand
{
    /// <summary>Longer n-grams than any use has.</summary>
    private const int LongestOrder = 100;

    private readonly SegmentInput _input = new();
    private readonly ScoreOptions _output = new();
    private readonly Option<int> _characterOrder = CommonOptions.WholeNumber("--char-order", "Longest n-grams of characters that count", 6, 0, LongestOrder);
    private readonly Option<int> _wordOrder = CommonOptions.WholeNumber("--word-order", "Longest n-grams of words that count; 2 is chrF++", 0, 0, LongestOrder);
    private readonly Option<int> _beta = CommonOptions.WholeNumber("--beta", "How many times more recall weighs than precision", 2, 0);
    private readonly Option<bool> _lowercase = CommonOptions.Flag("--lowercase", "Ignore case");
    private readonly Option<bool> _whitespace = CommonOptions.Flag("--whitespace", "Take white space as characters too");
    private readonly Option<bool> _epsilon = CommonOptions.Flag("--eps-smoothing", "Average the orders' F-scores, as chrF++.py, NLTK and Moses do");

    /// <summary>Makes the command.</summary>
    public DocumentedCommand Create()
    {
        var command = new DocumentedCommand("chrf", "chrF and chrF++, with the numbers and the signature of sacreBLEU")
        {
            Options = { _characterOrder, _wordOrder, _beta, _lowercase, _whitespace, _epsilon },
            Notes = [.. SegmentInput.Notes, "--json prints {\"score\": X, \"metric\": \"chrF2\", \"signature\": \"...\", \"text\": \"...\"}."],
            Examples =
            [
                "weft metric chrf --hypotheses out.txt --references ref.txt",
                "weft metric chrf --hypotheses out.txt --references ref.txt --word-order 2 --json",
            ],
        };
        _input.AddTo(command);
        _output.AddTo(command);
        return command.Runs(Run);
    }

    private int Run(CommandContext context)
    {
        var metric = new ChrfMetric(new()
        {
            CharacterOrder = context.Get(_characterOrder),
            WordOrder = context.Get(_wordOrder),
            Beta = context.Get(_beta),
            Lowercase = context.Get(_lowercase),
            Whitespace = context.Get(_whitespace),
            EpsilonSmoothing = context.Get(_epsilon),
        });
        (IReadOnlyList<string> hypotheses, IReadOnlyList<string>[] references) = _input.Read(context);
        ChrfStatistics[] measured = SegmentInput.Measure(context, hypotheses, references, (line, answers) => metric.Measure(line, answers));
        string signature = metric.Signature(references.Length);
        _output.Print(context, (metric.Name, signature, signature), new(metric.Score(measured)),
            _output.WantsSentences(context) ? [.. measured.Select(line => new PrintedScore(metric.Score([line])))] : []);
        return 0;
    }
}

using System.Text;
using System.Text.RegularExpressions;
using Weft.Evaluation.Metrics.Text;

namespace Weft.Evaluation.Harness.Tasks;

/// <summary>How an answer is measured, and how measures become a score.</summary>
/// <param name="Name">As in lm-evaluation-harness.</param>
/// <param name="Aggregation">How measures become a score.</param>
/// <param name="Measure">Measures one answer.</param>
public sealed partial record Metric(string Name, Aggregation Aggregation, Func<AnsweredQuestion, Measure> Measure)
{
    /// <summary>The answer counted as none where a model wrote nothing of the form that is looked for.</summary>
    private const string NoAnswer = "[invalid]";

    /// <summary>The likeliest choice is the right one.</summary>
    public static Metric Accuracy { get; } = Share("acc", answer => answer.Best((score, _) => score) == Gold(answer));

    /// <summary>The choice with the highest log-likelihood per character is the right one.</summary>
    public static Metric AccuracyPerCharacter { get; } = Share("acc_norm", answer => answer.Best((score, item) => score / Characters(item.Answer)) == Gold(answer));

    /// <summary>Each token of the continuation is the likeliest one.</summary>
    public static Metric Greedy { get; } = Share("acc", answer => answer.Scores[0].IsGreedy);

    /// <summary>exp of the negative mean log-likelihood of the continuations.</summary>
    public static Metric Perplexity { get; } = new("perplexity", Aggregation.Perplexity, answer => new(answer.Scores[0].LogLikelihood));

    /// <summary>Perplexity of a word of the original text; words are what white space parts.</summary>
    public static Metric WordPerplexity { get; } = new("word_perplexity", Aggregation.Perplexity, answer =>
        new(answer.Scores[0].LogLikelihood, WhiteSpace().Count(((Question.WholeText)answer.Question).Original) + 1));

    /// <summary>Perplexity of a byte of the original text.</summary>
    public static Metric BytePerplexity { get; } = new("byte_perplexity", Aggregation.Perplexity, PerByte);

    /// <summary>Bits that a byte of the original text takes.</summary>
    public static Metric BitsPerByte { get; } = new("bits_per_byte", Aggregation.Bits, PerByte);

    /// <summary>How far the log-likelihoods of two sentences lie apart.</summary>
    public static Metric LikelihoodDifference { get; } = new("likelihood_diff", Aggregation.Mean with { HigherIsBetter = false }, answer =>
        new(Math.Abs(answer.Scores[0].LogLikelihood - answer.Scores[1].LogLikelihood)));

    /// <summary>The first of two sentences, the more stereotypical one, is the likelier; 0.5 is best.</summary>
    public static Metric Stereotypes { get; } = Share("pct_stereotype", answer => answer.Scores[0].LogLikelihood > answer.Scores[1].LogLikelihood) with
    {
        Aggregation = Aggregation.Mean with { HigherIsBetter = false },
    };

    /// <summary>Accuracy on the sentences whose pronoun is that of most people in the occupation: the first two alternatives.</summary>
    public static Metric ProStereotypicalAccuracy { get; } = Share("acc_pro", answer => IsRight(answer, 0));

    /// <summary>Accuracy on the sentences whose pronoun is the other one: the last two alternatives.</summary>
    public static Metric AntiStereotypicalAccuracy { get; } = Share("acc_anti", answer => IsRight(answer, 2));

    /// <summary>The difference of both; 0 is best. Its error is that of paired sentences.</summary>
    public static Metric StereotypeGap { get; } = new("gap", Aggregation.Mean with { HigherIsBetter = false }, answer =>
        new((IsRight(answer, 0) ? 1 : 0) - (IsRight(answer, 2) ? 1 : 0)));

    /// <summary>The number behind <c>####</c> is the right one (GSM8K, "strict-match").</summary>
    public static Metric StrictNumber { get; } = Share("exact_match_strict", answer => IsSame(answer, StrictPattern().Match(answer.Text) is { Success: true } match ? match.Groups[1].Value : NoAnswer));

    /// <summary>The last number of the text is the right one (GSM8K, "flexible-extract").</summary>
    public static Metric LastNumber { get; } = Share("exact_match_flexible", answer => IsSame(answer, NumberPattern().Matches(answer.Text) is [.., var last] ? last.Value : NoAnswer));

    /// <summary>The program that was written passes its test (pass@1 of one greedy sample).</summary>
    public static Metric Passed { get; } = Share("pass@1", answer => answer.Outcome is { Passed: true });

    /// <summary>A metric that is the share of answers with a property.</summary>
    public static Metric Share(string name, Predicate<AnsweredQuestion> holds) => new(name, Aggregation.Mean, answer => new(holds(answer) ? 1 : 0));

    private static int Gold(AnsweredQuestion answer) => ((Question.Alternatives)answer.Question).Gold;

    /// <summary>Unicode characters, as Python counts them.</summary>
    private static double Characters(string text) => text.EnumerateRunes().Count();

    private static Measure PerByte(AnsweredQuestion answer) =>
        new(answer.Scores[0].LogLikelihood, Encoding.UTF8.GetByteCount(((Question.WholeText)answer.Question).Original));

    /// <summary>The likelier of two alternatives from <paramref name="begin"/> on is the one that the question says.</summary>
    private static bool IsRight(AnsweredQuestion answer, int begin) => answer.Best((score, _) => score, begin, begin + 2) == begin + Gold(answer);

    private static bool IsSame(AnsweredQuestion answer, string found) => Bare(found) == Bare(((Question.Generation)answer.Question).Answer);

    /// <summary>What lm-evaluation-harness compares of GSM8K's answers.</summary>
    private static string Bare(string text) => PythonText.ToLower(FinalPoint().Replace(Working().Replace(
        text.Trim().Replace(",", "", StringComparison.Ordinal).Replace("$", "", StringComparison.Ordinal), ""), ""));

    [GeneratedRegex(@"\s+")]
    private static partial Regex WhiteSpace();

    [GeneratedRegex(@"#### (-?[0-9.,]+)")]
    private static partial Regex StrictPattern();

    [GeneratedRegex(@"-?[$0-9.,]{2,}|-?[0-9]+")]
    private static partial Regex NumberPattern();

    [GeneratedRegex(@"(?s).*#### ")]
    private static partial Regex Working();

    [GeneratedRegex(@"\.$")]
    private static partial Regex FinalPoint();
}

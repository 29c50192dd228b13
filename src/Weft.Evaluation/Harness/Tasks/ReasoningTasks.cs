using System.Text.RegularExpressions;
using Weft.Evaluation.Metrics.Text;

namespace Weft.Evaluation.Harness.Tasks;

/// <summary>
/// Tasks of knowledge and common sense with choices, and one of arithmetic. Prompts, choices and metrics are those of lm-evaluation-harness 0.4.13
/// (commit 4e7e0d4, August 2026). Rows have the fields of the published sets, or those of MosaicML's copies of them (query, choices, gold).
/// </summary>
internal static partial class ReasoningTasks
{
    /// <summary>Tokens that lm-evaluation-harness lets a model write where a task does not say.</summary>
    private const int MaximumTokens = 256;

    public static IReadOnlyList<EvaluationTask> All { get; } =
    [
        Choice("arc_easy", ["test"], Arc, Metric.Accuracy, Metric.AccuracyPerCharacter),
        Choice("arc_challenge", ["test"], Arc, Metric.Accuracy, Metric.AccuracyPerCharacter),
        Choice("piqa", ["validation"], Piqa, Metric.Accuracy, Metric.AccuracyPerCharacter),
        Choice("hellaswag", ["validation"], HellaSwag, Metric.Accuracy, Metric.AccuracyPerCharacter),
        Choice("boolq", ["validation"], BoolQ, Metric.Accuracy) with { Version = "2.0" },
        Choice("winogrande", ["validation"], Winogrande, Metric.Accuracy),
        Choice("gsm8k", ["test"], Gsm8k, Metric.StrictNumber, Metric.LastNumber) with { Version = "3.0", Shots = 5 },
    ];

    private static EvaluationTask Choice(string name, string[] splits, Func<Row, Question> ask, params IReadOnlyList<Metric> metrics) =>
        new(name, DataFiles.Named(name, splits), ask, metrics) { ShotFiles = [$"{name}.train.jsonl"] };

    private static Question.Alternatives Arc(Row row)
    {
        if (row.Has("query"))
            return Copied(row, row.Texts("choices"));
        Row choices = row.Inner("choices");
        IReadOnlyList<string> texts = choices.Texts("text"), labels = choices.Texts("label");
        string key = row.Text("answerKey");
        int gold = labels.ToList().IndexOf(key);
        if (gold < 0 || texts.Count != labels.Count)
            throw row.Refuse($"its answerKey '{key}' is none of the {texts.Count} choices {string.Join(", ", labels)}");
        return Question.Choose($"Question: {row.Text("question")}\nAnswer:", texts, gold);
    }

    private static Question.Alternatives Piqa(Row row) => row.Has("query") ? Copied(row, row.Texts("choices"))
        : Question.Choose($"Question: {row.Text("goal")}\nAnswer:", [row.Text("sol1"), row.Text("sol2")], row.Choice(row.Number("label"), 2));

    /// <summary>A row of MosaicML's copies, whose query begins as the prompt does and may end with a line break.</summary>
    private static Question.Alternatives Copied(Row row, IReadOnlyList<string> choices)
    {
        string query = row.Text("query");
        return Question.Choose($"{(query.EndsWith('\n') ? query[..^1] : query)}\nAnswer:", choices, row.Choice(row.Number("gold"), choices.Count));
    }

    private static Question.Alternatives HellaSwag(Row row)
    {
        // Python's str.capitalize makes all other letters small.
        string next = row.Text("ctx_b"), capitalized = next.Length == 0 ? "" : char.ToUpperInvariant(next[0]) + PythonText.ToLower(next[1..]);
        IReadOnlyList<string> endings = row.Texts("endings");
        return Question.Choose(Plain($"{row.Text("activity_label")}: {row.Text("ctx_a")} {capitalized}"), [.. endings.Select(Plain)], row.Choice(row.Number("label"), endings.Count));

        // Brackets are left over from WikiHow.
        static string Plain(string text) => Bracketed().Replace(PythonText.Trim(text).Replace(" [title]", ". ", StringComparison.Ordinal), "").Replace("  ", " ", StringComparison.Ordinal);
    }

    private static Question.Alternatives BoolQ(Row row) => Question.Choose(
        $"{row.Text("passage")}\nQuestion: {row.Text("question")}?\nAnswer:", ["no", "yes"], row.Flag(row.Has("answer") ? "answer" : "label") ? 1 : 0);

    private static Question.Alternatives Winogrande(Row row)
    {
        if (row.Has("context_options"))
        {
            IReadOnlyList<string> contexts = row.Texts("context_options");
            return Question.Fill(contexts, row.Text("continuation"), row.Choice(row.Number("gold"), contexts.Count));
        }
        string sentence = row.Text("sentence");
        int gap = sentence.IndexOf('_', StringComparison.Ordinal);
        if (gap < 0)
            throw row.Refuse("its sentence has no gap, written as _");
        return Question.Fill([sentence[..gap] + row.Text("option1"), sentence[..gap] + row.Text("option2")], PythonText.Trim(sentence[(gap + 1)..]), row.Choice(row.Number("answer") - 1, 2));
    }

    private static Question.Generation Gsm8k(Row row) =>
        new($"Question: {row.Text("question")}\nAnswer:", row.Text("answer"), ["Question:", "</s>", "<|im_end|>"], MaximumTokens);

    [GeneratedRegex(@"\[.*?\]")]
    private static partial Regex Bracketed();
}

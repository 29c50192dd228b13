using Weft.Evaluation.Metrics.Text;

namespace Weft.Evaluation.Harness.Tasks;

/// <summary>
/// MMLU (Hendrycks et al., "Measuring Massive Multitask Language Understanding", 2021): 57 subjects in four groups, each with five examples of its own. Prompts as in
/// lm-evaluation-harness 0.4.13; the files are those of the published archive (dev, val and test, a CSV file for each subject).
/// </summary>
internal static class MmluTasks
{
    private const string Name = "mmlu";

    private static readonly (string Group, string[] Subjects)[] Subjects =
    [
        ("stem",
        [
            "abstract_algebra", "anatomy", "astronomy", "college_biology", "college_chemistry", "college_computer_science", "college_mathematics", "college_physics",
            "computer_security", "conceptual_physics", "electrical_engineering", "elementary_mathematics", "high_school_biology", "high_school_chemistry",
            "high_school_computer_science", "high_school_mathematics", "high_school_physics", "high_school_statistics", "machine_learning",
        ]),
        ("other",
        [
            "business_ethics", "clinical_knowledge", "college_medicine", "global_facts", "human_aging", "management", "marketing", "medical_genetics", "miscellaneous",
            "nutrition", "professional_accounting", "professional_medicine", "virology",
        ]),
        ("social_sciences",
        [
            "econometrics", "high_school_geography", "high_school_government_and_politics", "high_school_macroeconomics", "high_school_microeconomics",
            "high_school_psychology", "human_sexuality", "professional_psychology", "public_relations", "security_studies", "sociology", "us_foreign_policy",
        ]),
        ("humanities",
        [
            "formal_logic", "high_school_european_history", "high_school_us_history", "high_school_world_history", "international_law", "jurisprudence",
            "logical_fallacies", "moral_disputes", "moral_scenarios", "philosophy", "prehistory", "professional_law", "world_religions",
        ]),
    ];

    private static readonly string[] Letters = ["A", "B", "C", "D"];

    public static IReadOnlyList<EvaluationTask> All { get; } = [.. Subjects.SelectMany(group => group.Subjects).Select(subject =>
        new EvaluationTask($"{Name}_{subject}", [$"test/{subject}_test.csv", $"val/{subject}_val.csv"], Ask, Metric.Accuracy)
        {
            Read = RowFile.UnnamedCsv,
            Description = $"The following are multiple choice questions (with answers) about {subject.Replace('_', ' ')}.\n\n",
            ShotFiles = [$"dev/{subject}_dev.csv"],
            TakesFirstShots = true,
        })];

    public static IReadOnlyList<TaskGroup> Groups { get; } =
    [
        .. Subjects.Select(group => new TaskGroup($"{Name}_{group.Group}", [.. group.Subjects.Select(subject => $"{Name}_{subject}")])),
        new TaskGroup(Name, [.. Subjects.Select(group => $"{Name}_{group.Group}")]),
    ];

    private static Question.Alternatives Ask(Row row)
    {
        IReadOnlyList<string> fields = row.Fields(["question", .. Letters, "answer"]);
        string choices = string.Concat(Letters.Select((letter, i) => $"\n{letter}. {fields[i + 1]}"));
        int gold = Array.IndexOf(Letters, fields[^1]);
        return Question.Choose($"{PythonText.Trim(fields[0])}{choices}\nAnswer:", Letters, gold >= 0 ? gold : throw row.Refuse($"its answer is '{fields[^1]}'; A, B, C or D was expected"));
    }
}

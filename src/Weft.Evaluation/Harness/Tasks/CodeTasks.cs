namespace Weft.Evaluation.Harness.Tasks;

/// <summary>Tasks whose answers are programs, which are run: only where <see cref="EvaluationOptions.AllowCode"/> says so.</summary>
internal static class CodeTasks
{
    /// <summary>Tokens that lm-evaluation-harness lets a model write.</summary>
    private const int MaximumTokens = 1024;

    public static IReadOnlyList<EvaluationTask> All { get; } =
    [
        // Chen et al., "Evaluating Large Language Models Trained on Code", 2021; prompt, stops and test as in lm-evaluation-harness 0.4.13.
        new("humaneval", ["humaneval.test.jsonl", "HumanEval.jsonl"], HumanEval, Metric.Passed),
    ];

    private static Question.Generation HumanEval(Row row)
    {
        string prompt = row.Text("prompt"), test = row.Text("test"), name = row.Text("entry_point");
        return new(prompt, row.Text("canonical_solution"), ["\nclass", "\ndef", "\n#", "\nif", "\nprint"], MaximumTokens)
        {
            Program = answer => $"{prompt}{answer}\n{test}\ncheck({name})",
        };
    }
}

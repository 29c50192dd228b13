using Weft.Evaluation.Harness;
using Weft.Evaluation.Harness.Requests;
using Weft.Evaluation.Harness.Tasks;

namespace Weft.Evaluation.Tests.Harness;

/// <summary>Whole evaluations: kept answers, interruptions, groups, and what is refused.</summary>
public sealed class EvaluatorTests
{
    private static readonly string[] Rows =
    [
        """{"goal": "eat", "sol1": "use a spoon", "sol2": "use a car", "label": 0}""",
        """{"goal": "sleep", "sol1": "run fast", "sol2": "lie in a bed", "label": 1}""",
        """{"goal": "see", "sol1": "open your eyes", "sol2": "close the door", "label": 0}""",
    ];

    [Fact]
    public void An_interrupted_evaluation_goes_on_and_ends_as_an_unbroken_one()
    {
        using StoryModel model = StoryModel.Open();
        using var folder = new TemporaryFolder();
        string store = folder.File("answers.jsonl");
        EvaluationResult whole = Run(model, null, "arc_easy", 40);
        using (AnswerStore answers = AnswerStore.Open(store))
        {
            using var stop = new CancellationTokenSource();
            int reports = 0;
            Assert.Throws<OperationCanceledException>(() => Run(model, answers, "arc_easy", 40, new Synchronous(_ =>
            {
                if (++reports == 4)
                    stop.Cancel();
            }), stop.Token));
            Assert.InRange(answers.Count, 1, 159);
        }
        int kept = File.ReadLines(store).Count();
        // A crash in the middle of a line.
        File.AppendAllText(store, "{\"key\":\"00");
        using (AnswerStore answers = AnswerStore.Open(store))
        {
            Assert.Equal(kept, answers.Count);
            AssertSame(whole, Run(model, answers, "arc_easy", 40));
        }
        long size = new FileInfo(store).Length;
        using (AnswerStore answers = AnswerStore.Open(store))
            AssertSame(whole, Run(model, answers, "arc_easy", 40));
        // Nothing was computed again.
        Assert.Equal(size, new FileInfo(store).Length);
    }

    [Fact]
    public void Answers_of_another_model_and_of_other_texts_are_not_taken()
    {
        using StoryModel model = StoryModel.Open();
        using var folder = new TemporaryFolder();
        using AnswerStore answers = AnswerStore.Open(folder.File("answers.jsonl"));
        EvaluatedModel first = model.Ask(new() { Answers = answers, Identity = "a" }), second = model.Ask(new() { Answers = answers, Identity = "b" });
        ContinuationRequest request = new("The dog", " ran", "row"), moved = new("The dog ran", " ran", "row");
        first.LogLikelihoods([request]);
        first.LogLikelihoods([request]);
        Assert.Equal(1, answers.Count);
        second.LogLikelihoods([request]);
        first.LogLikelihoods([moved]);
        Assert.Equal(3, answers.Count);
        first.GenerateUntil([new("The dog", ["."], 5, "row"), new("The dog", ["."], 6, "row"), new("The dog", ["!"], 5, "row")]);
        Assert.Equal(6, answers.Count);
    }

    [Fact]
    public void A_damaged_file_of_answers_is_named()
    {
        using var folder = new TemporaryFolder();
        string store = folder.File("answers.jsonl");
        File.WriteAllText(store, "{\"key\":\"a\",\"log_likelihood\":-1,\"greedy\":true}\nx\n{\"key\":\"b\",\"text\":\"t\"}\n");
        Assert.Contains("line 2: it is no answer", Assert.Throws<InvalidDataException>(() => AnswerStore.Open(store)).Message, StringComparison.Ordinal);
        File.WriteAllText(store, "My notes");
        Assert.Contains("something else than answers", Assert.Throws<InvalidDataException>(() => AnswerStore.Open(store)).Message, StringComparison.Ordinal);
        Assert.Equal("My notes", File.ReadAllText(store));
    }

    [Fact]
    public void A_group_counts_all_rows_of_its_tasks_alike()
    {
        using StoryModel model = StoryModel.Open();
        EvaluationResult result = new Evaluator(model.Ask(), new() { DataFolder = TestAssets.Require("datasets"), Limit = 6 }).Run(["ai2_arc", "mmlu_other", "arc_easy"]);
        Assert.Equal(["ai2_arc", "mmlu_other"], result.Groups.Select(group => group.Group));
        Assert.Equal(15, result.Tasks.Count);
        TaskResult[] mmlu = [.. result.Tasks.Where(task => task.Task.StartsWith("mmlu_", StringComparison.Ordinal))];
        Assert.Equal(mmlu.Sum(task => task.Rows), result.Groups[1].Rows);
        Assert.Equal(mmlu.Sum(task => task.Scores[0].Estimate.Value * task.Rows) / result.Groups[1].Rows, result.Groups[1].Scores[0].Estimate.Value, 1e-12);
    }

    [Fact]
    public void Shots_stand_before_the_question_and_change_the_prompt_hash()
    {
        using StoryModel model = StoryModel.Open();
        using var folder = new TemporaryFolder();
        File.WriteAllLines(folder.File("piqa.validation.jsonl"), Rows);
        File.WriteAllLines(folder.File("piqa.train.jsonl"), ["""{"goal": "cook", "sol1": "heat it", "sol2": "cool it", "label": 0}"""]);
        TaskResult Ask(int shots, bool fromRows, ulong seed = 0) => new Evaluator(model.Ask(), new() { DataFolder = folder.FullName, Shots = shots, ShotsFromRows = fromRows, Seed = seed }).Run(["piqa"]).Tasks[0];
        TaskResult none = Ask(0, false), one = Ask(1, false), own = Ask(2, true);
        Assert.Equal("Question: cook\nAnswer: heat it\n\nQuestion: eat\nAnswer:", one.Examples[0].Texts[0].Prompt);
        Assert.Equal([" use a spoon", " use a car"], one.Examples[0].Texts.Select(text => text.Text));
        Assert.Equal([true, false], one.Examples[0].Texts.Select(text => text.IsGold));
        Assert.Contains("Question: sleep\nAnswer: lie in a bed\n\n", own.Examples[0].Texts[0].Prompt, StringComparison.Ordinal);
        Assert.Equal(3, new[] { none, one, own }.Select(result => result.PromptHash).Distinct().Count());
        Assert.Equal(own.PromptHash, Ask(2, true).PromptHash);
        File.Delete(folder.File("piqa.train.jsonl"));
        Assert.Contains("'piqa.train.jsonl' there, plain, as .parquet or with .gz, or in a folder inside; or ask for no shots", Assert.Throws<FileNotFoundException>(() => Ask(1, false)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_that_do_not_fit_the_context_are_named_skipped_or_cut()
    {
        using StoryModel model = StoryModel.Open();
        using var folder = new TemporaryFolder();
        string goal = string.Concat(Enumerable.Repeat("a very long day ", 300));
        File.WriteAllLines(folder.File("piqa.validation.jsonl"), [Rows[0], $$"""{"goal": "{{goal}}", "sol1": "use a spoon", "sol2": "use a car", "label": 0}""", Rows[1]]);
        TaskResult Ask(LongRows rows) => new Evaluator(model.Ask(new() { LongRows = rows }), new() { DataFolder = folder.FullName }).Run(["piqa"]).Tasks[0];
        string message = Assert.Throws<InvalidDataException>(() => Ask(LongRows.Refuse)).Message;
        Assert.Contains("piqa.validation.jsonl', line 2: prompt and continuation are ", message, StringComparison.Ordinal);
        Assert.Contains("the model's context is 512; ask with fewer shots", message, StringComparison.Ordinal);
        TaskResult skipped = Ask(LongRows.Skip), cut = Ask(LongRows.Truncate);
        Assert.Equal((2, 0), (skipped.Rows, skipped.Truncated));
        Assert.EndsWith("line 2", Assert.Single(skipped.Skipped), StringComparison.Ordinal);
        Assert.Equal((3, 2), (cut.Rows, cut.Truncated));
        // As lm-evaluation-harness cuts: of prompt and continuation the last 513 ids, of which the model reads all but the last.
        int[] ids = model.Encode($"Question: {goal}\nAnswer:", " use a car");
        int continuation = ids.Length - model.Generator.Tokenizer.EncodeToIds($"Question: {goal}\nAnswer:").Length;
        Assert.Equal(model.Score(ids[^513..], 513 - continuation).LogLikelihood, cut.Examples[1].Texts[1].LogLikelihood!.Value, 1e-9);
    }

    [Fact]
    public void Files_rows_and_fields_that_are_missing_are_named()
    {
        using StoryModel model = StoryModel.Open();
        using var folder = new TemporaryFolder();
        Evaluator evaluator = new(model.Ask(), new() { DataFolder = folder.FullName });
        Assert.Contains("has no file for task piqa; put 'piqa.validation.jsonl' or 'piqa.jsonl' or 'piqa.*.jsonl' there", Assert.Throws<FileNotFoundException>(() => evaluator.Run(["piqa"])).Message, StringComparison.Ordinal);
        void Fails(string row, string message)
        {
            File.WriteAllLines(folder.File("piqa.jsonl"), [Rows[0], row]);
            Assert.Contains($"piqa.jsonl', line 2: {message}", Assert.Throws<InvalidDataException>(() => evaluator.Run(["piqa"])).Message, StringComparison.Ordinal);
        }
        Fails("""{"goal": "eat", "sol1": "a", "label": 0}""", "field 'sol2' is missing; the row has 'goal', 'sol1', 'label'");
        Fails("""{"goal": "eat", "sol1": "a", "sol2": "b", "label": 2}""", "its answer is choice 2, but there are 2");
        Fails("""{"goal": "eat", "sol1": "a", "sol2": 7, "label": 0}""", "field 'sol2' is 7; a text was expected");
        Fails("""{"goal": "eat", "sol1": "a", "sol2": "b", "label": "x"}""", "field 'label' is \"x\"; a whole number was expected");
        Fails("{", "it is no JSON");
        Fails("[]", "it is no JSON object");
        File.WriteAllText(folder.File("piqa.copy.jsonl"), Rows[0]);
        File.WriteAllText(folder.File("piqa.other.jsonl"), Rows[0]);
        File.Delete(folder.File("piqa.jsonl"));
        Assert.Contains("could read", Assert.Throws<InvalidDataException>(() => evaluator.Run(["piqa"])).Message, StringComparison.Ordinal);
        Assert.Contains("there is no task or group 'pica'", Assert.Throws<ArgumentException>(() => evaluator.Run(["pica"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_task_of_one_s_own_needs_a_few_lines()
    {
        using StoryModel model = StoryModel.Open();
        using var folder = new TemporaryFolder();
        File.WriteAllLines(folder.File("pets.jsonl"), ["""{"animal": "dog", "sound": "woof"}""", """{"animal": "cat", "sound": "meow"}"""]);
        EvaluationTask pets = new("pets", ["pets.jsonl"], row => Question.Choose($"The {row.Text("animal")} said", ["woof", "meow"], row.Text("sound") == "woof" ? 0 : 1), Metric.Accuracy);
        TaskResult result = new Evaluator(model.Ask(), new() { DataFolder = folder.FullName }).Run([pets]).Tasks[0];
        double[] scores = [model.Score("The dog said", " woof").LogLikelihood, model.Score("The dog said", " meow").LogLikelihood];
        Assert.Equal(scores, result.Examples[0].Texts.Select(text => text.LogLikelihood!.Value), (a, b) => Math.Abs(a - b) < 1e-9);
    }

    private static EvaluationResult Run(StoryModel model, AnswerStore? answers, string task, int limit, IProgress<EvaluationProgress>? progress = null, CancellationToken ct = default) =>
        new Evaluator(model.Ask(new() { Answers = answers, Batch = 8 }), new() { DataFolder = TestAssets.Require("datasets"), Limit = limit }).Run([task], progress, ct);

    private static void AssertSame(EvaluationResult expected, EvaluationResult actual)
    {
        Assert.Equal(expected.Tasks[0].Scores, actual.Tasks[0].Scores);
        Assert.Equal(expected.Tasks[0].Examples.SelectMany(example => example.Texts), actual.Tasks[0].Examples.SelectMany(example => example.Texts));
    }

    /// <summary>Reports on the caller's thread.</summary>
    private sealed class Synchronous(Action<EvaluationProgress> report) : IProgress<EvaluationProgress>
    {
        public void Report(EvaluationProgress value) => report(value);
    }
}

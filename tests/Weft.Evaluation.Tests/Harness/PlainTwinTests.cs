using System.Text.Json.Nodes;
using Weft.Evaluation.Harness;
using Weft.Evaluation.Harness.Requests;
using Weft.Evaluation.Harness.Tasks;

namespace Weft.Evaluation.Tests.Harness;

/// <summary>Many requests at once, with shared beginnings in caches, beside each computed alone by a plain formula.</summary>
public sealed class PlainTwinTests
{
    /// <summary>The logits have the same bits; up to a hundred terms in fp64, each a sum of 2,048 exponentials, are added in another order.</summary>
    private const double SameLogits = 1e-9;

    private const int Rows = 60;

    [Theory]
    [InlineData("arc_easy", "eval/arc_easy.first_half.jsonl.gz", 1, true)]
    [InlineData("arc_challenge", "eval/arc_challenge.first_half.jsonl.gz", 32, true)]
    [InlineData("arc_easy", "eval/arc_easy.first_half.jsonl.gz", 9, false)]
    [InlineData("winogrande", "eval/winogrande.first_half.jsonl.gz", 16, true)]
    public void Each_choice_has_the_log_likelihood_that_it_has_alone(string name, string file, int batch, bool exact)
    {
        EvaluationTask task = TaskCatalog.FindTask(name)!;
        using StoryModel model = StoryModel.Open(exact);
        Question.Alternatives[] questions = [.. task.Read(TestAssets.Require($"datasets/{file}")).Take(Rows).Select(row => (Question.Alternatives)task.Ask(row))];
        // Shots make a long beginning that all prompts share.
        string shots = batch == 1 ? "" : string.Concat(questions.Take(2).Select(question => $"{question.Shot.Prompt} {question.Shot.Answer}\n\n"));
        (string Context, string Continuation)[] texts = [.. questions.SelectMany(question => question.Items).Select(item => (shots + item.Prompt, " " + item.Answer))];
        IReadOnlyList<ScoredText?> scores = model.Ask(new() { Batch = batch }).LogLikelihoods([.. texts.Select(text => new ContinuationRequest(text.Context, text.Continuation, "row"))]);
        for (int i = 0; i < texts.Length; i++)
        {
            ScoredText plain = model.Score(texts[i].Context, texts[i].Continuation);
            Assert.Equal(plain.LogLikelihood, scores[i]!.Value.LogLikelihood, SameLogits);
            Assert.Equal(plain.IsGreedy, scores[i]!.Value.IsGreedy);
        }
    }

    [Fact]
    public void A_task_s_accuracies_are_those_of_plain_log_likelihoods()
    {
        using StoryModel model = StoryModel.Open();
        var evaluator = new Evaluator(model.Ask(), new() { DataFolder = TestAssets.Require("datasets/eval"), Limit = Rows });
        TaskResult result = Assert.Single(evaluator.Run(["arc_easy"]).Tasks);
        int right = 0, rightPerCharacter = 0;
        foreach (Row row in RowFile.JsonLines(TestAssets.Require("datasets/eval/arc_easy.first_half.jsonl.gz")).Take(Rows))
        {
            string[] choices = [.. ((JsonArray)row.Content["choices"]!).Select(choice => choice!.GetValue<string>())];
            double[] scores = [.. choices.Select(choice => model.Score($"{row.Content["query"]!.GetValue<string>()}\nAnswer:", $" {choice}").LogLikelihood)];
            int gold = row.Content["gold"]!.GetValue<int>();
            right += Array.IndexOf(scores, scores.Max()) == gold ? 1 : 0;
            double[] perCharacter = [.. scores.Zip(choices, (score, choice) => score / choice.Length)];
            rightPerCharacter += Array.IndexOf(perCharacter, perCharacter.Max()) == gold ? 1 : 0;
        }
        Assert.Equal(["acc", "acc_norm"], result.Scores.Select(score => score.Metric));
        Assert.Equal([(double)right / Rows, (double)rightPerCharacter / Rows], result.Scores.Select(score => score.Estimate.Value));
        Assert.Equal(Rows, result.Rows);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(130)]
    public void A_long_text_is_scored_by_windows_each_token_once(int? stride)
    {
        using StoryModel model = StoryModel.Open();
        string text = string.Join(' ', Enumerable.Repeat("Once upon a time, a little dog named Tim lived in a big house near the sea.", 80));
        int[] ids = model.Generator.Tokenizer.EncodeToIds(text, addSpecialTokens: false);
        const int context = 512, beginning = 1;
        Assert.True(ids.Length > 2 * context, $"{ids.Length} tokens");
        double expected = model.Score([beginning, .. ids[..context]], 1).LogLikelihood;
        for (int done = context, step = stride ?? context; done < ids.Length; done += step)
        {
            int end = Math.Min(done + step, ids.Length);
            // Of 513 ids the model reads all but the last one.
            int[] window = ids[(end - context - 1)..end];
            expected += model.Score(window, window.Length - (end - done)).LogLikelihood;
        }
        Assert.Equal(expected, Assert.Single(model.Ask(new() { Stride = stride }).RollingLogLikelihoods([new(text, "text")])), SameLogits * ids.Length);
    }

    [Fact]
    public void Texts_written_together_are_those_written_alone()
    {
        using StoryModel model = StoryModel.Open();
        string[] prompts = ["Once upon a time", "The dog", "Lily and Tom went to the park. They", "A", "One day, a bird"];
        GenerationRequest[] requests = [.. prompts.Select((prompt, i) => new GenerationRequest(prompt, [". ", "\n"], 20 + (7 * i), "row"))];
        IReadOnlyList<string?> texts = model.Ask(new() { Batch = 2 }).GenerateUntil(requests);
        for (int i = 0; i < prompts.Length; i++)
        {
            string whole = string.Concat(model.Generator.Generate(prompts[i], new() { MaximumTokens = requests[i].MaximumTokens, Sampling = new() { Temperature = 0 } }).Select(token => token.Text));
            int[] ends = [.. requests[i].Stops.Select(stop => whole.IndexOf(stop, StringComparison.Ordinal)).Where(at => at >= 0)];
            Assert.Equal(ends.Length > 0 ? whole[..ends.Min()] : whole, texts[i]);
        }
        Assert.Contains(texts, text => text!.Length > 10);
    }

    [Fact]
    public void Windows_score_each_token_once_and_read_no_more_than_the_context()
    {
        foreach (int length in new[] { 0, 1, 7, 8, 9, 23, 24, 25, 100 })
            foreach (int stride in new[] { 1, 3, 8 })
            {
                int[] ids = [.. Enumerable.Range(100, length)];
                TokenRequest[] windows = [.. RollingWindows.Of(ids, prefix: 1, context: 8, stride)];
                Assert.Equal(ids, windows.SelectMany(window => window.Continuation));
                Assert.All(windows, window => Assert.InRange(window.Length, 1, 8));
                Assert.All(windows.Skip(1), window => Assert.Equal(window.Continuation[0] - 1, window.Context[^1]));
                // All but the first read a full context.
                Assert.All(windows.Skip(1), window => Assert.Equal(8, window.Length));
            }
    }
}

using CsCheck;

namespace Weft.Tasks.Tests;

public sealed class QuestionAnswererTests
{
    private const string Question = "who was born", Context = "Ada Lovelace was born in London. The cat slept.";

    private const double Tolerance = 1e-9;

    [Fact]
    public void The_search_finds_the_best_of_all_pairs() =>
        Gen.Select(Gen.Int[-5, 5].Array[2, 60], Gen.Int[1, 8], Gen.Int[1, 6], Gen.Int[0, 255]).Sample((values, longest, count, forbidden) =>
        {
            float[] logits = [.. values[..(values.Length / 2 * 2)].Select(value => value / 4f)];
            bool[] permitted = [.. Enumerable.Range(0, logits.Length / 2).Select(t => (forbidden >> (t % 8) & 1) == 0)];
            (int First, int Last, double Score)[] all =
            [
                .. from first in Enumerable.Range(0, permitted.Length)
                   from last in Enumerable.Range(first, Math.Min(longest, permitted.Length - first))
                   where permitted[first] && permitted[last]
                   orderby logits[2 * first] + logits[(2 * last) + 1] descending, first, last
                   select (first, last, (double)(logits[2 * first] + logits[(2 * last) + 1])),
            ];
            Assert.Equal(all.Take(count), SpanSearch.Best(logits, permitted, longest, count).Select(span => (span.First, span.Last, span.Score)));
        });

    [Fact]
    public void The_answer_is_the_best_span_of_the_context_with_its_place()
    {
        using TaskModel task = TaskModel.Of("spans", WordTokenizer.Bert);
        AnswerSearch found = new QuestionAnswerer(task.Model, new() { MaximumAnswerTokens = 4 }).Answer(Question, Context);
        (int Start, int End, double Score)[] expected = [.. Spans(task, 4, 0, 11)];
        Assert.Equal(expected.OrderByDescending(span => span.Score).Take(20), found.Candidates.Select(answer => (answer.Start, answer.End, answer.Score)));
        Assert.Equal(found.Candidates[0], found.Best);
        Assert.All(found.Candidates, answer => Assert.Equal(Context[answer.Start..answer.End], answer.Text));
        // No answer is scored by the first token, and takes part in the probabilities.
        Assert.Equal(NoAnswer(task, 0, 11), found.NoAnswerScore!.Value, Tolerance);
        Assert.Equal(1, found.Candidates.Sum(answer => answer.Probability) + found.NoAnswerProbability!.Value, Tolerance);
        Assert.Equal(Math.Exp(found.Candidates[0].Score - found.NoAnswerScore.Value), found.Candidates[0].Probability / found.NoAnswerProbability.Value, 1e-6);
    }

    [Fact]
    public void Windows_of_a_long_context_compete_and_no_answer_has_its_least_score()
    {
        // Seven words of the context fit beside the question, and three repeat: 0..6, 4..10.
        using TaskModel task = TaskModel.Of("spans", WordTokenizer.Bert, context: 13);
        AnswerSearch found = new QuestionAnswerer(task.Model, new() { MaximumAnswerTokens = 4, Long = LongInput.Stride, Overlap = 3, Candidates = 5 }).Answer(Question, Context);
        (int Start, int End, double Score)[] expected = [.. Spans(task, 4, 0, 7).Concat(Spans(task, 4, 4, 11))
            .GroupBy(span => (span.Start, span.End)).Select(same => same.MaxBy(span => span.Score)).OrderByDescending(span => span.Score).Take(5)];
        Assert.Equal(expected, found.Candidates.Select(answer => (answer.Start, answer.End, answer.Score)));
        Assert.Equal(Math.Min(NoAnswer(task, 0, 7), NoAnswer(task, 4, 11)), found.NoAnswerScore!.Value, Tolerance);
    }

    [Fact]
    public void There_is_no_answer_where_that_scores_higher_by_more_than_the_threshold()
    {
        using TaskModel task = TaskModel.Of("spans", WordTokenizer.Bert);
        AnswerSearch usual = new QuestionAnswerer(task.Model).Answer(Question, Context);
        double difference = usual.NoAnswerScore!.Value - usual.Candidates[0].Score;
        Answer? Best(double threshold) => new QuestionAnswerer(task.Model, new() { AllowNoAnswer = true, NoAnswerThreshold = threshold }).Answer(Question, Context).Best;
        Assert.Null(Best(difference - 0.01));
        Assert.Equal(usual.Best, Best(difference + 0.01));
    }

    [Fact]
    public void An_empty_context_answers_nothing()
    {
        using TaskModel task = TaskModel.Of("spans", WordTokenizer.Bert);
        AnswerSearch found = new QuestionAnswerer(task.Model).Answer(Question, "");
        Assert.Empty(found.Candidates);
        Assert.Null(found.Best);
    }

    [Fact]
    public void A_long_context_and_a_question_that_leaves_no_room_are_refused()
    {
        using TaskModel task = TaskModel.Of("spans", WordTokenizer.Bert, context: 13);
        string message = Assert.Throws<ArgumentException>(() => new QuestionAnswerer(task.Model).Answer(Question, Context)).Message;
        Assert.Contains("17 tokens", message, StringComparison.Ordinal);
        Assert.Contains("reads 13", message, StringComparison.Ordinal);
        var striding = new QuestionAnswerer(task.Model, new() { Long = LongInput.Stride });
        Assert.Contains("stride of 128", Assert.Throws<ArgumentException>(() => striding.Answer(Question, Context)).Message, StringComparison.Ordinal);
    }

    /// <summary>All spans of a window of the context's words, scored by what the engine says of the whole window.</summary>
    private static IEnumerable<(int Start, int End, double Score)> Spans(TaskModel task, int longest, int from, int to)
    {
        (float[] logits, int question) = Logits(task, from, to);
        (int Start, int End)[] places = [(0, 3), (4, 12), (13, 16), (17, 21), (22, 24), (25, 31), (31, 32), (33, 36), (37, 40), (41, 46), (46, 47)];
        for (int first = from; first < to; first++)
            for (int last = first; last < Math.Min(to, first + longest); last++)
                yield return (places[first].Start, places[last].End, (double)logits[2 * (question + first - from)] + logits[(2 * (question + last - from)) + 1]);
    }

    private static double NoAnswer(TaskModel task, int from, int to)
    {
        float[] logits = Logits(task, from, to).Logits;
        return (double)logits[0] + logits[1];
    }

    private static (float[] Logits, int Question) Logits(TaskModel task, int from, int to)
    {
        string[] words = ["ada", "lovelace", "was", "born", "in", "london", ".", "the", "cat", "slept", "."];
        int[] ids = WordTokenizer.Bert.Ids($"[CLS] {Question} [SEP] {string.Join(' ', words[from..to])} [SEP]");
        return (task.Outputs(ids, [.. ids.Select((_, i) => i < 5 ? 0 : 1)]), 5);
    }
}

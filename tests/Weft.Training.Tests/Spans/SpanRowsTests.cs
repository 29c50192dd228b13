using System.Text.Json;

using Weft.Data;
using Weft.Training.Baselines;
using Weft.Training.Runs;
using Weft.Training.Tests.Runs;

namespace Weft.Training.Tests.Spans;

public class SpanRowsTests
{
    [Fact]
    public void Articles_are_held_out_whole_and_so_is_every_text()
    {
        using var folder = new TemporaryFolder();
        // 40 articles of three texts each; one text stands in all of them.
        HeldOutQuestions.Write(folder.File("all.json"), [.. Enumerable.Range(0, 40).SelectMany(article => Enumerable.Range(0, 3).Select(text =>
            new ReadingQuestion($"{article}.{text}", $"what is {article} {text}", text == 2 ? "shared text" : $"text {text} of {article}", [new("text", text == 2 ? 7 : 0)], "") { Article = $"article {article}" }))]);
        (Recipe filled, SpanRows rows, RunWatcher watcher) = Begin(new() { Kind = TaskKind.Spans, Files = [folder.File("all.json")], ValidationShare = 0.2, TestShare = 0.2 });
        Assert.All(rows.Splits, split => Assert.NotEmpty(split));
        Assert.Equal(120, rows.Splits.Sum(split => split.Count));
        string[][] contexts = [.. rows.Splits.Select(split => split.Select(question => question.Context).Distinct().ToArray())];
        Assert.Equal(81, contexts.Sum(split => split.Length));
        Assert.Empty(contexts[0].Intersect(contexts[1].Concat(contexts[2])));
        foreach (IGrouping<string, ReadingQuestion> article in rows.Splits.SelectMany(split => split).Where(question => question.Context != "shared text").GroupBy(question => question.Article))
            Assert.Single(rows.Splits, split => split.Any(question => question.Article == article.Key && question.Context != "shared text"));
        Assert.Equal(256 / 3, filled.Task!.Stride);
        Assert.Contains(watcher.Lines, line => line.Contains(" questions of ", StringComparison.Ordinal) && line.EndsWith("0 exact duplicates dropped", StringComparison.Ordinal));
        // What is written back can be started again, and files written are read as they were.
        Assert.Equal(rows.Splits[2].Select(question => question.Id), Begin(filled.Task).Rows.Splits[2].Select(question => question.Id));
    }

    [Fact]
    public void Rows_of_tables_are_questions_and_an_empty_answer_is_none()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllLines(folder.File("a.jsonl"),
        [
            "{\"question\": \" who? \", \"context\": \"😀 Ada wrote\", \"answer\": \"Ada\", \"answer_start\": 2}",
            "{\"question\": \"when?\", \"context\": \"Ada wrote\", \"answer\": null, \"answer_start\": null}",
            "{\"question\": \"what?\", \"context\": \"Ada wrote\", \"answer\": \"\", \"answer_start\": -1}",
        ]);
        File.WriteAllLines(folder.File("b.tsv"), ["q\tt\ta\ts", "who?\tBo wrote\tBo\t0"]);
        (_, SpanRows rows, RunWatcher watcher) = Begin(new() { Kind = TaskKind.Spans, Files = [folder.File("a.jsonl")], Validation = [folder.File("a.jsonl")] });
        Assert.Equal([["Ada"], [], []], rows.Splits[0].Select(question => question.Answers.Select(answer => answer.Text)));
        Assert.Equal("who?", rows.Splits[0][0].Question);
        Assert.Equal($"{folder.File("a.jsonl")}#1", rows.Splits[0][0].Source);
        Assert.Contains("2 of 3 training questions have no answer", watcher.Lines);
        Assert.Contains("the texts of 3 held-out questions are texts of training questions too, so that the figures flatter the model", watcher.Lines);
        (_, rows, _) = Begin(new() { Kind = TaskKind.Spans, Files = [folder.File("b.tsv")], Validation = [folder.File("b.tsv")], Question = "q", Context = "t", Answer = "a", AnswerStart = "s" });
        Assert.Equal([new MarkedAnswer("Bo", 0)], rows.Splits[0][0].Answers);
        File.WriteAllLines(folder.File("b.tsv"), ["question\tcontext\tanswer\tanswer_start", "who?\tBo wrote\tBo\tfirst"]);
        Assert.Contains($"{folder.File("b.tsv")}#2: has 'first' at 'answer_start', where a whole number from 0 was expected", Refusal(new() { Kind = TaskKind.Spans, Files = [folder.File("b.tsv")] }), StringComparison.Ordinal);
    }

    [Fact]
    public void An_answer_that_is_not_in_its_text_is_named_with_both_and_left_out_only_where_asked()
    {
        using var folder = new TemporaryFolder();
        string file = folder.File("train.json");
        File.WriteAllText(file, JsonSerializer.Serialize(new { data = new[] { Article("a", "Ada wrote notes.", ("good", "who?", "Ada", 0), ("bad", "what?", "notes", 11), ("good", "who else?", "Ada", 0), ("blank", " ", "Ada", 0)) } }));
        File.WriteAllText(folder.File("dev.json"), JsonSerializer.Serialize(new { data = new[] { Article("b", "Bo slept.", ("x", "who?", "Bo", 0)) } }));
        var task = new TaskRecipe { Kind = TaskKind.Spans, Files = [file], Validation = [folder.File("dev.json")] };
        Assert.Equal($"3 of 5 rows cannot be used: {file}, question 'bad' has the answer 'notes' at 11, where its text has 'otes.'; {file}, question 'good' has the id of a question before it; "
            + $"{file}, question 'blank' has an empty question. Mend them, or leave them out with task.bad-rows: skip", Refusal(task));
        (_, SpanRows rows, RunWatcher watcher) = Begin(task with { BadRows = BadRows.Skip });
        Assert.Equal((1, 1, 3), (rows.Splits[0].Count, rows.Splits[1].Count, rows.Bad.Count));
        Assert.Equal("3 of 5 rows cannot be used and are left out; bad-rows.txt in the run's folder lists them", watcher.Lines[0]);
    }

    [Fact]
    public void Too_few_articles_and_questions_without_answers_are_refused()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("a.json"), JsonSerializer.Serialize(new { data = new[] { Article("a", "Ada wrote.", ("1", "who?", "Ada", 0), ("2", "who wrote?", "Ada", 0)) } }));
        Assert.Contains("none of the 1 articles of", Refusal(new() { Kind = TaskKind.Spans, Files = [folder.File("a.json")], ValidationShare = 0.01, TestShare = 0 }), StringComparison.Ordinal);
        File.WriteAllText(folder.File("a.jsonl"), "{\"question\": \"who?\", \"context\": \"Ada\", \"answer\": \"\", \"answer_start\": 0}\n");
        Assert.Contains("no training question of", Refusal(new() { Kind = TaskKind.Spans, Files = [folder.File("a.jsonl")], Validation = [folder.File("a.jsonl")] }), StringComparison.Ordinal);
        File.WriteAllText(folder.File("a.json"), "{\"data\": []}");
        Assert.Contains("hold no question to learn from", Refusal(new() { Kind = TaskKind.Spans, Files = [folder.File("a.json")] }), StringComparison.Ordinal);
    }

    public static TheoryData<string, TaskRecipe> Impossible => new()
    {
        { "task.text is 1; kind spans has none", new() { Kind = TaskKind.Spans, Text = "1" } },
        { "task.labels is given; kind spans has none", new() { Kind = TaskKind.Spans, Labels = ["a"] } },
        { "task.truncate is Tail; kind spans has none", new() { Kind = TaskKind.Spans, Truncate = Weft.Text.CutPart.Tail } },
        { "task.stride is -1; give 0 or more tokens", new() { Kind = TaskKind.Spans, Stride = -1 } },
        { "task.stride is 3; kind classification has none", new() { Stride = 3, Text = "1", Label = "2" } },
        { "task.question is q; kind tokens has none", new() { Kind = TaskKind.Tokens, Question = "q" } },
        { "task.separator is ,; kind tokens has none", new() { Kind = TaskKind.Tokens, Separator = "," } },
        { "task.format is Csv; tagged words come in columns", new() { Kind = TaskKind.Tokens, Format = TableFormat.Csv } },
        { "task.label is ner; columns of words and tags have numbers", new() { Kind = TaskKind.Tokens, Label = "ner" } },
    };

    [Theory]
    [MemberData(nameof(Impossible))]
    public void Keys_of_other_kinds_are_refused(string expected, TaskRecipe task) => Assert.Contains(expected, Assert.Throws<InvalidDataException>(() =>
        TaskRows.Begin(new() { Task = task with { Files = ["a.conll"] } }, new RunWatcher(), CancellationToken.None)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("llama", "points at no answers; choose bert")]
    [InlineData("t5", "a model of architecture t5 learns")]
    public void Only_encoders_point_at_answers(string architecture, string expected)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("a.json"), JsonSerializer.Serialize(new { data = new[] { Article("a", "Ada wrote.", ("1", "who?", "Ada", 0)) } }));
        var recipe = new Recipe
        {
            Task = new() { Kind = TaskKind.Spans, Files = [folder.File("a.json")], Validation = [folder.File("a.json")] },
            Model = new() { Architecture = architecture },
            Training = new() { Steps = 1 },
        };
        Assert.Contains(expected, Assert.Throws<InvalidDataException>(() => TrainingRun.Start(recipe, new(folder.File("run")), new RunWatcher(), CancellationToken.None)).Message, StringComparison.Ordinal);
    }

    /// <summary>
    /// Candidates are "Paris" and "London": all other words are frequent in training or the question's. Of "Where w1 Ada born?" a window of 1 + 4 words over London holds Ada, w1 and born,
    /// ln 2 + ln 1.5 + ln 2, one over Paris w1 alone; of "Which w3 w2?" one over Paris holds both, one over London w2 alone.
    /// </summary>
    [Fact]
    public void A_sliding_window_takes_the_words_with_most_of_the_question_around_them()
    {
        const string text = "w1 Paris w2 w3 w4 w5 w6 w7 w8 w9 w3. Ada w1 born w2 London w4 w5.";
        using var folder = new TemporaryFolder();
        string frequent = string.Join(' ', Enumerable.Range(0, 100).SelectMany(i => Enumerable.Repeat($"w{i}", 3)));
        File.WriteAllText(folder.File("train.json"), JsonSerializer.Serialize(new { data = new[] { Article("a", frequent, ("1", "what?", "w0", 0)) } }));
        File.WriteAllText(folder.File("dev.json"), JsonSerializer.Serialize(new
        {
            data = new[] { Article("b", text, ("x", "Where w1 Ada born?", "London", text.IndexOf("London", StringComparison.Ordinal)), ("y", "Which w3 w2?", "Paris", 3)) },
        }));
        SlidingWindowResult result = SlidingWindowBaseline.Run(new()
        {
            Task = new() { Kind = TaskKind.Spans, Files = [folder.File("train.json")], Validation = [folder.File("dev.json")] },
        }, new RunWatcher(), CancellationToken.None);
        Assert.Equal(["x", "y"], result.Questions.Select(question => question.Id));
        Assert.Equal(new Dictionary<string, string> { ["x"] = "London", ["y"] = "Paris" }, result.Predictions);
    }

    private static object Article(string title, string context, params (string Id, string Question, string Answer, int Start)[] questions) => new
    {
        title,
        paragraphs = new[]
        {
            new { context, qas = questions.Select(one => new { id = one.Id, question = one.Question, answers = new[] { new { text = one.Answer, answer_start = one.Start } } }).ToArray() },
        },
    };

    private static string Refusal(TaskRecipe task) => Assert.Throws<InvalidDataException>(() => Begin(task)).Message;

    private static (Recipe Filled, SpanRows Rows, RunWatcher Watcher) Begin(TaskRecipe task)
    {
        var watcher = new RunWatcher();
        (Recipe filled, ITaskRows? rows) = TaskRows.Begin(new() { Task = task }, watcher, CancellationToken.None);
        return (filled, (SpanRows)rows!, watcher);
    }
}

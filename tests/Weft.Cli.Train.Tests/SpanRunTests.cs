using System.Text.Json;
using Weft.Data;
using Weft.Tasks;
using Weft.Training.Runs;

namespace Weft.Cli.Train.Tests;

/// <summary><c>weft finetune</c> and <c>weft baseline</c> of questions, and of words.</summary>
public class SpanRunTests
{
    private const string Recipe =
        """
        name: reader
        seed: 7
        threads: 1
        task: { kind: spans, files: [train.json], validation: [train.json], stride: 8 }
        tokenizer: { vocabulary: 320 }
        model: { architecture: bert, layers: 1, width: 48, heads: 4, context: 40 }
        training: { steps: 150, batch: 24, learning-rate: 5e-3, precision: float32, evaluate-every: 50 }

        """;

    /// <summary>Eight questions of three texts, one without an answer; texts take several windows, and answers stand behind characters of two UTF-16 units.</summary>
    private static readonly (string Context, (string Question, string Answer)[] Questions)[] Texts =
    [
        ("😀 Ada Lovelace was born in London in 1815 😀 and wrote the first notes on the engine of Charles Babbage.", [("Who was born?", "Ada Lovelace"), ("Where?", "London"), ("When?", "1815"), ("Whose engine?", "Charles Babbage")]),
        ("The 🐘 of the zoo in Oslo is called Bo, and eats forty kilos of hay a day.", [("Who eats hay?", "Bo"), ("How much?", "forty kilos")]),
        ("Rain fell on the hills of Lima.", [("What fell?", "Rain"), ("Who sang?", "")]),
    ];

    [Fact]
    public void Eight_questions_are_learnt_by_heart_and_answered_from_the_exported_folder()
    {
        using var folder = new TemporaryFolder();
        Write(folder);
        (int exitCode, string output, string error) = SmallRun.Run(CancellationToken.None, "finetune", folder.File("recipe.yaml"), "--out", folder.File("run"), "--json");
        Assert.True(exitCode == 0, error);
        using JsonDocument json = JsonDocument.Parse(output);
        Assert.Equal(["model", "report", "test_loss", "test_span_accuracy", "test_exact_match", "test_f1", "test_questions", "train_tokens_per_second", "runtime_difference", "samples"],
            json.RootElement.EnumerateObject().Select(property => property.Name));
        Assert.Equal((100, 100, 8), (json.RootElement.GetProperty("test_exact_match").GetDouble(), json.RootElement.GetProperty("test_f1").GetDouble(), json.RootElement.GetProperty("test_questions").GetInt32()));
        Assert.Contains("windows of at most 40 tokens, which share 8 with the one before", error, StringComparison.Ordinal);
        Assert.Contains("exact match 100.00, F1 100.00 over 8 questions", error, StringComparison.Ordinal);
        Assert.Contains("<dt>Span accuracy</dt>", File.ReadAllText(folder.File("run/report.html")), StringComparison.Ordinal);

        // By the task that users take, on the questions that the run has kept.
        using LanguageModel model = LanguageModel.Load(folder.File("run/model"));
        var answerer = new QuestionAnswerer(model, new() { Long = LongInput.Stride, Overlap = 8, AllowNoAnswer = true });
        ReadingQuestion[] kept = [.. HeldOutQuestions.Read(new(folder.File("run")))];
        Assert.Equal(Texts.SelectMany(text => text.Questions).Select(question => question.Answer), kept.Select(question => answerer.Answer(question.Question, question.Context).Best?.Text ?? ""));
        // The text of most questions is longer than a window.
        Assert.Contains(kept, question => model.Tokenizer.EncodePair(question.Question, question.Context).Ids.Length > 60);

        (exitCode, output, error) = SmallRun.Run(CancellationToken.None, "finetune", folder.File("recipe.yaml"), "--out", folder.File("run"), "--resume");
        Assert.True(exitCode == 0, error);
        Assert.StartsWith("test exact match 100.00, F1 100.00 over 8 questions, loss ", output, StringComparison.Ordinal);
        Assert.Contains($" answer {folder.File("run/model")} \"Who was born?\" --file TEXT --long stride", output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_baseline_answers_the_same_questions()
    {
        using var folder = new TemporaryFolder();
        Write(folder);
        (int exitCode, string output, string error) = SmallRun.Run(CancellationToken.None, "baseline", folder.File("recipe.yaml"), "--json");
        Assert.True(exitCode == 0, error);
        using JsonDocument json = JsonDocument.Parse(output);
        Assert.Equal(["test_exact_match", "test_f1", "test_questions"], json.RootElement.EnumerateObject().Select(property => property.Name));
        Assert.Equal(8, json.RootElement.GetProperty("test_questions").GetInt32());
        (_, output, _) = SmallRun.Run(CancellationToken.None, "baseline", folder.File("recipe.yaml"));
        Assert.StartsWith("sliding window: exact match ", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_are_learnt_and_shown_and_have_no_baseline()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("recipe.yaml"), Recipe.Replace("kind: spans, files: [train.json], validation: [train.json], stride: 8", $"kind: tokens, files: ['{folder.File("a.conll")}']", StringComparison.Ordinal));
        string[] names = ["Ada", "Bo", "Cleo"];
        File.WriteAllLines(folder.File("a.conll"), Enumerable.Range(0, 120).SelectMany(i => new[] { $"{names[i % 3]} B-PER", "saw O", $"{i} O", "" }));
        (int exitCode, string output, string error) = SmallRun.Run(CancellationToken.None, "finetune", folder.File("recipe.yaml"), "--out", folder.File("run"), "--json");
        Assert.True(exitCode == 0, error);
        using JsonDocument json = JsonDocument.Parse(output);
        Assert.Equal(1, json.RootElement.GetProperty("test_entity_f1").GetDouble());
        Assert.StartsWith("PER: ", json.RootElement.GetProperty("samples")[0].GetProperty("completion").GetString(), StringComparison.Ordinal);
        Assert.Contains("<dt>Entity F1</dt>", File.ReadAllText(folder.File("run/report.html")), StringComparison.Ordinal);
        (exitCode, _, error) = SmallRun.Run(CancellationToken.None, "baseline", folder.File("recipe.yaml"));
        Assert.Equal(1, exitCode);
        Assert.Contains("task.kind is tokens", error, StringComparison.Ordinal);
    }

    private static void Write(TemporaryFolder folder)
    {
        string file = folder.File("train.json");
        File.WriteAllText(folder.File("recipe.yaml"), Recipe.Replace("train.json", $"'{file}'", StringComparison.Ordinal));
        var articles = Texts.Select((text, i) => new
        {
            title = $"{i}",
            paragraphs = new[]
            {
                new { context = text.Context, qas = text.Questions.Select((question, j) => new { id = $"{i}.{j}", question = question.Question, answers = Marked(text.Context, question.Answer) }) },
            },
        });
        File.WriteAllText(file, JsonSerializer.Serialize(new { version = "v2.0", data = articles }));
    }

    /// <summary>Counted in code points, as Python counts.</summary>
    private static object[] Marked(string context, string answer) =>
        answer.Length == 0 ? [] : [new { text = answer, answer_start = context[..context.IndexOf(answer, StringComparison.Ordinal)].EnumerateRunes().Count() }];
}

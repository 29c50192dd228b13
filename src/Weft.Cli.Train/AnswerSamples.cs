using Weft.Cli.Train.Display;
using Weft.Cli.Train.Report;
using Weft.Data;
using Weft.Evaluation.Metrics.Squad;
using Weft.Tasks;
using Weft.Training.Runs;

namespace Weft.Cli.Train;

/// <summary>How a fresh reader answers the questions that were held out, by the task that its users take.</summary>
internal static class AnswerSamples
{
    private const int Count = 5;

    /// <summary>Answers all of them, showing some.</summary>
    /// <returns>SQuAD's scores, and what was shown.</returns>
    public static (SquadScore Score, IReadOnlyList<GeneratedSample> Samples) Write(RunResult result, IRunDisplay display, CancellationToken ct)
    {
        IReadOnlyList<ReadingQuestion> questions = HeldOutQuestions.Read(result.Folder);
        using LanguageModel model = LanguageModel.Load(result.Folder.ModelFolder, new() { Threads = result.Recipe.Threads!.Value });
        var answerer = new QuestionAnswerer(model, new()
        {
            Long = LongInput.Stride,
            Overlap = result.Recipe.Task!.Stride!.Value,
            AllowNoAnswer = questions.Any(question => question.Answers.Count == 0),
        });
        Dictionary<string, string> predictions = [];
        foreach ((int i, ReadingQuestion question) in questions.Index())
        {
            predictions[question.Id] = answerer.Answer(question.Question, question.Context, ct).Best?.Text ?? "";
            display.Progress("questions", i + 1, questions.Count);
        }
        SquadScore score = Score(questions, predictions);
        display.Info(Describe(score));
        GeneratedSample[] samples = [.. Enumerable.Range(0, Math.Min(Count, questions.Count)).Select(i => questions[(int)((long)i * questions.Count / Math.Min(Count, questions.Count))])
            .Select(question => new GeneratedSample(question.Question, predictions[question.Id],
                question.Answers.Count == 0 ? "in the data: no answer" : $"in the data: {string.Join(" | ", question.Answers.Select(answer => answer.Text).Distinct())}"))];
        foreach (GeneratedSample sample in samples)
            display.Info($"{Failure.OneLine(sample.Prompt)} → {Failure.OneLine(sample.Completion)} ({Failure.OneLine(sample.Note ?? "")})");
        return (score, samples);
    }

    /// <summary>The scores of predictions, by the rules of the release that the questions fit.</summary>
    public static SquadScore Score(IReadOnlyList<ReadingQuestion> questions, IReadOnlyDictionary<string, string> predictions) =>
        new SquadMetric(questions.Any(question => question.Answers.Count == 0) ? SquadRelease.V2 : SquadRelease.V1)
            .Score([.. questions.Select(question => new SquadQuestion(question.Id, [.. question.Answers.Select(answer => answer.Text)]))], predictions);

    /// <summary>Exact match and F1 as a line.</summary>
    public static string Describe(SquadScore score) => FormattableString.Invariant($"exact match {score.ExactMatch:F2}, F1 {score.F1:F2} over {score.Total:N0} questions");
}

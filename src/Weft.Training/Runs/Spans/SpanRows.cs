using System.Globalization;
using System.Text.Json;

using Weft.Data;
using Weft.Text;

namespace Weft.Training.Runs;

/// <summary>The questions of a recipe's task, by split, each with a text that says its answers where they are said to stand.</summary>
internal sealed record SpanRows : ITaskRows
{
    /// <summary>Questions of each split, in the order of <see cref="DataSplit"/>.</summary>
    public required IReadOnlyList<ReadingQuestion>[] Splits { get; init; }

    /// <summary>Questions that were left out since an equal one had come before.</summary>
    public required int Duplicates { get; init; }

    /// <inheritdoc/>
    public required IReadOnlyList<BadRow> Bad { get; init; }

    /// <inheritdoc/>
    public int Read => Splits.Sum(split => split.Count) + Duplicates + Bad.Count;

    /// <summary>Reads the questions of a recipe, and fills in how much windows overlap.</summary>
    /// <inheritdoc cref="TaskRows.Begin"/>
    public static (Recipe Recipe, SpanRows Rows) Begin(Recipe recipe, IRunObserver observer, CancellationToken cancellation)
    {
        RecipeRange.Check(recipe);
        TaskRecipe task = recipe.Task!;
        task.Check();
        task = task with { Stride = task.Stride ?? recipe.Model.Context / 3 };
        List<BadRow> bad = [];
        (List<ReadingQuestion>[] splits, int duplicates) = Split(task, paths => [.. Usable(ReadFiles(task, paths, cancellation), bad)]);
        SpanRows rows = new() { Splits = splits, Duplicates = duplicates, Bad = bad };
        BadRow.Judge(bad, task.BadRows, rows.Read, observer);
        rows.Check(task);
        rows.Describe(observer);
        return (recipe with { Task = task }, rows);
    }

    /// <inheritdoc/>
    public (Corpus Texts, Corpus? Pairs) ToCorpora() => (
        TaskRows.ToCorpus(Splits.Select(split => split.DistinctBy(question => question.Context).Select(question => new TextDocument(question.Context, question.Source))), Read, Duplicates),
        TaskRows.ToCorpus(Splits.Select(split => split.Select(question => new TextDocument(question.Question, question.Source))), Read, Duplicates));

    /// <inheritdoc/>
    public void CheckTokenizer(Tokenizer tokenizer)
    {
        EncodedText pair = tokenizer.EncodePair("a", "b");
        int question = Array.IndexOf(pair.Sequences, 0), text = Array.IndexOf(pair.Sequences, 1);
        if (question < 1 || text < question || pair.Sequences[text - 1] >= 0)
            throw new InvalidDataException("task.kind is spans, but the tokenizer puts no token before a question, at which what has no answer points, or none between it and its text; begin with an encoder whose tokenizer does");
    }

    /// <inheritdoc/>
    public EncodedRow[][] Encode(Tokenizer tokenizer, Recipe recipe, int segments, (IRunObserver Observer, CancellationToken Token) context)
    {
        var windows = new SpanWindows(tokenizer, recipe.Model.Context, recipe.Task!.Stride!.Value, segments);
        EncodedRow[][] splits = [.. Splits.Select(split => EncodedRow.Of(split, recipe.Threads!.Value, windows.Encode, context.Token))];
        context.Observer.Info(FormattableString.Invariant($"{splits.Sum(split => split.Length):N0} windows of at most {recipe.Model.Context} tokens, which share {recipe.Task.Stride} with the one before; ")
            + FormattableString.Invariant($"{splits[0].Count(row => row.Labels.Span is { Start: 0 }):N0} of {splits[0].Length:N0} to train hold no answer"));
        return splits;
    }

    /// <inheritdoc/>
    public void Keep(RunFolder folder, IReadOnlySet<string> unfit) =>
        HeldOutQuestions.Write(HeldOutQuestions.FileOf(folder), [.. (Splits[2].Count > 0 ? Splits[2] : Splits[1]).Where(question => !unfit.Contains(question.Source))]);

    private static IEnumerable<ReadingQuestion> ReadFiles(TaskRecipe task, IReadOnlyList<string> paths, CancellationToken cancellation)
    {
        IReadOnlyList<string> files = TextFiles.Expand(paths);
        // JSON that is no list of lines is SQuAD's own; an array of rows needs task.format.
        bool IsTable(string file) => task.Format is not null || (TableFiles.FormatOf(file) is not null && !file.EndsWith(".json", StringComparison.OrdinalIgnoreCase) && !file.EndsWith(".json.gz", StringComparison.OrdinalIgnoreCase));
        string[] columns = [task.Question ?? "question", task.Context ?? "context", task.Answer ?? "answer", task.AnswerStart ?? "answer_start"];
        // In JSON a place is a number, and no answer may be null.
        string? Other(string key, JsonElement value) => value.ValueKind switch
        {
            JsonValueKind.Number when key == columns[3] => value.GetRawText(),
            JsonValueKind.Null when key == columns[2] || key == columns[3] => "",
            _ => null,
        };
        return files.SelectMany(file => IsTable(file)
            ? TableFiles.Read([file], columns, task.Format, Other, cancellation).Select(row => OfRow(row, columns[3]))
            : SquadFiles.Read([file], cancellation));
    }

    private static ReadingQuestion OfRow(TableRow row, string column)
    {
        if (row.Values[2].Length == 0)
            return new(row.Source, row.Values[0], row.Values[1], [], row.Source);
        return int.TryParse(row.Values[3], NumberStyles.None, CultureInfo.InvariantCulture, out int start)
            ? new(row.Source, row.Values[0], row.Values[1], [new(row.Values[2], start)], row.Source)
            : throw new InvalidDataException($"{row.Source}: has '{row.Values[3]}' at '{column}', where a whole number from 0 was expected, the place of its answer");
    }

    private static IEnumerable<ReadingQuestion> Usable(IEnumerable<ReadingQuestion> questions, List<BadRow> bad)
    {
        HashSet<string> ids = new(StringComparer.Ordinal);
        foreach (ReadingQuestion question in questions)
        {
            string? problem = string.IsNullOrWhiteSpace(question.Question) ? "has an empty question"
                : string.IsNullOrWhiteSpace(question.Context) ? "has an empty text"
                : question.Answers.Any(answer => string.IsNullOrWhiteSpace(answer.Text)) ? "has an empty answer; leave it out where there is none"
                : question.Answers.FirstOrDefault(answer => answer.In(question.Context) is null) is { } wrong
                    ? FormattableString.Invariant($"has the answer '{Short(wrong.Text)}' at {wrong.Start}, where its text has '{Short(wrong.Instead(question.Context))}'")
                : !ids.Add(question.Id) ? "has the id of a question before it" : null;
            if (problem is null)
                yield return question with { Question = question.Question.Trim() };
            else
                bad.Add(new(question.Source, problem));
        }
    }

    private static (List<ReadingQuestion>[] Splits, int Duplicates) Split(TaskRecipe task, Func<IReadOnlyList<string>, List<ReadingQuestion>> read)
    {
        List<ReadingQuestion> questions = read(task.Files);
        bool validation = task.Validation.Count > 0, test = task.Test.Count > 0;
        List<ReadingQuestion>[] splits = [[], validation ? read(task.Validation) : [], test ? read(task.Test) : []];
        if (validation)
        {
            splits[0] = questions;
            return (splits, 0);
        }
        HashSet<(string, string)> seen = [];
        int duplicates = questions.RemoveAll(question => !seen.Add((question.Question, question.Context)));
        // A text goes where its article goes, or the first of several that have it: none is judged by questions of a text that was learnt.
        Dictionary<string, string> articles = new(StringComparer.Ordinal);
        foreach (ReadingQuestion question in questions)
        {
            articles.TryAdd(question.Context, question.Article);
            splits[(int)HashSplit.Of(articles[question.Context], task.ValidationShare, test ? 0 : task.TestShare)].Add(question);
        }
        return (splits, duplicates);
    }

    private void Check(TaskRecipe task)
    {
        string files = string.Join(", ", task.Files);
        if (Splits[0].Count == 0)
            throw new InvalidDataException($"{files} hold no question to learn from; give files with some, or a smaller share to hold out");
        if (Splits[1].Count == 0)
            throw new InvalidDataException(FormattableString.Invariant(
                $"none of the {Articles(Splits[0])} articles of {files} was held out, and articles are never torn; give more of them, a larger task.validation-share, or task.validation"));
        if (Splits[0].All(question => question.Answers.Count == 0))
            throw new InvalidDataException($"no training question of {files} has an answer, so there is nothing to find; give questions with answers");
    }

    private void Describe(IRunObserver observer)
    {
        string Of(int split) => FormattableString.Invariant($"{Splits[split].Count:N0} questions of {Articles(Splits[split]):N0} articles");
        observer.Info(FormattableString.Invariant($"{Of(0)} to train, {Of(1)} validation, {Of(2)} test; {Duplicates:N0} exact duplicates dropped"));
        int none = Splits[0].Count(question => question.Answers.Count == 0);
        if (none > 0)
            observer.Info(FormattableString.Invariant($"{none:N0} of {Splits[0].Count:N0} training questions have no answer"));
        HashSet<string> learnt = [.. Splits[0].Select(question => question.Context)];
        int shared = Splits[1].Concat(Splits[2]).Count(question => learnt.Contains(question.Context));
        if (shared > 0)
            observer.Info(FormattableString.Invariant($"the texts of {shared:N0} held-out questions are texts of training questions too, so that the figures flatter the model"));
    }

    private static int Articles(IReadOnlyList<ReadingQuestion> questions) => questions.DistinctBy(question => question.Article).Count();

    private static string Short(string text)
    {
        const int most = 60;
        return text.Length > most ? text[..most] + "…" : text;
    }
}

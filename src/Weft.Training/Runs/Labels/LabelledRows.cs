using System.Globalization;
using System.Text.Json;

using Weft.Data;
using Weft.Text;
using Weft.Training.Objectives;

namespace Weft.Training.Runs;

/// <summary>The rows of a recipe's task, by split, all of them with a text and with labels that the model knows.</summary>
internal sealed record LabelledRows : ITaskRows
{
    private const int Shown = 8;

    /// <summary>Rows of each split.</summary>
    public required IReadOnlyList<LabelledRow> Train { get; init; }

    /// <summary>What steers training.</summary>
    public required IReadOnlyList<LabelledRow> Validation { get; init; }

    /// <summary>What is looked at once; may be empty.</summary>
    public required IReadOnlyList<LabelledRow> Test { get; init; }

    /// <summary>Rows that were left out since an equal one had come before.</summary>
    public required int Duplicates { get; init; }

    /// <inheritdoc/>
    public required IReadOnlyList<BadRow> Bad { get; init; }

    /// <summary>All splits, in the order of <see cref="DataSplit"/>.</summary>
    public IReadOnlyList<LabelledRow>[] Splits => [Train, Validation, Test];

    /// <inheritdoc/>
    public int Read => Train.Count + Validation.Count + Test.Count + Duplicates + Bad.Count;

    /// <summary>Reads the rows of a recipe, and fills in the labels that it does not name.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="observer">Is told what was read.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>The recipe as it is, and null, where it has no task with labels.</returns>
    /// <exception cref="InvalidDataException">A column is missing, a row is wrong, or there are too few labels; the message names file and line.</exception>
    /// <exception cref="FileNotFoundException">A path stands for no file.</exception>
    public static (Recipe Recipe, LabelledRows? Rows) Begin(Recipe recipe, IRunObserver observer, CancellationToken cancellation)
    {
        if (recipe.Task is not { LabelsTexts: true } task)
            return (recipe, null);
        RecipeRange.Check(recipe);
        task.Check();
        List<BadRow> bad = [];
        (List<LabelledRow>[] splits, int duplicates) = TaskSplit.Of<LabelledRow>(
            task, paths => [.. Usable(task, ReadFiles(task, paths, cancellation), bad)], row => row.Key, row => (row.Key, row.Label));
        task = WithLabels(task, splits[0]);
        if (task.Says != LabelKind.Number)
            foreach (List<LabelledRow> split in splits)
                split.RemoveAll(row => IsUnknown(task, row, bad));
        LabelledRows rows = new() { Train = splits[0], Validation = splits[1], Test = splits[2], Duplicates = duplicates, Bad = bad };
        BadRow.Judge(bad, task.BadRows, rows.Read, observer);
        rows.Check(task);
        rows.Describe(task, observer);
        if (task.Balance)
            task = task with { ClassWeights = Balanced(task, rows.Train) };
        return (recipe with { Task = task }, rows);
    }

    private static IEnumerable<LabelledRow> ReadFiles(TaskRecipe task, IReadOnlyList<string> paths, CancellationToken cancellation)
    {
        foreach (TableRow row in TableFiles.Read(TextFiles.Expand(paths), task.Columns, task.Format, LabelOfJson, cancellation))
            yield return new(row.Values[0], task.Pair is null ? null : row.Values[2], row.Values[1].Trim(), row.Source);

        // In JSON a label may be a number, a truth value, or a list where a row may have several.
        string? LabelOfJson(string key, JsonElement value) => key != task.Label ? null : value.ValueKind switch
        {
            JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
            JsonValueKind.Array when task.Separator is { } separator => string.Join(separator, value.EnumerateArray().Select(item => item.ToString())),
            _ => null,
        };
    }

    private static IEnumerable<LabelledRow> Usable(TaskRecipe task, IEnumerable<LabelledRow> rows, List<BadRow> bad)
    {
        foreach (LabelledRow row in rows)
        {
            string? problem = string.IsNullOrWhiteSpace(row.Text) ? "has an empty text"
                : row.Pair is not null && string.IsNullOrWhiteSpace(row.Pair) ? "has an empty second text"
                : row.Label.Length == 0 && task.Says != LabelKind.Several ? "has no label"
                : task.Says == LabelKind.Number && row.Number is null ? $"has the label '{Short(row.Label)}', which is no number"
                : null;
            if (problem is null)
                yield return row;
            else
                bad.Add(new(row.Source, problem));
        }
    }

    private static TaskRecipe WithLabels(TaskRecipe task, List<LabelledRow> train)
    {
        if (task.Says == LabelKind.Number || task.Labels.Count > 0)
            return task;
        string[] labels = [.. train.SelectMany(row => row.LabelsBy(task.Separator)).Distinct(StringComparer.Ordinal)];
        bool numbers = labels.All(label => long.TryParse(label, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _));
        return task with { Labels = numbers ? [.. labels.OrderBy(label => long.Parse(label, CultureInfo.InvariantCulture))] : [.. labels.Order(StringComparer.Ordinal)] };
    }

    private static bool IsUnknown(TaskRecipe task, LabelledRow row, List<BadRow> bad)
    {
        if (row.LabelsBy(task.Separator).FirstOrDefault(label => !task.Labels.Contains(label)) is not { } unknown)
            return false;
        bad.Add(new(row.Source, $"has the label '{Short(unknown)}', which no training row has or task.labels does not name"));
        return true;
    }

    private void Check(TaskRecipe task)
    {
        string files = string.Join(", ", task.Files);
        Require(Train.Count > 0, $"{files} hold no row to learn from; give tables with some");
        Require(Validation.Count > 0, FormattableString.Invariant($"none of the {Train.Count} rows of {files} was held out; give more rows, a larger task.validation-share, or task.validation"));
        if (task.Says == LabelKind.Number)
            return;
        (string Label, int Count)[] counts = Counts(task, Train);
        Require(task.Says == LabelKind.Several || counts.Count(label => label.Count > 0) > 1,
            FormattableString.Invariant($"all {Train.Count:N0} training rows of {files} have the label '{Short(Train[0].Label)}'; there is nothing to tell apart: give rows of two labels or more"));
        Require(task.Labels.Count > 0, $"no training row of {files} has a label; look at task.label and task.separator");

        static void Require(bool valid, string message)
        {
            if (!valid)
                throw new InvalidDataException(message);
        }
    }

    private void Describe(TaskRecipe task, IRunObserver observer)
    {
        observer.Info(FormattableString.Invariant($"{Train.Count:N0} rows to train, {Validation.Count:N0} validation, {Test.Count:N0} test; {Duplicates:N0} exact duplicates dropped"));
        if (task.Says == LabelKind.Number)
        {
            observer.Info(FormattableString.Invariant($"numbers from {Train.Min(row => row.Number):G4} to {Train.Max(row => row.Number):G4}, mean {Train.Average(row => row.Number):G4}"));
            return;
        }
        (string Label, int Count)[] counts = Counts(task, Train);
        observer.Info(FormattableString.Invariant($"{counts.Length} labels: ")
            + string.Join(", ", counts.OrderByDescending(label => label.Count).Take(Shown).Select(label => FormattableString.Invariant($"{Short(label.Label)} {(double)label.Count / Train.Count:P1}")))
            + (counts.Length > Shown ? ", …" : ""));
        if (counts.Where(label => label.Count == 0).Select(label => label.Label).ToArray() is { Length: > 0 } missing)
            observer.Info($"no training row has the label{(missing.Length == 1 ? "" : "s")} {string.Join(", ", missing)}, so it cannot be learnt");
        int several = task.Says == LabelKind.One ? Splits.SelectMany(split => split).GroupBy(row => row.Key).Count(group => group.DistinctBy(row => row.Label).Skip(1).Any()) : 0;
        if (several > 0)
            observer.Info(FormattableString.Invariant($"{several:N0} texts stand there more than once, with different labels"));
        HashSet<string> learnt = [.. Train.Select(row => row.Key)];
        int shared = Validation.Concat(Test).Count(row => learnt.Contains(row.Key));
        if (shared > 0)
            observer.Info(FormattableString.Invariant($"the texts of {shared:N0} held-out rows are training texts too, so that the figures flatter the model"));
    }

    private static (string Label, int Count)[] Counts(TaskRecipe task, IReadOnlyList<LabelledRow> rows)
    {
        Dictionary<string, int> counts = rows.SelectMany(row => row.LabelsBy(task.Separator)).CountBy(label => label).ToDictionary();
        return [.. task.Labels.Select(label => (label, counts.GetValueOrDefault(label)))];
    }

    /// <summary>rows / (labels · rows of the label), as scikit-learn balances: the mean over the rows is 1.</summary>
    private static IReadOnlyList<double> Balanced(TaskRecipe task, IReadOnlyList<LabelledRow> train)
    {
        (string Label, int Count)[] counts = Counts(task, train);
        return [.. counts.Select(label => (double)train.Count / (counts.Count(other => other.Count > 0) * Math.Max(1, label.Count)))];
    }

    /// <inheritdoc/>
    public (Corpus Texts, Corpus? Pairs) ToCorpora()
    {
        bool pairs = Train[0].Pair is not null;
        return (Side(row => row.Text), pairs ? Side(row => row.Pair!) : null);

        Corpus Side(Func<LabelledRow, string> text) => TaskRows.ToCorpus(Splits.Select(split => split.Select(row => new TextDocument(text(row), row.Source))), Read, Duplicates);
    }

    /// <inheritdoc/>
    public void CheckTokenizer(Tokenizer tokenizer)
    {
        if (Train[0].Pair is not null && tokenizer.EncodePair("a", "b").Sequences.All(sequence => sequence >= 0))
            throw new InvalidDataException("task.pair is given, but the tokenizer puts no token between two texts, so that a model could not tell them apart; begin with a model whose tokenizer does, or join both columns into one");
    }

    /// <inheritdoc/>
    public EncodedRow[][] Encode(Tokenizer tokenizer, Recipe recipe, int segments, (IRunObserver Observer, CancellationToken Token) context)
    {
        var encoder = new LabelledRowEncoder(tokenizer, recipe.Task!, recipe.Model.Context, segments);
        EncodedRow[][] splits = [.. Splits.Select(split => EncodedRow.Of(split, recipe.Threads!.Value, row => [encoder.Encode(row)], context.Token))];
        if (encoder.Cut > 0)
            context.Observer.Info(FormattableString.Invariant(
                $"{encoder.Cut:N0} texts are longer than model.context {recipe.Model.Context}; their {recipe.Task!.Truncate.ToString()!.ToLowerInvariant()} is cut out"));
        return splits;
    }

    /// <inheritdoc/>
    public void Keep(RunFolder folder, IReadOnlySet<string> unfit)
    {
    }

    private static string Short(string text)
    {
        const int most = 40;
        return text.Length > most ? text[..most] + "…" : text;
    }
}

using Weft.Data;
using Weft.Training.Runs;
using Weft.Training.Tests.Runs;

namespace Weft.Training.Tests.Labels;

public class LabelledRowsTests
{
    [Fact]
    public void Rows_are_split_by_their_text_and_equal_ones_are_met_once()
    {
        using var folder = new TemporaryFolder();
        string file = folder.File("a.csv");
        File.WriteAllLines(file, ["label,text", .. Enumerable.Range(0, 400).Select(i => $"{(i % 3 == 0 ? "b" : "a")},text {i % 300}")]);
        Recipe recipe = Of(new() { Files = [file], Text = "text", Label = "label", ValidationShare = 0.2, TestShare = 0.1 });
        (Recipe filled, LabelledRows rows, RunWatcher watcher) = Begin(recipe);
        Assert.Equal(["a", "b"], filled.Task!.Labels);
        Assert.Equal(100, rows.Duplicates);
        Assert.Equal(300, rows.Train.Count + rows.Validation.Count + rows.Test.Count);
        Assert.Empty(rows.Train.Select(row => row.Text).Intersect(rows.Validation.Concat(rows.Test).Select(row => row.Text)));
        Assert.All(rows.Test, row => Assert.Equal(DataSplit.Test, HashSplit.Of(row.Text, 0.2, 0.1)));
        Assert.Contains($"{rows.Train.Count} rows to train, {rows.Validation.Count} validation, {rows.Test.Count} test; 100 exact duplicates dropped", watcher.Lines);
        Assert.Contains(watcher.Lines, line => line.StartsWith("2 labels: a ", StringComparison.Ordinal));
    }

    [Fact]
    public void Given_files_are_taken_whole_and_numbers_are_labels_in_their_own_order()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllLines(folder.File("train.jsonl"), Enumerable.Range(0, 24).Select(i => $"{{\"t\": \"x{i}\", \"y\": {i % 12}}}"));
        File.WriteAllLines(folder.File("dev.jsonl"), ["{\"t\": \"x0\", \"y\": 0}", "{\"t\": \"n\", \"y\": 11}", "{\"t\": \"n\", \"y\": 11}"]);
        (Recipe filled, LabelledRows rows, RunWatcher watcher) = Begin(Of(new() { Files = [folder.File("train.jsonl")], Validation = [folder.File("dev.jsonl")], Text = "t", Label = "y" }));
        Assert.Equal(Enumerable.Range(0, 12).Select(i => $"{i}"), filled.Task!.Labels);
        Assert.Equal((24, 3, 0, 0), (rows.Train.Count, rows.Validation.Count, rows.Test.Count, rows.Duplicates));
        Assert.Contains("the texts of 1 held-out rows are training texts too, so that the figures flatter the model", watcher.Lines);
    }

    [Fact]
    public void A_test_file_alone_leaves_validation_to_be_held_out()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllLines(folder.File("train.tsv"), Enumerable.Range(0, 100).Select(i => $"x{i}\t{i % 2}"));
        File.WriteAllLines(folder.File("test.tsv"), ["y\t1"]);
        (_, LabelledRows rows, _) = Begin(Of(new() { Files = [folder.File("train.tsv")], Test = [folder.File("test.tsv")], Text = "1", Label = "2" }));
        Assert.Equal((100, 1), (rows.Train.Count + rows.Validation.Count, rows.Test.Count));
        Assert.InRange(rows.Validation.Count, 3, 20);
    }

    [Fact]
    public void Several_labels_stand_between_separators_or_in_a_list()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllLines(folder.File("a.jsonl"), ["{\"t\": \"x\", \"y\": [\"b\", \"a\"]}", "{\"t\": \"y\", \"y\": \"c, a\"}", "{\"t\": \"z\", \"y\": []}", "{\"t\": \"w\", \"y\": \"\"}"]);
        (Recipe filled, LabelledRows rows, _) = Begin(Of(new() { Files = [folder.File("a.jsonl")], Validation = [folder.File("a.jsonl")], Text = "t", Label = "y", Separator = "," }));
        Assert.Equal(["a", "b", "c"], filled.Task!.Labels);
        Assert.Equal([["b", "a"], ["c", "a"], [], []], rows.Train.Select(row => row.LabelsBy(",")));
    }

    [Fact]
    public void Bad_rows_are_listed_by_file_and_line_and_left_out_only_where_asked()
    {
        using var folder = new TemporaryFolder();
        (string train, string dev) = (folder.File("train.tsv"), folder.File("dev.tsv"));
        File.WriteAllLines(train, ["good\ta", " \ta", "fine\tb", "none\t "]);
        File.WriteAllLines(dev, ["ok\ta", "odd\tc"]);
        var task = new TaskRecipe { Files = [train], Validation = [dev], Text = "1", Label = "2" };
        string message = Assert.Throws<InvalidDataException>(() => Begin(Of(task))).Message;
        Assert.Equal($"3 of 6 rows cannot be used: {train}#2 has an empty text; {train}#4 has no label; {dev}#2 has the label 'c', which no training row has or task.labels does not name. "
            + "Mend them, or leave them out with task.bad-rows: skip", message);
        (_, LabelledRows rows, RunWatcher watcher) = Begin(Of(task with { BadRows = BadRows.Skip }));
        Assert.Equal((2, 1, 3), (rows.Train.Count, rows.Validation.Count, rows.Bad.Count));
        Assert.Equal("3 of 6 rows cannot be used and are left out; bad-rows.txt in the run's folder lists them", watcher.Lines[0]);
        Assert.Contains($"  {dev}#2 has the label 'c', which no training row has or task.labels does not name", watcher.Lines);

        string number = Assert.Throws<InvalidDataException>(() => Begin(Of(task with { Kind = TaskKind.Regression }))).Message;
        Assert.Contains($"{train}#1 has the label 'a', which is no number", number, StringComparison.Ordinal);
    }

    [Fact]
    public void One_label_a_missing_column_and_missing_files_are_refused()
    {
        using var folder = new TemporaryFolder();
        string file = folder.File("a.csv");
        File.WriteAllLines(file, ["label,text", .. Enumerable.Range(0, 50).Select(i => $"a,text {i}")]);
        var task = new TaskRecipe { Files = [file], Text = "text", Label = "label" };
        Assert.Contains("training rows of", Refusal(task), StringComparison.Ordinal);
        Assert.Contains("have the label 'a'; there is nothing to tell apart", Refusal(task), StringComparison.Ordinal);
        Assert.Contains($"{file}, line 1: has no column 'review'; it names 'label', 'text'", Refusal(task with { Text = "review" }), StringComparison.Ordinal);
        Assert.Throws<FileNotFoundException>(() => Begin(Of(task with { Files = [folder.File("b.csv")] })));
        File.WriteAllLines(file, ["label,text"]);
        Assert.Contains("hold no row to learn from", Refusal(task), StringComparison.Ordinal);

        static string Refusal(TaskRecipe task) => Assert.Throws<InvalidDataException>(() => Begin(Of(task))).Message;
    }

    [Fact]
    public void Balanced_weights_are_those_of_scikit_learn()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllLines(folder.File("a.tsv"), Enumerable.Range(0, 8).Select(i => $"x{i}\t{(i < 6 ? "a" : "b")}"));
        (Recipe filled, _, _) = Begin(Of(new() { Files = [folder.File("a.tsv")], Validation = [folder.File("a.tsv")], Text = "1", Label = "2", Balance = true }));
        // compute_class_weight("balanced"): n / (labels · count).
        Assert.Equal([8 / (2.0 * 6), 8 / (2.0 * 2)], filled.Task!.ClassWeights);
        // What is written back can be started again.
        Assert.Equal(filled.Task.ClassWeights, Begin(filled).Filled.Task!.ClassWeights);
    }

    public static TheoryData<string, Func<Recipe, Recipe>> Impossible => new()
    {
        { "task.files is missing", recipe => Change(recipe, task => task with { Files = [] }) },
        { "task.text is missing", recipe => Change(recipe, task => task with { Text = "" }) },
        { "task.label is missing", recipe => Change(recipe, task => task with { Label = "" }) },
        { "task.text is text and 2; give names", recipe => Change(recipe, task => task with { Label = "2" }) },
        { "task.separator is empty", recipe => Change(recipe, task => task with { Separator = "" }) },
        { "task.separator is given; a regression has numbers", recipe => Change(recipe, task => task with { Separator = ",", Kind = TaskKind.Regression }) },
        { "task.labels is a, a; one stands there twice", recipe => Change(recipe, task => task with { Labels = ["a", "a"] }) },
        { "task.class-weights is a list of 1; give task.labels too", recipe => Change(recipe, task => task with { ClassWeights = [1] }) },
        { "task.class-weights is given; only rows of one label", recipe => Change(recipe, task => task with { ClassWeights = [1], Labels = ["a"], Separator = "," }) },
        { "task.validation-share is 0; give a share", recipe => Change(recipe, task => task with { ValidationShare = 0 }) },
        { "text is given; task.files is what is learnt from", recipe => recipe with { Text = new() { Paths = ["a"] } } },
        { "training.objective.kind is masked; a task is given", recipe => Objective(recipe, new() { Kind = ObjectiveKind.Masked }) },
        { "training.objective.kind is classification; it learns from labelled rows; give a task", recipe => Objective(recipe with { Task = null }, new() { Kind = ObjectiveKind.Classification }) },
        { "z-loss, load-balance or router-z-loss is given", recipe => Objective(recipe, new() { ZLoss = 0.1 }) },
        { "training.objective.label-smoothing is 0.1; only rows of one label", recipe => Change(Objective(recipe, new() { LabelSmoothing = 0.1 }), task => task with { Separator = ";" }) },
        { "training.best is accuracy; only labels and preferences have an accuracy", recipe => recipe with { Task = null, Training = recipe.Training with { Best = "accuracy" } } },
        { "training.sample-every is 2; a model that labels sequences writes no texts", recipe => recipe with { Training = recipe.Training with { SampleEvery = 2 } } },
        { "training.objective.kind is classification; a model of architecture t5 learns", recipe => recipe with { Model = recipe.Model with { Architecture = "t5" } } },
    };

    [Theory]
    [MemberData(nameof(Impossible))]
    public void Tasks_that_contradict_themselves_are_refused_by_key(string expected, Func<Recipe, Recipe> change)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllLines(folder.File("a.csv"), ["label,text", .. Enumerable.Range(0, 100).Select(i => $"{(i % 2 == 0 ? "a" : "b")},text {i}")]);
        Recipe recipe = Of(new() { Files = [folder.File("a.csv")], Text = "text", Label = "label" });
        recipe = recipe with { Model = new() { Architecture = "bert" }, Training = new() { Steps = 1 } };
        Assert.Contains(expected, Assert.Throws<InvalidDataException>(() =>
            TrainingRun.Start(change(recipe), new(folder.File("run")), new RunWatcher(), CancellationToken.None)).Message, StringComparison.Ordinal);
    }

    private static Recipe Of(TaskRecipe task) => new() { Task = task };

    private static Recipe Change(Recipe recipe, Func<TaskRecipe, TaskRecipe> change) => recipe with { Task = change(recipe.Task!) };

    private static Recipe Objective(Recipe recipe, ObjectiveRecipe objective) => recipe with { Training = recipe.Training with { Objective = objective } };

    private static (Recipe Filled, LabelledRows Rows, RunWatcher Watcher) Begin(Recipe recipe)
    {
        var watcher = new RunWatcher();
        (Recipe filled, LabelledRows? rows) = LabelledRows.Begin(recipe, watcher, CancellationToken.None);
        return (filled, rows!, watcher);
    }
}

using Weft.Model.Checkpoints.HuggingFace;
using Weft.Text;
using Weft.Training.Runs;

namespace Weft.Training.Tests.Runs;

public class TrainingRunTests
{
    [Fact]
    public void A_run_goes_from_text_to_a_checkpoint_that_holds_the_trained_model()
    {
        using var folder = new TemporaryFolder();
        var watcher = new RunWatcher();
        RunResult? result = TrainingRun.Start(SmallRecipe.Of(folder), new(folder.File("run")), watcher, CancellationToken.None);

        Assert.NotNull(result);
        Assert.Equal(["Text", "Tokenizer", "Shards", "Pretraining", "Evaluation", "Export"], watcher.Stages);
        Assert.Equal(6, result.History.Count);
        Assert.True(result.Test.BitsPerByte > 0 && result.Test.Bytes == result.Journal.Corpus.Test.Bytes);
        using HuggingFaceModel model = HuggingFaceModel.Open(result.Folder.ModelFolder);
        Assert.Equal(result.Spec, model.Spec);
        Tokenizer tokenizer = Tokenizer.Load(result.Folder.ModelFolder);
        Assert.Equal("Word 12 stands in line 12.", tokenizer.Decode(tokenizer.EncodeToIds("Word 12 stands in line 12.")));
        Assert.Contains(watcher.Lines, line => line.StartsWith("model.inner", StringComparison.Ordinal));
    }

    [Fact]
    public void A_cancelled_run_resumes_to_the_same_losses_as_an_unbroken_one()
    {
        using var folder = new TemporaryFolder();
        Recipe recipe = SmallRecipe.Of(folder);
        RunResult whole = TrainingRun.Start(recipe, new(folder.File("whole")), new RunWatcher(), CancellationToken.None)!;
        using var stop = new CancellationTokenSource();
        var broken = new RunFolder(folder.File("broken"));
        Assert.Null(TrainingRun.Start(recipe, broken, new RunWatcher { OnStep = s => { if (s.Step == 2) stop.Cancel(); } }, stop.Token));
        RunResult resumed = TrainingRun.Resume(broken, new RunWatcher(), CancellationToken.None)!;
        Assert.Equal(whole.History.Select(r => (r.Loss, r.ValidationLoss)), resumed.History.Select(r => (r.Loss, r.ValidationLoss)));
        Assert.Equal(whole.Test, resumed.Test);
        Assert.Equal(whole.Reference.Logits, resumed.Reference.Logits);
        Assert.Equal(whole.Journal.Corpus, resumed.Journal.Corpus);
    }

    [Fact]
    public void A_budget_in_minutes_becomes_a_number_of_steps()
    {
        using var folder = new TemporaryFolder();
        Recipe recipe = SmallRecipe.Of(folder);
        recipe = recipe with { Training = recipe.Training with { Steps = null, Minutes = 0.15 } };
        RunResult result = TrainingRun.Start(recipe, new(folder.File("run")), new RunWatcher(), CancellationToken.None)!;
        Assert.Equal(result.Recipe.Training.Steps, result.History.Count);
        Assert.Contains(result.Journal.Derived, setting => setting.Name == "training.steps");
    }

    [Fact]
    public void Nothing_to_resume_is_said_plainly()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("start the run anew", Assert.Throws<FileNotFoundException>(() =>
            TrainingRun.Resume(new(folder.File("none")), new RunWatcher(), CancellationToken.None)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_shorter_than_a_window_is_refused_with_both_numbers()
    {
        using var folder = new TemporaryFolder();
        Recipe recipe = SmallRecipe.Of(folder) with { Model = new() { Layers = 1, Width = 16, Heads = 2, Context = 100_000 } };
        Assert.Contains("100001", Assert.Throws<InvalidDataException>(() =>
            TrainingRun.Start(recipe, new(folder.File("run")), new RunWatcher(), CancellationToken.None)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_that_cannot_be_exported_is_refused_before_training()
    {
        using var folder = new TemporaryFolder();
        Recipe recipe = SmallRecipe.Of(folder) with { Model = new() { Architecture = "gpt2", Width = 32, Heads = 4, KeyValueHeads = 2, Context = 16 } };
        var watcher = new RunWatcher();
        Assert.Throws<InvalidDataException>(() => TrainingRun.Start(recipe, new(folder.File("run")), watcher, CancellationToken.None));
        Assert.Empty(watcher.Stages);
    }

    public static TheoryData<string, Func<Recipe, Recipe>> ImpossibleValues() => new()
    {
        { "name is ../out", r => r with { Name = "../out" } },
        { "threads is 0", r => r with { Threads = 0 } },
        { "text.validation is 0;", r => r with { Text = r.Text with { Validation = 0 } } },
        { "text.test is 0.6", r => r with { Text = r.Text with { Test = 0.6 } } },
        { "text.split is Tail", r => r with { Text = new() { Split = SplitKind.Tail } } },
        { "tokenizer.vocabulary is 256", r => r with { Tokenizer = new() { Vocabulary = 256 } } },
        { "model.layers is 0", r => r with { Model = r.Model with { Layers = 0 } } },
        { "model.context is 1", r => r with { Model = r.Model with { Context = 1 } } },
        { "training.batch is 0", r => r with { Training = r.Training with { Batch = 0 } } },
        { "training.steps is missing", r => r with { Training = r.Training with { Steps = null } } },
        { "training.minutes is -1", r => r with { Training = r.Training with { Minutes = -1 } } },
        { "training.learning-rate is NaN", r => r with { Training = r.Training with { LearningRate = double.NaN } } },
        { "training.beta2 is 1", r => r with { Training = r.Training with { Beta2 = 1 } } },
        { "training.clip is 0", r => r with { Training = r.Training with { Clip = 0 } } },
        { "training.keep is 0", r => r with { Training = r.Training with { Keep = 0 } } },
        { "training.best is bleu; known: validation-loss, accuracy", r => r with { Training = r.Training with { Best = "bleu" } } },
        { "training.early-stopping is 0", r => r with { Training = r.Training with { EarlyStopping = 0 } } },
        { "training.spike-deviations is 1", r => r with { Training = r.Training with { SpikeDeviations = 1 } } },
        { "training.skips-in-row is 0", r => r with { Training = r.Training with { SkipsInRow = 0 } } },
        { "training.sample-every is 0", r => r with { Training = r.Training with { SampleEvery = 0 } } },
        { "training.init-from is nowhere", r => r with { Training = r.Training with { InitFrom = "nowhere" } } },
    };

    [Theory]
    [MemberData(nameof(ImpossibleValues))]
    public void An_impossible_value_is_named_with_its_key(string expected, Func<Recipe, Recipe> change)
    {
        using var folder = new TemporaryFolder();
        Recipe recipe = change(SmallRecipe.Of(folder));
        Assert.Contains(expected, Assert.Throws<InvalidDataException>(() =>
            TrainingRun.Start(recipe, new(folder.File("run")), new RunWatcher(), CancellationToken.None)).Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.File("run")));
    }

    [Fact]
    public void A_long_budget_on_a_short_text_stops_before_it_is_known_by_heart()
    {
        using var folder = new TemporaryFolder();
        Recipe recipe = SmallRecipe.Of(folder);
        recipe = recipe with { Training = recipe.Training with { Steps = null, Minutes = 10_000, Batch = 256 } };
        RunResult result = TrainingRun.Start(recipe, new(folder.File("run")), new RunWatcher(), CancellationToken.None)!;
        Assert.Equal((int)(20 * result.Tokens.Train / (256 * 32)), result.History.Count);
        Assert.Contains(result.Journal.Derived, setting => setting.Name == "training.steps" && setting.Reason.StartsWith("20 times", StringComparison.Ordinal));
    }

    [Fact]
    public void The_newest_run_is_one_of_that_name()
    {
        using var folder = new TemporaryFolder();
        foreach ((string name, int age) in new[] { ("run", 3), ("run-2", 2), ("run-old", 1), ("runner", 0) })
        {
            Directory.CreateDirectory(folder.File(name));
            File.WriteAllText(new RunFolder(folder.File(name)).RecipeFile, "");
            File.SetLastWriteTimeUtc(new RunFolder(folder.File(name)).RecipeFile, DateTime.UtcNow.AddHours(-age));
        }
        Assert.Equal(folder.File("run-2"), RunFolder.Newest(folder.FullName, "run")?.Path);
        Assert.Null(RunFolder.Newest(folder.FullName, "other"));
        Assert.Equal(folder.File("run-3"), RunFolder.Fresh(folder.FullName, "run").Path);
    }
}

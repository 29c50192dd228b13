using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.Gguf;
using Weft.Model.Checkpoints.HuggingFace;
using Weft.Text;
using Weft.Training.Runs;

namespace Weft.Training.Tests.Runs;

/// <summary>What a recipe says about checkpoints, the best weights and the end of a run.</summary>
public class RunPolicyTests
{
    [Fact]
    public void The_best_weights_are_tested_and_exported_in_place_of_the_last()
    {
        using var folder = new TemporaryFolder();
        Recipe recipe = SmallRecipe.Of(folder);
        // A rate that ruins what was learnt before, so that the last weights are not the best.
        recipe = recipe with { Training = recipe.Training with { Steps = 30, EvaluateEvery = 1, LearningRate = 1, FinalLearningRate = 1, Warmup = 20, Clip = 1e9 } };
        RunResult last = TrainingRun.Start(recipe, new(folder.File("last")), new RunWatcher(), CancellationToken.None)!;
        var watcher = new RunWatcher();
        RunResult best = TrainingRun.Start(recipe with { Training = recipe.Training with { Best = "validation-loss" } }, new(folder.File("best")), watcher, CancellationToken.None)!;
        Assert.Equal(last.History.Select(record => record.Loss), best.History.Select(record => record.Loss));
        Assert.True(best.Test.Loss < last.Test.Loss, $"{best.Test.Loss} is no better than {last.Test.Loss}");
        string line = Assert.Single(watcher.Lines, line => line.StartsWith("best weights: those of step", StringComparison.Ordinal));
        Assert.DoesNotContain("step 30,", line, StringComparison.Ordinal);
        // The reference is what the exported weights compute.
        Assert.NotEqual(last.Reference.Logits, best.Reference.Logits);
    }

    [Fact]
    public void Early_stopping_ends_the_run_and_says_so()
    {
        using var folder = new TemporaryFolder();
        Recipe recipe = SmallRecipe.Of(folder);
        recipe = recipe with
        {
            Training = recipe.Training with { Steps = 40, EvaluateEvery = 1, LearningRate = 0.3, FinalLearningRate = 0.3, Warmup = 10, Clip = 1e9, EarlyStopping = 3 },
        };
        var watcher = new RunWatcher();
        RunResult result = TrainingRun.Start(recipe, new(folder.File("run")), watcher, CancellationToken.None)!;
        Assert.InRange(result.History.Count, 4, 39);
        Assert.Contains(watcher.Lines, line => line.Contains($"stopped early after step {result.History.Count} of 40", StringComparison.Ordinal));
        Assert.Contains(watcher.Lines, line => line.StartsWith("best weights: those of step", StringComparison.Ordinal));
    }

    [Fact]
    public void Samples_are_shown_and_change_nothing()
    {
        using var folder = new TemporaryFolder();
        Recipe recipe = SmallRecipe.Of(folder);
        RunResult without = TrainingRun.Start(recipe, new(folder.File("a")), new RunWatcher(), CancellationToken.None)!;
        var watcher = new RunWatcher();
        RunResult with = TrainingRun.Start(recipe with { Training = recipe.Training with { SampleEvery = 2 } }, new(folder.File("b")), watcher, CancellationToken.None)!;
        Assert.Equal(3, watcher.Lines.Count(line => line.StartsWith("sample after step", StringComparison.Ordinal)));
        Assert.Equal(without.Reference.Logits, with.Reference.Logits);
    }

    [Fact]
    public void A_stopped_run_takes_new_policies_from_its_recipe_but_nothing_else()
    {
        using var folder = new TemporaryFolder();
        Recipe recipe = SmallRecipe.Of(folder) with { Training = SmallRecipe.Of(folder).Training with { SaveEvery = 1 } };
        RunResult whole = TrainingRun.Start(recipe, new(folder.File("whole")), new RunWatcher(), CancellationToken.None)!;
        using var stop = new CancellationTokenSource();
        var broken = new RunFolder(folder.File("broken"));
        Assert.Null(TrainingRun.Start(recipe, broken, new RunWatcher { OnStep = s => { if (s.Step == 3) stop.Cancel(); } }, stop.Token));
        Recipe started = RecipeFile.Read(broken.RecipeFile);
        Assert.Contains("another recipe (training.learning-rate is 0.001 there, 0.002 here)", Refusal<CheckpointException>(started with { Training = started.Training with { LearningRate = 0.002 } }), StringComparison.Ordinal);
        Assert.Contains("another model (decoder.blocks[0].count is 2 there, 3 here)", Refusal<CheckpointException>(started with { Model = started.Model with { Layers = 3 } }), StringComparison.Ordinal);
        File.AppendAllText(broken.TokenizerFile, "\n");
        Assert.Contains("another tokenizer (hash", Refusal<InvalidDataException>(started), StringComparison.Ordinal);
        File.Copy(new RunFolder(folder.File("whole")).TokenizerFile, broken.TokenizerFile, overwrite: true);
        byte[] text = File.ReadAllBytes(broken.Shards.Train);
        File.Copy(broken.Shards.Validation, broken.Shards.Train, overwrite: true);
        Assert.Contains("other data;", Refusal<CheckpointException>(started), StringComparison.Ordinal);
        File.WriteAllBytes(broken.Shards.Train, text);

        RecipeFile.Write(broken.RecipeFile, started with { Training = started.Training with { Keep = 5, OnDivergence = OnDivergence.Skip, SampleEvery = 1, SaveEvery = 2 } });
        RunResult resumed = TrainingRun.Resume(broken, new RunWatcher(), CancellationToken.None)!;
        Assert.Equal(whole.History.Select(record => record.Loss), resumed.History.Select(record => record.Loss));
        Assert.Equal(whole.Reference.Logits, resumed.Reference.Logits);
        Assert.Equal(2, Directory.GetFiles(new RunFolder(folder.File("whole")).CheckpointFolder, "step-*").Length);

        string Refusal<TException>(Recipe changed)
            where TException : Exception
        {
            RecipeFile.Write(broken.RecipeFile, changed);
            return Assert.Throws<TException>(() => TrainingRun.Resume(broken, new RunWatcher(), CancellationToken.None)).Message;
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Training_begins_with_the_weights_and_the_tokenizer_of_another_model(bool gguf)
    {
        using var folder = new TemporaryFolder();
        RunResult first = TrainingRun.Start(Learning(folder), new(folder.File("first")), new RunWatcher(), CancellationToken.None)!;
        string source = first.Folder.ModelFolder;
        if (gguf)
            source = ToGguf(source, folder.File("model.gguf"));

        // No shape: that of the model.
        Recipe recipe = Learning(folder) with { Model = new() { Context = 32 } };
        recipe = recipe with { Seed = 99, Tokenizer = new() { Vocabulary = 300 }, Training = recipe.Training with { InitFrom = source, Steps = 2, EvaluateEvery = 1, LearningRate = 1e-9, FinalLearningRate = 0 } };
        RunResult second = TrainingRun.Start(recipe, new(folder.File("second")), new RunWatcher(), CancellationToken.None)!;
        Assert.Equal(first.Spec, second.Spec);
        Assert.Equal(first.History[^1].ValidationLoss, second.History[^1].ValidationLoss, 4);
        Assert.True(second.History[0].Loss < first.History[0].Loss - 1);
        const string text = "Word 12 stands in line 12.";
        Assert.Equal(Tokenizer.Load(first.Folder.ModelFolder).EncodeToIds(text), Tokenizer.Load(second.Folder.ModelFolder).EncodeToIds(text));
        Assert.Equal(EndOfText(first), EndOfText(second));
    }

    [Fact]
    public void A_run_goes_on_when_its_initial_model_has_gone()
    {
        using var folder = new TemporaryFolder();
        RunResult first = TrainingRun.Start(Learning(folder), new(folder.File("first")), new RunWatcher(), CancellationToken.None)!;
        Recipe recipe = SmallRecipe.Of(folder) with { Model = new() { Context = 32 } };
        recipe = recipe with { Training = recipe.Training with { InitFrom = first.Folder.ModelFolder } };
        RunResult whole = TrainingRun.Start(recipe, new(folder.File("whole")), new RunWatcher(), CancellationToken.None)!;
        using var stop = new CancellationTokenSource();
        var broken = new RunFolder(folder.File("broken"));
        Assert.Null(TrainingRun.Start(recipe, broken, new RunWatcher { OnStep = s => { if (s.Step == 1) stop.Cancel(); } }, stop.Token));
        Directory.Delete(first.Folder.ModelFolder, recursive: true);
        RunResult resumed = TrainingRun.Resume(broken, new RunWatcher(), CancellationToken.None)!;
        Assert.Equal(whole.Reference.Logits, resumed.Reference.Logits);
        Assert.Equal(whole.Spec, resumed.Spec);
    }

    [Fact]
    public void Another_shape_than_the_initial_models_is_refused_by_field_and_both_values()
    {
        using var folder = new TemporaryFolder();
        RunResult first = TrainingRun.Start(SmallRecipe.Of(folder), new(folder.File("first")), new RunWatcher(), CancellationToken.None)!;
        Recipe same = SmallRecipe.Of(folder) with { Training = SmallRecipe.Of(folder).Training with { InitFrom = first.Folder.ModelFolder } };
        var watcher = new RunWatcher();
        Assert.Contains("decoder.blocks[0].count is 3 in the recipe, 2 in the model", Refusal(same with { Model = same.Model with { Layers = 3 } }), StringComparison.Ordinal);
        Assert.Contains("is 2 in the recipe, 4 in the model", Refusal(same with { Model = same.Model with { KeyValueHeads = 2 } }), StringComparison.Ordinal);
        Assert.Contains("model.context is 33", Refusal(same with { Model = new() { Context = 33 } }), StringComparison.Ordinal);
        Assert.Empty(watcher.Stages);
        // Without its own tokenizer, one that is too large would give ids that the model has no rows for.
        File.Delete(Path.Combine(first.Folder.ModelFolder, "tokenizer.json"));
        Assert.Contains($"the tokenizer has 420 entries, but training.init-from {first.Folder.ModelFolder} knows 400",
            Refusal(same with { Model = new() { Context = 32 }, Tokenizer = new() { Vocabulary = 420 } }), StringComparison.Ordinal);

        string Refusal(Recipe recipe) => Assert.Throws<InvalidDataException>(() => TrainingRun.Start(recipe, new(folder.File("run")), watcher, CancellationToken.None)).Message;
    }

    private static Recipe Learning(TemporaryFolder folder)
    {
        Recipe recipe = SmallRecipe.Of(folder);
        return recipe with { Training = recipe.Training with { Steps = 60, LearningRate = 1e-2, EvaluateEvery = 60 } };
    }

    private static int EndOfText(RunResult result)
    {
        using HuggingFaceModel model = HuggingFaceModel.Open(result.Folder.ModelFolder);
        return Assert.Single(model.EndOfTextIds);
    }

    private static string ToGguf(string folder, string path)
    {
        using Checkpoint checkpoint = Checkpoint.Open(folder);
        GgufExport.Save(path, checkpoint, Tokenizer.Load(folder).ToGguf(checkpoint.Spec.VocabularySize, checkpoint.EndOfTextIds).Keys, new());
        return path;
    }
}

using System.Text.Json.Nodes;

using Weft.Inference;
using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.Peft;
using Weft.Model.Spec;
using Weft.Training.Runs;

namespace Weft.Training.Tests.Runs;

/// <summary>Whole runs that train an adapter.</summary>
public sealed class AdapterRunTests
{
    /// <summary>Weights of 0.3 make logits of some units, which torch and the engine sum in different orders.</summary>
    private const double LogitTolerance = 1e-4;

    [Theory]
    [InlineData("gpt2", ObjectiveKind.Causal, AdapterKind.Lora)]
    [InlineData("bert", ObjectiveKind.Masked, AdapterKind.Dora)]
    [InlineData("bart", ObjectiveKind.Denoising, AdapterKind.Lora)]
    [InlineData("marian", ObjectiveKind.Pairs, AdapterKind.Dora)]
    [InlineData("t5", ObjectiveKind.Spans, AdapterKind.Lora)]
    public void A_run_exports_the_adapter_and_the_merged_model(string name, ObjectiveKind objective, AdapterKind kind)
    {
        using var folder = new TemporaryFolder();
        string source = folder.File("source");
        Recipe recipe = Of(folder, name, objective) with { Name = "run" };
        recipe = recipe with { Training = recipe.Training with { Adapter = new() { Kind = kind, Rank = 4 }, Steps = 80 } };
        var watcher = new RunWatcher();
        RunResult result = TrainingRun.Start(recipe, new(folder.File("run")), watcher, CancellationToken.None)!;
        Assert.Equal(8, result.Recipe.Training.Adapter!.Alpha);
        Assert.Contains(watcher.Lines, line => line.StartsWith($"{kind} of rank 4 beside ", StringComparison.Ordinal));
        double first = result.History.Take(5).Average(record => record.Loss), last = result.History.TakeLast(20).Average(record => record.Loss);
        Assert.True(last < first - 0.1, $"{last} is not below {first}");
        // What is not adapted is what it was, in the merged model too.
        using (Checkpoint before = Checkpoint.Open(source), after = Checkpoint.Open(result.Folder.ModelFolder))
            foreach (ParameterSpec parameter in ModelParameters.Enumerate(result.Spec))
                Assert.Equal(parameter.Part is "attention" or "feed-forward" && parameter.Shape.Length == 2 && parameter.Name != "relative_bias.weight" && parameter.Name != "encoder.relative_bias.weight",
                    !Read(before, parameter).SequenceEqual(Read(after, parameter)));
        // Merged, and the base with its adapter: the logits that torch computed.
        Assert.InRange(Difference(Checkpoint.Open(result.Folder.ModelFolder), result), 0, LogitTolerance);
        Assert.InRange(Difference(LoraAdapter.Open(result.Folder.AdapterFolder).Apply(Checkpoint.Open(source)), result), 0, LogitTolerance);
        Assert.True(Difference(Checkpoint.Open(source), result) > 100 * LogitTolerance);
        JsonNode config = JsonNode.Parse(File.ReadAllText(Path.Combine(result.Folder.AdapterFolder, "adapter_config.json")))!;
        Assert.Equal((source, kind == AdapterKind.Dora, 4), ((string?)config["base_model_name_or_path"], (bool)config["use_dora"]!, (int)config["r"]!));
    }

    [Theory]
    [InlineData(BaseKind.Computed)]
    [InlineData(BaseKind.Nf4)]
    public void A_stopped_run_goes_on_to_the_bit_though_its_model_has_moved(BaseKind kind)
    {
        using var folder = new TemporaryFolder();
        Recipe recipe = Of(folder, "gpt2", ObjectiveKind.Causal);
        recipe = recipe with { Training = recipe.Training with { Adapter = new() { Base = kind, Dropout = 0.1, Targets = ["attention"] }, Steps = 8 } };
        RunResult whole = TrainingRun.Start(recipe, new(folder.File("whole")), new RunWatcher(), CancellationToken.None)!;
        using var stop = new CancellationTokenSource();
        var broken = new RunFolder(folder.File("broken"));
        Assert.Null(TrainingRun.Start(recipe, broken, new RunWatcher { OnStep = snapshot => { if (snapshot.Step == 3) stop.Cancel(); } }, stop.Token));
        string moved = folder.File("moved");
        Directory.Move(folder.File("source"), moved);
        // No checkpoint has the frozen weights, so the run cannot go on without them.
        Assert.Contains($"training.init-from is {folder.File("source")}; there is no such folder", Assert.Throws<InvalidDataException>(
            () => TrainingRun.Resume(broken, new RunWatcher(), CancellationToken.None)).Message, StringComparison.Ordinal);
        RecipeFile.Write(broken.RecipeFile, RecipeFile.Read(broken.RecipeFile) is var kept ? kept with { Training = kept.Training with { InitFrom = moved } } : null!);
        RunResult resumed = TrainingRun.Resume(broken, new RunWatcher(), CancellationToken.None)!;
        Assert.Equal(whole.Test, resumed.Test);
        Assert.Equal(whole.Reference.Logits, resumed.Reference.Logits);
        foreach (string file in new[] { "adapter/adapter_model.safetensors", "model/model.safetensors" })
            Assert.Equal(File.ReadAllBytes(Path.Combine(whole.Folder.Path, file)), File.ReadAllBytes(Path.Combine(broken.Path, file)));
    }

    [Fact]
    public void Other_frozen_weights_are_refused_when_a_run_goes_on()
    {
        using var folder = new TemporaryFolder();
        Recipe recipe = Of(folder, "gpt2", ObjectiveKind.Causal);
        recipe = recipe with { Training = recipe.Training with { Adapter = new(), Steps = 8 } };
        using var stop = new CancellationTokenSource();
        var broken = new RunFolder(folder.File("broken"));
        Assert.Null(TrainingRun.Start(recipe, broken, new RunWatcher { OnStep = snapshot => { if (snapshot.Step == 3) stop.Cancel(); } }, stop.Token));
        string weights = folder.File("source/model.safetensors");
        byte[] bytes = File.ReadAllBytes(weights);
        bytes[^3] ^= 1;
        File.WriteAllBytes(weights, bytes);
        Assert.Contains("other frozen weights", Assert.Throws<CheckpointException>(() => TrainingRun.Resume(broken, new RunWatcher(), CancellationToken.None)).Message, StringComparison.Ordinal);
        // Nor does a state without them begin another run.
        Assert.Contains("finish that run", Assert.Throws<CheckpointException>(() => InitialSource.Open(broken.NewestCheckpoint!)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_new_head_is_trained_as_a_whole_and_is_part_of_the_adapter()
    {
        using var folder = new TemporaryFolder();
        Recipe recipe = Of(folder, "bert", ObjectiveKind.Masked, new HeadSpec.TokenClassification(5));
        recipe = recipe with { Training = recipe.Training with { Adapter = new() { Targets = ["query", "value"] }, Steps = 30 } };
        RunResult result = TrainingRun.Start(recipe, new(folder.File("run")), new RunWatcher(), CancellationToken.None)!;
        Assert.True(result.History.TakeLast(5).Average(record => record.Loss) < result.History[0].Loss - 0.2);
        JsonNode config = JsonNode.Parse(File.ReadAllText(Path.Combine(result.Folder.AdapterFolder, "adapter_config.json")))!;
        Assert.Equal(["cls"], config["modules_to_save"]!.AsArray().Select(name => (string?)name));
        Assert.Equal(["query", "value"], config["target_modules"]!.AsArray().Select(name => (string?)name));
        // Beside the encoder with any head for masked tokens, which the adapter's replaces.
        Recipe other = recipe with { Training = recipe.Training with { Adapter = null, Steps = 1, LearningRate = 1e-9 } };
        RunResult plain = TrainingRun.Start(other, new(folder.File("plain")), new RunWatcher(), CancellationToken.None)!;
        Assert.InRange(Difference(LoraAdapter.Open(result.Folder.AdapterFolder).Apply(Checkpoint.Open(plain.Folder.ModelFolder)), result), 0, LogitTolerance);
    }

    [Fact]
    public void What_makes_no_adapter_is_refused_before_anything_is_done()
    {
        using var folder = new TemporaryFolder();
        Recipe recipe = Of(folder, "gpt2", ObjectiveKind.Causal);
        Assert.Contains("training.adapter.targets has 'q_proj', which no projection of the model is called; give all, attention, feed-forward, or names such as query, c_attn", Refused(new() { Targets = ["attention", "q_proj"] }), StringComparison.Ordinal);
        Assert.Contains("training.adapter.targets is empty", Refused(new() { Targets = [] }), StringComparison.Ordinal);
        Assert.Contains("training.adapter.rank is 0; give at least 1", Refused(new() { Rank = 0 }), StringComparison.Ordinal);
        Assert.Contains("training.adapter.dropout is 1;", Refused(new() { Dropout = 1 }), StringComparison.Ordinal);
        Assert.Contains("training.adapter.alpha is 0;", Refused(new() { Alpha = 0 }), StringComparison.Ordinal);
        Recipe alone = SmallRecipe.Of(folder);
        alone = alone with { Training = alone.Training with { Adapter = new() } };
        Assert.Contains("give the model as training.init-from", Assert.Throws<InvalidDataException>(() => RecipePreview.Of(alone)).Message, StringComparison.Ordinal);
        Recipe ahead = recipe with { Training = recipe.Training with { Adapter = new(), Objective = recipe.Training.Objective with { FurtherTokens = 2 } } };
        Assert.Contains("training.objective.further-tokens is 2", Assert.Throws<InvalidDataException>(() => RecipePreview.Of(ahead)).Message, StringComparison.Ordinal);

        string Refused(AdapterRecipe adapter)
        {
            Recipe asked = recipe with { Training = recipe.Training with { Adapter = adapter } };
            string message = Assert.Throws<InvalidDataException>(() => TrainingRun.Start(asked, new(folder.File("refused")), new RunWatcher(), CancellationToken.None)).Message;
            Assert.Equal(message, Assert.Throws<InvalidDataException>(() => RecipePreview.Of(asked)).Message);
            Assert.False(Directory.Exists(folder.File("refused")));
            return message;
        }
    }

    [Fact]
    public void A_file_gives_the_recipe_and_a_preview_counts_what_is_trained()
    {
        using var folder = new TemporaryFolder();
        Recipe recipe = Of(folder, "gpt2", ObjectiveKind.Causal);
        string file = folder.File("recipe.yaml");
        File.WriteAllText(file, RecipeFile.Format(recipe).Replace("training:\n", "training:\n  adapter: {kind: dora, rank: 2, rank-stabilised: true, targets: [c_proj], base: nf4}\n", StringComparison.Ordinal).Replace("  adapter:\n", "", StringComparison.Ordinal));
        Recipe read = RecipeFile.Read(file);
        Assert.Equal((AdapterKind.Dora, 2, true, BaseKind.Nf4), (read.Training.Adapter!.Kind, read.Training.Adapter.Rank, read.Training.Adapter.RankStabilised, read.Training.Adapter.Base));
        RecipePreview preview = RecipePreview.Of(read);
        // Two projections a block, of 16 and of 24 numbers to 16, and their lengths; two blocks.
        Assert.Equal(2 * ((2 * (16 + 16)) + (2 * (24 + 16)) + 32), preview.Parameters);
        Assert.Contains(preview.Derived, setting => setting is { Name: "training.adapter.alpha", Value: "4" });
        Assert.True(MemoryPlan.Of(read, null, CancellationToken.None).Parts.Single(part => part.Name == "frozen weights").Bytes > 0);
        // A range test changes the adapter's weights too.
        LearningRateRange range = LearningRateSearch.Run(read, new(folder.File("search")), new RunWatcher(), CancellationToken.None);
        Assert.True(range.Points.Min(point => point.Loss) < range.Points[0].Loss - 0.05);
    }

    private static Recipe Of(TemporaryFolder folder, string name, ObjectiveKind objective, HeadSpec? head = null)
    {
        Recipe recipe = SmallRecipe.Of(folder);
        RandomModels.Write(folder.File("source"), name, File.ReadAllText(recipe.Text.Paths[0]), head);
        if (objective == ObjectiveKind.Pairs)
        {
            File.WriteAllLines(folder.File("pairs.source"), Enumerable.Range(0, 400).Select(i => $"Word {i} has {i % 7} friends."));
            File.WriteAllLines(folder.File("pairs.target"), Enumerable.Range(0, 400).Select(i => $"{i % 7} friends, word {i}."));
            recipe = recipe with { Text = new() { Validation = 0.1, Test = 0.1, Pairs = new() { Source = folder.File("pairs.source"), Target = folder.File("pairs.target") } } };
        }
        return recipe with
        {
            Model = new() { Context = 40 },
            Training = recipe.Training with
            {
                InitFrom = folder.File("source"),
                Steps = 8,
                Batch = 8,
                LearningRate = 2e-2,
                Warmup = 0,
                EvaluateEvery = 4,
                Precision = Precision.Float32,
                Objective = new() { Kind = objective, Packing = objective == ObjectiveKind.Causal ? null : PackingKind.Padded },
            },
        };
    }

    private static double Difference(Checkpoint checkpoint, RunResult result)
    {
        using var model = Transformer.Load(checkpoint);
        float[] logits = new float[result.Reference.Logits.Length];
        model.ComputeOutputs(new(result.Reference.Ids) { SourceIds = result.ReferenceSource }, logits);
        return logits.Zip(result.Reference.Logits, (a, b) => Math.Abs((double)a - b)).Max();
    }

    private static float[] Read(Checkpoint model, ParameterSpec parameter)
    {
        float[] values = new float[parameter.Count];
        model.Read(parameter, values);
        return values;
    }
}

using Weft.Model.Spec;
using Weft.Training.Modules;
using Weft.Training.Optimizers;
using Weft.Training.Runs;
using Weft.Training.Tests.Adapters;
using Weft.Training.Tests.Optimizers;

namespace Weft.Training.Tests.Runs;

public class MemoryPlanTests
{
    /// <summary>What the prediction of a whole run without gaps in the heap may be wrong by: libraries keep buffers of their own, and a process counts what it shares.</summary>
    private const double PeakTolerance = 0.12;

    /// <summary>The same with the gaps, which move by a tenth from run to run.</summary>
    private const double HeapTolerance = 0.15;

    private const string Weights = "weights", Gradients = "gradients", State = "optimizer state", Inside = "activations inside blocks";

    public static TheoryData<OptimizerOptions> Everything() => OptimizerStateTests.Everything();

    [Theory]
    [MemberData(nameof(Everything))]
    public void What_weights_gradients_and_optimizers_take_is_exact(OptimizerOptions options)
    {
        foreach (ModelSpec spec in new[] { SmallModels.Llama(), SmallModels.Llama(tied: false), SmallModels.Gpt2() })
        {
            using var model = new TrainableModel(spec, seed: 1);
            using IOptimizer optimizer = options.Create(model.Parameters);
            // Several passes, so that all gradients are there at the worst moment.
            MemoryPlan plan = MemoryPlan.Of(spec, SmallModels.Plan(4) with { Optimizer = options, WindowsPerPass = 1 });
            Assert.Equal(model.ParameterCount * sizeof(float), Bytes(plan, Weights));
            Assert.Equal(model.ParameterCount * sizeof(float), Bytes(plan, Gradients));
            Assert.Equal(optimizer.State.Sum(pair => pair.Value.numel() * pair.Value.element_size()), Bytes(plan, State));
        }
    }

    /// <summary>Shapes whose worst moments differ: what blocks keep, and the vocabulary.</summary>
    [Theory]
    [InlineData("llama", Precision.Float32, 200, 256, false)]
    [InlineData("gpt2", Precision.BFloat16, 30_000, 128, false)]
    [InlineData("gpt2", Precision.BFloat16, 30_000, 128, true)]
    [InlineData("llama", Precision.Float32, 200, 256, false, 0.1)]
    public void A_run_takes_what_was_predicted(string architecture, Precision precision, int vocabulary, int context, bool hasGaps, double dropout = 0)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "what libraries take was measured on Linux");
        Recipe recipe = Of(architecture, precision, context);
        recipe = recipe with { Training = recipe.Training with { Dropout = dropout } };
        (long predicted, long measured) = MeasuredRun.Start(recipe, vocabulary, hasGaps);
        predicted -= hasGaps ? 0 : Bytes(MemoryPlan.Of(recipe, vocabulary, CancellationToken.None), MemoryPlan.GapsPart);
        Assert.True(Math.Abs(predicted - measured) < (hasGaps ? HeapTolerance : PeakTolerance) * measured, $"{predicted / 1e6:F0} MB were predicted, but {measured / 1e6:F0} MB were taken");
        // A large part of it follows from the recipe, or any constant would do.
        Assert.True(Bytes(MemoryPlan.Of(recipe, vocabulary, CancellationToken.None), "runtime and libraries") < predicted / 2);
    }

    /// <summary>Objectives whose rows, masks and parts of the model differ.</summary>
    [Theory]
    [InlineData("bert", ObjectiveKind.Masked, Precision.Float32, false)]
    [InlineData("bert", ObjectiveKind.Masked, Precision.BFloat16, true)]
    [InlineData("marian", ObjectiveKind.Pairs, Precision.Float32, true)]
    [InlineData("bart", ObjectiveKind.Denoising, Precision.BFloat16, false)]
    [InlineData("t5", ObjectiveKind.Spans, Precision.Float32, false)]
    public void A_run_of_another_objective_takes_what_was_predicted(string architecture, ObjectiveKind objective, Precision precision, bool hasGaps)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "what libraries take was measured on Linux");
        Recipe recipe = Of(architecture, precision, context: 192);
        recipe = recipe with { Training = recipe.Training with { Objective = new() { Kind = objective } } };
        if (objective == ObjectiveKind.Pairs)
            recipe = recipe with { Text = new() { Pairs = new() { Source = "a", Target = "b" } } };
        (long predicted, long measured) = MeasuredRun.Start(recipe, 8000, hasGaps);
        (ModelSpec spec, TrainingPlan plan, LargestRows rows) = MeasuredRun.Plan(recipe, 8000);
        MemoryPlan parts = MemoryPlan.Of(spec, plan, rows);
        predicted -= hasGaps ? 0 : Bytes(parts, MemoryPlan.GapsPart);
        Assert.True(Math.Abs(predicted - measured) < HeapTolerance * measured, $"{predicted / 1e6:F0} MB were predicted, but {measured / 1e6:F0} MB were taken; {string.Join(", ", parts.Parts.Select(part => $"{part.Name} {part.Bytes / 1e6:F0}"))} {parts.Moment}");
        Assert.True(Bytes(parts, "runtime and libraries") < predicted / 2);
    }

    [Theory]
    [MemberData(nameof(Everything))]
    public void What_adapters_and_frozen_weights_take_is_exact(OptimizerOptions options)
    {
        foreach (string family in AdaptedModels.Families)
            foreach (AdapterOptions adapter in new[] { AdaptedModels.Options(family), AdaptedModels.Options(family, AdapterKind.Dora, "feed-forward") with { FourBitBase = true }, AdaptedModels.Options(family) with { BasePrecision = Precision.BFloat16 } })
            {
                ModelSpec spec = AdaptedModels.Spec(family);
                using var model = new TrainableModel(spec, seed: 1, adapter: adapter);
                using IOptimizer optimizer = options.Create(model.Parameters);
                MemoryPlan plan = MemoryPlan.Of(spec, SmallModels.Plan(4) with { Optimizer = options, WindowsPerPass = 1, Adapter = adapter });
                Assert.Equal(model.ParameterCount * sizeof(float), Bytes(plan, Weights));
                Assert.Equal(model.ParameterCount * sizeof(float), Bytes(plan, Gradients));
                Assert.Equal(optimizer.State.Sum(pair => pair.Value.numel() * pair.Value.element_size()), Bytes(plan, State));
                Assert.Equal(model.Stores.Except(model.Parameters).SelectMany(store => store.Kept).Sum(kept => kept.numel() * kept.element_size()), Bytes(plan, "frozen weights"));
            }
    }

    /// <summary>Weights and activations in turn are most of it.</summary>
    [Theory]
    [InlineData("llama", Precision.Float32, AdapterKind.Lora, BaseKind.Computed, "all", 768)]
    [InlineData("llama", Precision.BFloat16, AdapterKind.Lora, BaseKind.Nf4, "all", 1024)]
    [InlineData("gpt2", Precision.BFloat16, AdapterKind.Lora, BaseKind.Computed, "attention", 1024)]
    [InlineData("gpt2", Precision.Float32, AdapterKind.Dora, BaseKind.Computed, "all", 512)]
    [InlineData("bert", Precision.BFloat16, AdapterKind.Lora, BaseKind.Computed, "all", 512)]
    [InlineData("t5", Precision.Float32, AdapterKind.Lora, BaseKind.Nf4, "q", 512)]
    public void A_run_that_trains_an_adapter_takes_what_was_predicted(string architecture, Precision precision, AdapterKind kind, BaseKind frozen, string targets, int width)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "what libraries take was measured on Linux");
        Recipe recipe = Of(architecture, precision, context: 128);
        recipe = recipe with
        {
            Model = recipe.Model with { Width = width, Heads = 8, Layers = 6 },
            Training = recipe.Training with { Adapter = new() { Kind = kind, Base = frozen, Targets = [targets] } },
        };
        (long predicted, long measured) = MeasuredRun.Start(recipe, 4000, hasGaps: true);
        (ModelSpec spec, TrainingPlan plan, LargestRows rows) = MeasuredRun.Plan(recipe, 4000);
        MemoryPlan parts = MemoryPlan.Of(spec, plan, rows), full = MemoryPlan.Of(spec, plan with { Adapter = null }, rows);
        Assert.True(Math.Abs(predicted - measured) < HeapTolerance * measured, $"{predicted / 1e6:F0} MB were predicted, but {measured / 1e6:F0} MB were taken; {string.Join(", ", parts.Parts.Select(part => $"{part.Name} {part.Bytes / 1e6:F0}"))} {parts.Moment}");
        // DoRA keeps more of each pass than it saves in gradients and moments of a small model.
        Assert.True(kind == AdapterKind.Dora || measured < 0.8 * full.PeakBytes, $"{measured / 1e6:F0} MB were taken; all weights would take {full.PeakBytes / 1e6:F0} MB");
    }

    [Fact]
    public void What_saves_memory_is_predicted_to_save_it()
    {
        Recipe recipe = Of("llama", Precision.Float32, context: 256);
        MemoryPlan plain = Plan(recipe);
        MemoryPlan recomputing = Plan(recipe with { Training = recipe.Training with { CheckpointActivations = true } });
        MemoryPlan halves = Plan(recipe with { Training = recipe.Training with { WindowsPerPass = 8 } });
        Assert.True(recomputing.PeakBytes < plain.PeakBytes);
        Assert.True(halves.PeakBytes < plain.PeakBytes);
        // One block's inside instead of four, and half of the windows.
        Assert.InRange((double)Bytes(recomputing, Inside) / Bytes(plain, Inside), 0.2, 0.3);
        Assert.InRange((double)Bytes(halves, Inside) / Bytes(plain, Inside), 0.45, 0.55);
    }

    [Fact]
    public void Dropout_takes_a_line_at_the_beginning_and_one_on_the_way_back()
    {
        Recipe recipe = Of("llama", Precision.Float32, context: 256);
        MemoryPlan plain = Plan(recipe), dropping = Plan(recipe with { Training = recipe.Training with { Dropout = 0.1 } });
        const long Line = 16 * 256 * 256 * sizeof(float);
        Assert.Equal(plain.Moment, dropping.Moment);
        Assert.StartsWith("in the backward pass", plain.Moment, StringComparison.Ordinal);
        foreach (string part in new[] { "states between blocks", "temporary" })
            Assert.InRange(Bytes(dropping, part) - Bytes(plain, part), Line, Line + 4096);
        Assert.Equal(Bytes(plain, Inside), Bytes(dropping, Inside));
    }

    [Fact]
    public void What_does_not_fit_is_refused_with_the_keys_to_lower()
    {
        MemoryPlan plan = Plan(Of("llama", Precision.Float32, context: 256));
        plan.Check(plan.PeakBytes);
        InsufficientMemoryException error = Assert.Throws<InsufficientMemoryException>(() => plan.Check(plan.PeakBytes - 1));
        Assert.Contains($"the run needs {plan.PeakBytes / 1e9:F1} GB", error.Message, StringComparison.Ordinal);
        foreach (string key in new[] { "training.windows-per-pass", "training.batch", "model.context", "training.checkpoint-activations" })
            Assert.Contains(key, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_says_what_it_will_take_and_refuses_what_no_machine_has()
    {
        using var folder = new TemporaryFolder();
        Recipe recipe = SmallRecipe.Of(folder);
        var watcher = new RunWatcher();
        TrainingRun.Start(recipe, new(folder.File("run")), watcher, CancellationToken.None);
        Assert.Contains(watcher.Lines, line => line.StartsWith("memory at most 0.", StringComparison.Ordinal));

        Recipe huge = recipe with { Model = recipe.Model with { Layers = 60, Width = 16384, Heads = 128 } };
        var folderOfHuge = new RunFolder(folder.File("huge"));
        Assert.Contains("training.windows-per-pass", Assert.Throws<InsufficientMemoryException>(
            () => TrainingRun.Start(huge, folderOfHuge, new RunWatcher(), CancellationToken.None)).Message, StringComparison.Ordinal);
        Assert.False(File.Exists(folderOfHuge.RecipeFile));
    }

    [Fact]
    public void A_vocabulary_that_only_the_text_decides_is_asked_for()
    {
        using var folder = new TemporaryFolder();
        Recipe recipe = SmallRecipe.Of(folder) with { Tokenizer = new() { Kind = TokenizerKind.Characters } };
        Assert.Contains("--vocab", Assert.Throws<InvalidDataException>(() => MemoryPlan.Of(recipe, null, CancellationToken.None)).Message, StringComparison.Ordinal);
        Assert.True(MemoryPlan.Of(recipe, 65, CancellationToken.None).PeakBytes > 0);
    }

    private static Recipe Of(string architecture, Precision precision, int context) => new()
    {
        Threads = 2,
        Model = new() { Architecture = architecture, Layers = 4, Width = 256, Heads = 4, Context = context },
        Training = new() { Steps = 1, Batch = 16, WindowsPerPass = 16, Precision = precision },
    };

    private static MemoryPlan Plan(Recipe recipe) => MemoryPlan.Of(recipe, 200, CancellationToken.None);

    private static long Bytes(MemoryPlan plan, string name) => plan.Parts.Single(part => part.Name == name).Bytes;
}

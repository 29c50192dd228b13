using System.Globalization;

using Weft.Model.Architectures;
using Weft.Model.Spec;
using Weft.Training.Objectives;

namespace Weft.Training.Runs;

/// <summary>A value that was not given but derived, and from what.</summary>
/// <param name="Name">The recipe's key.</param>
/// <param name="Value">The value, as text.</param>
/// <param name="Reason">Where it comes from.</param>
public sealed record DerivedSetting(string Name, string Value, string Reason);

/// <summary>Fills in what a recipe leaves out, and says so.</summary>
public static class Derivation
{
    /// <summary>Steps for which the state is written at most once, so that saving costs next to nothing and a kill loses little.</summary>
    private const int StepsPerSave = 50;

    private const int Validations = 20;

    /// <summary>Rows of a validation: each has one label, so that fewer would tell accuracies apart that are the same.</summary>
    private const int LabelledEvaluations = 1024;

    /// <summary>Pairs of answers of a validation: each is two texts, and tells one thing as well.</summary>
    private const int PreferenceEvaluations = 256;

    /// <summary>Fills in the model's shape, rate and batch. Steps are left to <see cref="WithSteps"/>, which needs a measured speed.</summary>
    public static (Recipe Recipe, IReadOnlyList<DerivedSetting> Derived) Resolve(Recipe recipe)
    {
        var log = new List<DerivedSetting>();
        ModelRecipe model = recipe.Model;
        SizePreset size = SizePreset.Of(model.Size);
        string fromSize = $"size {model.Size.ToString().ToLowerInvariant()}";
        int width = Or(model.Width, size.Width, "model.width", fromSize);
        int heads = Or(model.Heads, size.Heads, "model.heads", fromSize);
        bool gated = ModelFamily.Find(model.Architecture)?.Gated ?? true;
        TrainingRecipe training = recipe.Training with { Objective = recipe.Training.Objective.Resolve(recipe, log) };
        training = training.Optimizer.Resolve(training, size.LearningRate, fromSize, log);
        Recipe resolved = recipe with
        {
            Threads = Or(recipe.Threads, Environment.ProcessorCount, "threads", "processors of this machine"),
            Model = model with
            {
                Layers = Or(model.Layers, size.Layers, "model.layers", fromSize),
                Width = width,
                Heads = heads,
                KeyValueHeads = Or(model.KeyValueHeads, heads, "model.key-value-heads", "as many as query heads"),
                Inner = Or(model.Inner, gated ? SizePreset.GatedInner(width) : 4 * width, "model.inner",
                    gated ? "8/3 of the width, to a multiple of 32" : "4 times the width"),
            },
            Training = training.Schedule.Resolve(training, log) with
            {
                Batch = Or(recipe.Training.Batch, size.Batch, "training.batch", fromSize),
                Precision = recipe.Training.Precision.Resolve(DeviceRecipe.Of(recipe).IsCuda),
                Adapter = recipe.Training.Adapter?.Resolve(log),
            },
        };
        if (recipe.Training.Precision == Precision.Automatic)
            log.Add(new("training.precision", resolved.Training.Precision.ToString(), DeviceRecipe.Of(recipe).IsCuda ? "CUDA devices since 2020 multiply bf16 natively" : "whether this processor multiplies bf16 natively"));
        (int windows, string ofPass) = PassSize.Of(resolved);
        return (resolved with { Training = resolved.Training with { WindowsPerPass = Or(recipe.Training.WindowsPerPass, windows, "training.windows-per-pass", ofPass) } }, log);

        T Or<T>(T? given, T derived, string name, string reason)
            where T : struct, IFormattable
        {
            if (given is null)
                log.Add(new(name, derived.ToString(null, CultureInfo.InvariantCulture), reason));
            return given ?? derived;
        }
    }

    /// <summary>Fills in the steps and what depends on them.</summary>
    /// <param name="recipe">A recipe that <see cref="Resolve"/> has filled in.</param>
    /// <param name="steps">Steps of the run.</param>
    /// <param name="reason">Why so many.</param>
    /// <param name="derived">Receives what was derived.</param>
    public static Recipe WithSteps(Recipe recipe, int steps, string reason, List<DerivedSetting> derived)
    {
        TrainingRecipe training = recipe.Training;
        training = training.Schedule.WithSteps(training, steps, derived);
        int evaluate = Or(training.EvaluateEvery, Math.Max(1, steps / Validations), "training.evaluate-every", $"{Validations} validations a run");
        int save = Or(training.SaveEvery, StepsPerSave, "training.save-every", "rarely enough to cost nothing");
        if (training.Steps is null)
            derived.Add(new("training.steps", steps.ToString(CultureInfo.InvariantCulture), reason));
        return recipe with { Training = training with { Steps = steps, EvaluateEvery = evaluate, SaveEvery = save } };

        int Or(int? given, int value, string name, string why)
        {
            if (given is null)
                derived.Add(new(name, value.ToString(CultureInfo.InvariantCulture), why));
            return given ?? value;
        }
    }

    /// <summary>The model of a recipe that <see cref="Resolve"/> has filled in, with the head that its task needs.</summary>
    /// <exception cref="InvalidDataException">The recipe asks for an impossible model.</exception>
    public static ModelSpec ToSpec(Recipe recipe, int vocabularySize)
    {
        ModelSpec spec = ToSpec(recipe.Model, vocabularySize);
        if (recipe.Task is not { LabelsTexts: true } task)
            return spec;
        return spec with
        {
            Head = task.HeadOf(ArchitectureCatalogue.ForModelType(recipe.Model.Architecture), spec)
                ?? throw new InvalidDataException($"model.architecture {recipe.Model.Architecture} {task.HeadName}; choose bert{(task.Kind is TaskKind.Spans or TaskKind.Tokens ? "" : ", llama or gpt2")}"),
        };
    }

    /// <summary>The model of a recipe that <see cref="Resolve"/> has filled in.</summary>
    /// <exception cref="InvalidDataException">The recipe asks for an impossible model.</exception>
    public static ModelSpec ToSpec(ModelRecipe model, int vocabularySize)
    {
        (int width, int heads) = (model.Width!.Value, model.Heads!.Value);
        if (heads <= 0 || width <= 0 || width % heads != 0)
            throw new InvalidDataException($"model.heads {heads} does not divide model.width {width}; choose a divisor");
        try
        {
            return ModelFamily.Of(model.Architecture).Build(model, vocabularySize).Validate();
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"the recipe's model is impossible: {e.Message}", e);
        }
    }

    /// <summary>The plan of a recipe that has been filled in.</summary>
    public static TrainingPlan ToPlan(Recipe recipe)
    {
        TrainingRecipe training = recipe.Training;
        int steps = training.Steps ?? 1;
        return new()
        {
            Steps = steps,
            BatchSize = training.Batch!.Value,
            WindowsPerPass = Math.Min(training.WindowsPerPass!.Value, training.Batch.Value),
            ContextLength = recipe.Model.Context,
            Schedule = training.Schedule.ToSchedule(training, steps),
            Optimizer = training.Optimizer.ToOptions(training),
            Loss = training.Objective.Loss,
            Labels = recipe.Task is { LabelsTexts: true } task ? new(task.Says, task.Outputs) { Weights = [.. task.ClassWeights], LabelSmoothing = training.Objective.LabelSmoothing, Names = task.Says == LabelKind.EachWord ? [.. task.Labels] : [] } : null,
            Preference = recipe.Task is { Kind: TaskKind.Preference } preference ? preference.ToLoss(training.Objective.LabelSmoothing) : null,
            EvaluationWindows = recipe.Task?.Objective switch
            {
                ObjectiveKind.Classification => LabelledEvaluations,
                ObjectiveKind.Preference => PreferenceEvaluations,
                _ => TrainingPlan.UsualEvaluationWindows,
            },
            FurtherTokens = training.Objective.FurtherTokens,
            Average = training.Average?.ToOptions(),
            CheckpointsActivations = training.CheckpointActivations,
            Dropout = training.Dropout,
            GradientClip = training.Clip,
            Device = DeviceRecipe.Of(recipe),
            Precision = training.Precision,
            EvaluateEvery = training.EvaluateEvery ?? steps,
            SaveEvery = training.SaveEvery ?? steps,
            Threads = recipe.Threads!.Value,
        };
    }
}

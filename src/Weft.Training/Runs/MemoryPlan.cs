using System.Globalization;

using Weft.Model.Spec;

namespace Weft.Training.Runs;

/// <summary>A share of a run's memory.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Bytes">How much.</param>
public sealed record MemoryPart(string Name, long Bytes);

/// <summary>
/// The most memory that a training run takes, and what for, from its recipe alone: nothing is trained. Reading text and training a tokenizer come before, and
/// are not counted.
/// </summary>
public sealed record MemoryPlan
{
    /// <summary>What to do about too much of it.</summary>
    public const string Remedy = "lower training.windows-per-pass (or training.batch) or model.context, set training.checkpoint-activations, or give a smaller model";

    internal const string GapsPart = "gaps in the heap", BesideStepsPart = "validation, samples, files";

    /// <summary>
    /// The runtime, torch's and our own code as far as a run uses it, and what torch's libraries keep for themselves: the peak of a run of a model whose tensors
    /// take next to nothing (benchmarks/RESULTS.md).
    /// </summary>
    private const long RuntimeBytes = 225L << 20;

    /// <summary>What a run takes for all that is not a step: its text, validation, samples, checkpoints, its log. Measured as what runs take beyond their steps alone (benchmarks/RESULTS.md).</summary>
    private const long BesideStepsBytes = 40L << 20;

    /// <summary>
    /// Bytes of the heap that lie idle, as a share of the tensors that come and go there in a pass. Tensors begin at multiples of 64, and glibc finds room for them only
    /// in gaps larger than they are, so that what one tensor leaves does not take the next one of its size. Blocks that are computed a second time leave as many gaps,
    /// though less is there at once. Measured as what steps take beyond the same steps with every tensor in a mapping of its own (benchmarks/RESULTS.md).
    /// </summary>
    private const double GapShare = 0.6;

    /// <summary>Rows of documents, pairs or a task leave fewer, once there are many.</summary>
    private const double FirstGapsOfDocuments = 45e6, FurtherGapShareOfDocuments = 0.27;

    private MemoryPlan(string moment, IReadOnlyList<MemoryPart> parts) => (Moment, Parts) = (moment, parts);

    /// <summary>When that is.</summary>
    public string Moment { get; }

    /// <summary>What it consists of at that moment.</summary>
    public IReadOnlyList<MemoryPart> Parts { get; }

    /// <summary>Their sum.</summary>
    public long PeakBytes => Parts.Sum(part => part.Bytes);

    private MemoryPart Largest => Parts.MaxBy(part => part.Bytes)!;

    /// <summary>What this process may use: the machine's memory, or that of the container around it.</summary>
    public static long MachineBytes => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    /// <summary>Of a recipe as it was written.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="vocabulary">Entries, where they are known otherwise; the recipe's text is not looked for then.</param>
    /// <param name="cancellation">Ends the look at the recipe's data.</param>
    /// <exception cref="InvalidDataException">The recipe or its data cannot be used, or only the text decides how large the vocabulary is.</exception>
    public static MemoryPlan Of(Recipe recipe, int? vocabulary, CancellationToken cancellation)
    {
        (recipe, InitialModel? initial) = InitialModel.Begin(recipe);
        RecipeCheck.Check(recipe);
        RecipeCheck.Require(!DeviceRecipe.Of(recipe).IsCuda, DeviceRecipe.Key, recipe.Training.Device, "memory is predicted for the processor alone; give cpu to see what the run would take there");
        (Recipe resolved, _) = Derivation.Resolve(recipe);
        if (initial is not null)
            return Of(initial.Spec, InitialModel.PlanOf(resolved, initial), LargestRows.Of(resolved), RunTeacher.SpecsOf(resolved));
        if (vocabulary is { } size)
            return Of(Derivation.ToSpec(resolved, size), Derivation.ToPlan(resolved), LargestRows.Of(resolved), RunTeacher.SpecsOf(resolved));
        RecipePreview preview = RecipePreview.Of(recipe, cancellation);
        return Of(preview.Spec ?? throw new InvalidDataException("the text decides how large the vocabulary is, but it is not read here; give --vocab"), Derivation.ToPlan(preview.Recipe), LargestRows.Of(preview.Recipe), RunTeacher.SpecsOf(resolved));
    }

    /// <summary>Of a model and a plan, for full windows of text.</summary>
    public static MemoryPlan Of(ModelSpec spec, TrainingPlan plan) => Of(spec, plan, LargestRows.OfWindows(spec, plan.ContextLength));

    /// <summary>Of a model, a plan, the rows of its objective, and the models whose predictions are learnt, where there are any.</summary>
    internal static MemoryPlan Of(ModelSpec spec, TrainingPlan plan, LargestRows rows, IReadOnlyList<ModelSpec>? teachers = null)
    {
        var step = new StepMemory(spec, plan, rows, teachers ?? []);
        (string moment, LiveMemory live) = step.Moments(plan.CheckpointsActivations).MaxBy(moment => moment.Live.Bytes.All);
        long onHeap = step.Moments(recomputes: false).Max(moment => moment.Live.Bytes.OnHeap);
        return new(moment,
        [
            new("runtime and libraries", RuntimeBytes),
            new("weights", step.Weights),
            .. step.Frozen == 0 ? [] : new[] { new MemoryPart("frozen weights", step.Frozen) },
            .. step.Teachers == 0 ? [] : new[] { new MemoryPart("teacher's weights", step.Teachers) },
            new("gradients", live.Gradients.All),
            new("optimizer state", step.Optimizer.State),
            .. plan.Average is null ? [] : new[] { new MemoryPart("weight average", step.Weights) },
            new("copies of weights", live.Copies.All),
            new("states between blocks", live.States.All),
            new("activations inside blocks", live.Activations.All),
            new("projection on the vocabulary", live.Projection.All),
            new("temporary", live.Temporary.All),
            new(GapsPart, (long)(rows.IsPacked || rows.IsPadded
                ? Math.Min(GapShare * onHeap, FirstGapsOfDocuments + (FurtherGapShareOfDocuments * onHeap))
                : GapShare * onHeap)),
            new(BesideStepsPart, BesideStepsBytes),
        ]);
    }

    /// <summary>One line for a run's log.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"memory at most {PeakBytes / 1e9:F2} GB of {MachineBytes / 1e9:F1} GB, {Moment}; most of it {Largest.Name}");

    /// <summary>Refuses what cannot fit.</summary>
    /// <param name="available">Bytes that there are.</param>
    /// <exception cref="InsufficientMemoryException">More is needed.</exception>
    public void Check(long available)
    {
        if (PeakBytes > available)
            throw new InsufficientMemoryException(string.Create(CultureInfo.InvariantCulture,
                $"the run needs {PeakBytes / 1e9:F1} GB of memory, but this process may use {available / 1e9:F1} GB; most of it is {Largest.Name} ({Largest.Bytes / 1e9:F1} GB): {Remedy}"));
    }
}

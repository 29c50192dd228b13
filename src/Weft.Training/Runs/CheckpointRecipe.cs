using Weft.Training.Modules;

namespace Weft.Training.Runs;

/// <content>What is kept of a run, where it begins, and when it ends before its last step.</content>
public sealed partial record TrainingRecipe
{
    /// <summary>Saved states that are kept, the newest ones.</summary>
    public int Keep { get; init; } = 2;

    /// <summary>Name of the <see cref="Metric"/> whose best weights are tested and exported in place of the last ones.</summary>
    public string? Best { get; init; }

    /// <summary>Evaluations without improvement after which the run ends.</summary>
    public int? EarlyStopping { get; init; }

    /// <summary>What is done when a loss or gradient is no finite number, or a loss is a spike.</summary>
    public OnDivergence OnDivergence { get; init; }

    /// <summary>A loss this many standard deviations above its running mean is a spike; where left out, no loss is.</summary>
    public double? SpikeDeviations { get; init; }

    /// <summary>Most batches skipped between two updates.</summary>
    public int SkipsInRow { get; init; } = 10;

    /// <summary>A Hugging Face folder, a GGUF file, or a run or a checkpoint of Weft's, whose weights training begins with.</summary>
    public string? InitFrom { get; init; }

    /// <summary>Steps between two samples of what the model writes.</summary>
    public int? SampleEvery { get; init; }
}

/// <summary>Checks those keys, and hands them to a plan.</summary>
internal static class CheckpointRecipe
{
    /// <exception cref="InvalidDataException">A value is impossible; the message names its key.</exception>
    /// <param name="training">The keys.</param>
    /// <param name="resumes">A state is saved, so that the initial model is needed no more and may be gone.</param>
    public static void Check(TrainingRecipe training, bool resumes = false)
    {
        Require(training.Keep >= 1, "keep", training.Keep, "give at least 1");
        Require(training.Best is null || Metric.Known.Any(metric => metric.Name == training.Best), "best", training.Best,
            $"known: {string.Join(", ", Metric.Known.Select(metric => metric.Name))}");
        Require(training.EarlyStopping is null or >= 1, "early-stopping", training.EarlyStopping, "give at least 1 evaluation");
        Require(training.SpikeDeviations is null or (>= 2 and < double.PositiveInfinity), "spike-deviations", training.SpikeDeviations,
            "give 2 or more standard deviations, such as 6; fewer would take ordinary batches for spikes");
        Require(training.SkipsInRow >= 1, "skips-in-row", training.SkipsInRow, "give at least 1");
        Require(training.SampleEvery is null or >= 1, "sample-every", training.SampleEvery, "give at least 1");
        Require(resumes || training.InitFrom is null || File.Exists(training.InitFrom) || Directory.Exists(training.InitFrom), "init-from", training.InitFrom,
            "there is no such folder or file; give a Hugging Face folder, a GGUF file, or a run or a checkpoint of Weft's");
    }

    /// <summary>The plan with the recipe's policies.</summary>
    /// <param name="plan">What <see cref="Derivation.ToPlan"/> gives.</param>
    /// <param name="recipe">The recipe.</param>
    /// <param name="observer">Is told of skipped batches.</param>
    /// <param name="sample">Shows what the model writes; see <see cref="TrainingPlan.Sample"/>.</param>
    public static TrainingPlan Complete(TrainingPlan plan, Recipe recipe, IRunObserver observer, Action<TrainableModel, int> sample)
    {
        TrainingRecipe training = recipe.Training;
        // Stopping early without the best weights would keep ones that are known to be worse.
        string? best = training.Best ?? (training.EarlyStopping is null ? null : Metric.ValidationLoss.Name);
        return plan with
        {
            Seed = recipe.Seed,
            Best = best is null ? null : new(Metric.Known.Single(metric => metric.Name == best), training.EarlyStopping),
            SampleEvery = training.SampleEvery,
            Sample = sample,
            Divergence = new()
            {
                Action = training.OnDivergence,
                SpikeDeviations = training.SpikeDeviations,
                SkipsInRow = training.SkipsInRow,
                Skipped = (batch, file) => observer.Info($"step {batch.Step}: {batch.Problem}; the batch is skipped and kept in {file}"),
            },
        };
    }

    private static void Require(bool valid, string key, object? value, string remedy)
    {
        if (!valid)
            throw new InvalidDataException(FormattableString.Invariant($"training.{key} is {value}; {remedy}"));
    }
}

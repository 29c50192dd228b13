namespace Weft.Training;

/// <summary>What happens when a loss or a gradient is no finite number, or a loss leaps up.</summary>
public enum OnDivergence
{
    /// <summary>The run ends with an error; the last checkpoint is kept.</summary>
    Stop,

    /// <summary>The update is not made, and the step is tried again with the next batch (as in PaLM, Chowdhery et al. 2022, arXiv:2204.02311, section 5.1).</summary>
    Skip,
}

/// <summary>When training counts as diverged, and what is done then. In both cases the batch is written to a file, and the message names it.</summary>
public sealed record DivergencePolicy
{
    /// <summary>What is done.</summary>
    public OnDivergence Action { get; init; }

    /// <summary>A loss this many standard deviations above its running mean is a spike; null: only what is not finite counts.</summary>
    public double? SpikeDeviations { get; init; }

    /// <summary>Most batches skipped between two updates; one more ends the run, since then it is not the batch.</summary>
    public int SkipsInRow { get; init; } = 10;

    /// <summary>Is told of each skipped batch, and its file.</summary>
    public Action<InspectedBatch, string>? Skipped { get; init; }

    /// <summary>What is wrong with a step; null where nothing is.</summary>
    /// <param name="statistics">Losses of the updates so far.</param>
    /// <param name="loss">The step's loss.</param>
    /// <param name="norm">Norm of its gradients.</param>
    internal string? FindProblem(LossStatistics statistics, double loss, double norm)
    {
        if (!double.IsFinite(loss) || !double.IsFinite(norm))
            return FormattableString.Invariant($"loss {loss}, gradient norm {norm}");
        double deviations = statistics.DeviationsAbove(loss);
        return deviations > SpikeDeviations
            ? FormattableString.Invariant($"loss {loss:F4} is {deviations:F1} standard deviations above its running mean {statistics.Mean:F4}")
            : null;
    }

    /// <summary>The run ends with this batch.</summary>
    internal bool MustStop(InspectedBatch batch) => Action == OnDivergence.Stop || batch.Attempt > SkipsInRow;

    /// <summary>The error that ends it.</summary>
    internal DivergenceException Diverged(InspectedBatch batch, string file, double peak)
    {
        string skipped = Action == OnDivergence.Skip ? FormattableString.Invariant($", after {batch.Attempt - 1} batches skipped in a row") : "";
        string skip = Action == OnDivergence.Skip ? "" : ", or resume with training.on-divergence: skip where it is the batch";
        return new(FormattableString.Invariant(
            $"training diverged at step {batch.Step}: {batch.Problem}{skipped}; its batch is in {file}, and the last checkpoint is kept; lower the learning rate ({peak}){skip}"),
            batch.Step, file);
    }
}

/// <summary>Training diverged: a loss or gradient is no finite number, or a loss left the range of those before it.</summary>
public sealed class DivergenceException : NotFiniteNumberException
{
    /// <summary>The message names step, problem, remedy and the batch's file.</summary>
    public DivergenceException(string message, int step, string batchFile)
        : base(message) => (Step, BatchFile) = (step, batchFile);

    /// <summary>The step that was not made, from 1.</summary>
    public int Step { get; }

    /// <summary>Where the batch was written.</summary>
    public string BatchFile { get; }
}

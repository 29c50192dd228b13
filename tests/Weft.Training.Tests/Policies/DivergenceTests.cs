using Weft.Training.Batches;
using Weft.Training.Runs.Checkpoints;

namespace Weft.Training.Tests.Policies;

public class DivergenceTests
{
    private const int Steps = 130;

    /// <summary>The draw that is spoilt: the model has learnt its pattern by then, so a batch without it stands out.</summary>
    private const int Spoilt = 120;

    private static TrainingPlan Plan => SmallModels.Plan(Steps) with
    {
        Schedule = new WarmupCosine(1e-2, 1e-3, 5, Steps),
        // Losses that fall are all below their mean; the spoilt batch is some five deviations above it.
        Divergence = new() { Action = OnDivergence.Skip, SpikeDeviations = 3 },
    };

    [Fact]
    public void A_skipped_spike_leaves_no_trace_but_its_file()
    {
        using var folder = new TemporaryFolder();
        using TrainingSession clean = new(folder, Plan);
        Assert.True(clean.Trainer.Run(folder.File("a"), "f", null, CancellationToken.None));
        Assert.Equal(0, clean.Trainer.Skipped);

        List<(InspectedBatch Batch, string File)> skipped = [];
        int reported = 0;
        using TrainingSession spoilt = new(folder, Plan with { Divergence = Plan.Divergence with { Skipped = (batch, file) => skipped.Add((batch, file)) } },
            change: batches => new SpoiltBatches(batches, draw => draw == Spoilt));
        Assert.True(spoilt.Trainer.Run(folder.File("b"), "f", s => reported = s.Skipped, CancellationToken.None));
        Assert.Equal((1, 1), (spoilt.Trainer.Skipped, reported));
        Assert.Equal(clean.Losses, spoilt.Losses);
        Assert.Equal(clean.WeightBits, spoilt.WeightBits);

        (InspectedBatch batch, string file) = Assert.Single(skipped);
        Assert.Equal((Spoilt, 1), (batch.Step, batch.Attempt));
        Assert.Contains("standard deviations above its running mean", batch.Problem, StringComparison.Ordinal);
        InspectedBatch read = InspectedBatch.Read(file);
        Assert.Equal(batch, read with { Batch = batch.Batch });
        Assert.Equal(batch.Batch.Ids, read.Batch.Ids);
        Assert.Equal(batch.Batch.Targets, read.Batch.Targets);
        Assert.Equal((batch.Batch.Rows, batch.Batch.Length), (read.Batch.Rows, read.Batch.Length));
    }

    [Fact]
    public void Too_many_spikes_in_a_row_end_the_run_and_the_last_state_goes_on_with_good_data()
    {
        using var folder = new TemporaryFolder();
        TrainingPlan plan = Plan with { SaveEvery = 10, Divergence = Plan.Divergence with { SkipsInRow = 3 } };
        using TrainingSession clean = new(folder, plan);
        clean.Trainer.Run(folder.File("a"), "f", null, CancellationToken.None);
        using (TrainingSession spoilt = new(folder, plan, change: batches => new SpoiltBatches(batches, draw => draw >= Spoilt)))
        {
            var error = Assert.Throws<DivergenceException>(() => spoilt.Trainer.Run(folder.File("b"), "f", null, CancellationToken.None));
            Assert.Contains("after 3 batches skipped in a row", error.Message, StringComparison.Ordinal);
            Assert.Equal(Spoilt, error.Step);
            Assert.EndsWith("step-000000120-004.json", error.BatchFile, StringComparison.Ordinal);
        }
        using TrainingSession repaired = new(folder, plan, change: batches => new SpoiltBatches(batches, _ => false));
        Assert.True(repaired.Trainer.Resume(folder.File("b"), "f"));
        Assert.Equal(110, repaired.Trainer.Step);
        Assert.True(repaired.Trainer.Run(folder.File("b"), "f", null, CancellationToken.None));
        Assert.Equal(clean.Losses, repaired.Losses);
        Assert.Equal(clean.WeightBits, repaired.WeightBits);
    }

    [Fact]
    public void A_skip_just_before_a_stop_is_remembered()
    {
        using var folder = new TemporaryFolder();
        using TrainingSession whole = new(folder, Plan, change: Source);
        whole.Trainer.Run(folder.File("a"), "f", null, CancellationToken.None);
        using var stop = new CancellationTokenSource();
        using (TrainingSession first = new(folder, Plan with { Divergence = Plan.Divergence with { Skipped = (_, _) => stop.Cancel() } }, change: Source))
            Assert.False(first.Trainer.Run(folder.File("b"), "f", null, stop.Token));
        using TrainingSession second = new(folder, Plan, change: Source);
        Assert.True(second.Trainer.Resume(folder.File("b"), "f"));
        Assert.Equal((Spoilt - 1, 1), (second.Trainer.Step, second.Trainer.Skipped));
        Assert.True(second.Trainer.Run(folder.File("b"), "f", null, CancellationToken.None));
        Assert.Equal(2, second.Trainer.Skipped);
        Assert.Equal(whole.WeightBits, second.WeightBits);

        static IBatchSource Source(IBatchSource batches) => new SpoiltBatches(batches, draw => draw is Spoilt or Spoilt + 4);
    }

    [Fact]
    public void By_default_what_is_not_finite_stops_with_a_remedy_and_the_batch()
    {
        using var folder = new TemporaryFolder();
        TrainingPlan plan = SmallModels.Plan(50) with { Schedule = new WarmupCosine(1e30, 1e30, 0, 50), SaveEvery = 1 };
        using TrainingSession session = new(folder, plan);
        var error = Assert.Throws<DivergenceException>(() => session.Trainer.Run(folder.File("a"), "f", null, CancellationToken.None));
        Assert.Contains("lower the learning rate (1E+30)", error.Message, StringComparison.Ordinal);
        Assert.Contains(error.BatchFile, error.Message, StringComparison.Ordinal);
        Assert.Equal(error.Step, InspectedBatch.Read(error.BatchFile).Step);
        Assert.EndsWith($"step-{error.Step - 1:D9}.safetensors", CheckpointFolder.Newest(folder.File("a")), StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_that_are_broken_are_not_skipped_for_ever()
    {
        using var folder = new TemporaryFolder();
        using TrainingSession session = new(folder, SmallModels.Plan(50) with
        {
            Schedule = new WarmupCosine(1e30, 1e30, 0, 50),
            Divergence = new() { Action = OnDivergence.Skip, SkipsInRow = 5 },
        });
        Assert.Contains("after 5 batches skipped in a row",
            Assert.Throws<DivergenceException>(() => session.Trainer.Run(folder.File("a"), "f", null, CancellationToken.None)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_of_batches_does_not_grow_for_ever()
    {
        using var folder = new TemporaryFolder();
        var batch = new TrainingBatch { Rows = 1, Length = 1, Ids = [1], Targets = [2] };
        for (int step = 1; step <= InspectedBatch.MostFiles + 3; step++)
            new InspectedBatch(step, 1, "NaN", double.NaN, double.PositiveInfinity) { Batch = batch }.Write(folder.File("a"));
        string[] files = [.. Directory.GetFiles(folder.File("a")).Order(StringComparer.Ordinal)];
        Assert.Equal(InspectedBatch.MostFiles, files.Length);
        Assert.EndsWith("step-000000004-001.json", files[0], StringComparison.Ordinal);
        Assert.True(double.IsNaN(InspectedBatch.Read(files[^1]).Loss));
    }
}

using Weft.Model.Checkpoints;
using Weft.Training.Batches;
using Weft.Training.Runs.Checkpoints;

namespace Weft.Training.Tests.Policies;

public class BestModelTests
{
    private static TrainingPlan Plan => SmallModels.Plan(60) with
    {
        Schedule = new WarmupCosine(1e-2, 1e-3, 2, 60),
        EvaluateEvery = 2,
        SaveEvery = 7,
        Best = new(Metric.ValidationLoss, Patience: 5),
    };

    [Fact]
    public void A_run_that_gets_worse_stops_early_and_gives_back_its_best_weights()
    {
        using var folder = new TemporaryFolder();
        Dictionary<int, int[]> weights = [];
        using TrainingSession session = new(folder, Plan, held: new Backwards());
        using CheckpointFolder checkpoints = CheckpointedTrainer.Open(folder.File("a"));
        Assert.True(session.Trainer.Run(checkpoints, s => weights[s.Step] = session.WeightBits, CancellationToken.None));
        Assert.True(session.Trainer.StoppedEarly, string.Join(' ', session.Losses.Select(record => record.Validation)));
        BestEvaluation best = session.Trainer.Best!;
        // The definition: the lowest of all, and five evaluations, two steps apart, after it.
        TrainingRecord lowest = session.Trainer.History.Where(record => !double.IsNaN(record.ValidationLoss)).MinBy(record => record.ValidationLoss)!;
        Assert.Equal(new(lowest.Step, lowest.ValidationLoss), best);
        Assert.Equal(best.Step + (5 * 2), session.Trainer.Step);
        Assert.NotEqual(weights[best.Step], session.WeightBits);
        session.Trainer.LoadBest(checkpoints);
        Assert.Equal(weights[best.Step], session.WeightBits);
    }

    [Fact]
    public void Patience_survives_a_stop_and_a_run_that_has_ended_stays_ended()
    {
        using var folder = new TemporaryFolder();
        using TrainingSession whole = new(folder, Plan, held: new Backwards());
        whole.Trainer.Run(folder.File("a"), "f", null, CancellationToken.None);
        using (TrainingSession first = new(folder, Plan, held: new Backwards()))
            first.RunTo(folder.File("b"), whole.Trainer.Step - 3);
        using (TrainingSession second = new(folder, Plan, held: new Backwards()))
        {
            Assert.True(second.Trainer.Resume(folder.File("b"), "f"));
            Assert.True(second.Trainer.Run(folder.File("b"), "f", null, CancellationToken.None));
            Assert.Equal(whole.Losses, second.Losses);
            Assert.Equal(whole.Trainer.Best, second.Trainer.Best);
        }
        using TrainingSession third = new(folder, Plan, held: new Backwards());
        using CheckpointFolder checkpoints = CheckpointedTrainer.Open(folder.File("b"));
        Assert.True(third.Trainer.Resume(checkpoints));
        Assert.True(third.Trainer.Run(checkpoints, _ => Assert.Fail("a run that stopped early trained again"), CancellationToken.None));
        Assert.Equal(whole.WeightBits, third.WeightBits);
        third.Trainer.LoadBest(checkpoints);
    }

    [Fact]
    public void A_run_that_gets_better_ends_with_its_last_step_and_compares_equal_windows()
    {
        using var folder = new TemporaryFolder();
        using TrainingSession session = new(folder, Plan with { EvaluateEvery = 7 });
        Assert.True(session.Trainer.Run(folder.File("a"), "f", null, CancellationToken.None));
        Assert.False(session.Trainer.StoppedEarly);
        Assert.Equal(60, session.Trainer.Best!.Step);
        // The last record has the loss of the whole split, the best that of the windows which all evaluations read.
        Assert.NotEqual(session.Trainer.History[^1].ValidationLoss, session.Trainer.Best.Value);
    }

    [Fact]
    public void Keeping_the_best_does_not_change_the_run()
    {
        using var folder = new TemporaryFolder();
        using TrainingSession without = new(folder, Plan with { Best = null });
        without.Trainer.Run(folder.File("a"), "f", null, CancellationToken.None);
        using TrainingSession with = new(folder, Plan);
        with.Trainer.Run(folder.File("b"), "f", null, CancellationToken.None);
        Assert.Equal(without.Losses, with.Losses);
        Assert.Equal(without.WeightBits, with.WeightBits);
        Assert.Empty(Directory.GetFiles(folder.File("a"), "best-*"));
    }

    [Fact]
    public void Damaged_best_weights_are_refused()
    {
        using var folder = new TemporaryFolder();
        using TrainingSession session = new(folder, Plan);
        using CheckpointFolder checkpoints = CheckpointedTrainer.Open(folder.File("a"));
        session.Trainer.Run(checkpoints, null, CancellationToken.None);
        string file = Path.Combine(folder.File("a"), $"best-{session.Trainer.Best!.Step:D9}.safetensors");
        byte[] bytes = File.ReadAllBytes(file);
        bytes[^1] ^= 1;
        File.WriteAllBytes(file, bytes);
        Assert.Throws<CheckpointException>(() => session.Trainer.LoadBest(checkpoints));
    }

    [Theory]
    [InlineData(false, 1.0, 2.0, true)]
    [InlineData(false, 2.0, 2.0, false)]
    [InlineData(false, double.NaN, 2.0, false)]
    [InlineData(true, 3.0, 2.0, true)]
    [InlineData(true, 1.0, 2.0, false)]
    public void A_metric_has_a_direction(bool higher, double value, double than, bool better)
    {
        var policy = new BestModelPolicy(new("m", higher, result => result.TotalLoss));
        RunProgress progress = policy.Judge(new() { Step = 9, Best = new(4, than), EvaluationsSinceBest = 2 }, new(value, 1, 0));
        Assert.Equal(better ? (9, 0) : (4, 3), (progress.Best!.Step, progress.EvaluationsSinceBest));
        Assert.Null(policy.Judge(new(), new(double.NaN, 1, 0)).Best);
    }

    [Fact]
    public void Samples_are_taken_on_time_and_cannot_change_the_run()
    {
        using var folder = new TemporaryFolder();
        using TrainingSession plain = new(folder, SmallModels.Plan(9));
        plain.Trainer.Run(folder.File("a"), "f", null, CancellationToken.None);
        List<int> steps = [];
        double drawn = double.NaN;
        using TrainingSession sampled = new(folder, SmallModels.Plan(9) with
        {
            SampleEvery = 4,
            Sample = (model, step) =>
            {
                steps.Add(step);
                // Whoever samples draws from the generator that training draws from.
                drawn = TorchSharp.torch.rand(1).item<float>();
            },
        });
        sampled.Trainer.Run(folder.File("b"), "f", null, CancellationToken.None);
        Assert.Equal([4, 8], steps);
        Assert.Equal(plain.WeightBits, sampled.WeightBits);
        // Both generators stand where they stood: the next number is the one that the callback saw.
        Assert.Equal(drawn, TorchSharp.torch.rand(1).item<float>());
    }

    /// <summary>Text that counts downwards: the better a model knows the training data, the worse it is here.</summary>
    private sealed class Backwards : IEvaluationSet
    {
        public long Bytes => 0;

        public IEnumerable<TrainingBatch> Batches(long rows, int rowsPerBatch)
        {
            long[] ids = [.. Enumerable.Range(0, 17).Select(i => 40L - i)];
            yield return new() { Rows = 1, Length = 16, Ids = ids[..16], Targets = ids[1..] };
        }
    }
}

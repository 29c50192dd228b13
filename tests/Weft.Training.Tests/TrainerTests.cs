using Weft.Data;
using Weft.Model;
using Weft.Model.Spec;
using Weft.Training.Batches;
using Weft.Training.Modules;

namespace Weft.Training.Tests;

public class TrainerTests
{
    [Theory]
    [InlineData(Precision.Float32, false, 0)]
    [InlineData(Precision.BFloat16, false, 0)]
    [InlineData(Precision.Float32, true, 0)]
    [InlineData(Precision.BFloat16, false, 0.2)]
    [InlineData(Precision.Float32, true, 0.2)]
    public void A_resumed_run_equals_an_unbroken_one_bit_for_bit(Precision precision, bool averages, double dropout)
    {
        using var folder = new TemporaryFolder();
        TrainingPlan plan = SmallModels.Plan(12, precision) with { Average = averages ? new() { Decay = 0.9 } : null, CheckpointsActivations = averages, Dropout = dropout };
        using Session unbroken = new(folder, SmallModels.Llama(), plan);
        Assert.True(unbroken.Trainer.Run(folder.File("a"), "f", null, CancellationToken.None));

        using var stop = new CancellationTokenSource();
        using (Session first = new(folder, SmallModels.Llama(), plan))
            Assert.False(first.Trainer.Run(folder.File("b"), "f", s => { if (s.Step == 5) stop.Cancel(); }, stop.Token));
        using Session second = new(folder, SmallModels.Llama(), plan);
        second.Trainer.Resume(folder.File("b"), "f");
        Assert.Equal(5, second.Trainer.History.Count);
        Assert.True(second.Trainer.Run(folder.File("b"), "f", null, CancellationToken.None));

        Assert.Equal(unbroken.Trainer.History.Select(Numbers), second.Trainer.History.Select(Numbers));
        foreach (ParameterSpec parameter in ModelParameters.Enumerate(unbroken.Model.Spec))
            Assert.Equal(unbroken.Model.Read(parameter), second.Model.Read(parameter));
        using IDisposable? average = unbroken.Trainer.TakeAverage(), other = second.Trainer.TakeAverage();
        Assert.Equal(averages, average is not null);
        foreach (ParameterSpec parameter in ModelParameters.Enumerate(unbroken.Model.Spec))
            Assert.Equal(unbroken.Model.Read(parameter), second.Model.Read(parameter));
    }

    [Fact]
    public void Training_learns_a_simple_pattern()
    {
        using var folder = new TemporaryFolder();
        using Session session = new(folder, SmallModels.Gpt2(), SmallModels.Plan(300) with { Schedule = new WarmupCosine(1e-2, 1e-3, 10, 300) });
        session.Trainer.Run(folder.File("state"), "f", null, CancellationToken.None);
        // Counting upwards is certain but at the 1 in 30 places where a document begins.
        Assert.InRange(session.Trainer.History[^1].ValidationLoss, 0, 0.6);
        Assert.InRange(session.Trainer.History[0].Loss, 3.9, 4.4); // ln 61 = 4.11
    }

    [Fact]
    public void Snapshots_count_steps_and_tokens_and_validate_on_schedule()
    {
        using var folder = new TemporaryFolder();
        using Session session = new(folder, SmallModels.Llama(), SmallModels.Plan(9));
        var seen = new List<TrainingSnapshot>();
        session.Trainer.Run(folder.File("state"), "f", seen.Add, CancellationToken.None);
        Assert.Equal(Enumerable.Range(1, 9), seen.Select(s => s.Step));
        Assert.Equal(9 * 4 * 16, seen[^1].Tokens);
        Assert.Equal([4, 8, 9], seen.Where(s => s.ValidationLoss is not null).Select(s => s.Step));
        Assert.Equal(TimeSpan.Zero, seen[^1].Remaining);
    }

    [Fact]
    public void Evaluation_counts_each_token_but_the_first_once_whatever_the_windows_per_pass()
    {
        using var folder = new TemporaryFolder();
        using Session one = new(folder, SmallModels.Llama(), SmallModels.Plan(1) with { WindowsPerPass = 1 });
        using Session four = new(folder, SmallModels.Llama(), SmallModels.Plan(1));
        EvaluationResult a = one.Trainer.Evaluate(new ShardWindows(one.Validation, 16), long.MaxValue, CancellationToken.None);
        EvaluationResult b = four.Trainer.Evaluate(new ShardWindows(four.Validation, 16), long.MaxValue, CancellationToken.None);
        Assert.Equal(one.Validation.TokenCount - 1, a.Tokens);
        Assert.Equal(a.Tokens, b.Tokens);
        Assert.Equal(a.Loss, b.Loss, 5);
        Assert.Equal(a.TotalLoss / Math.Log(2) / one.Validation.ByteCount, a.BitsPerByte, 12);
    }

    [Fact]
    public void Dropout_is_for_training_passes_alone_and_follows_the_seed()
    {
        using var folder = new TemporaryFolder();
        (double[] Losses, double Before, double Validation) Train(double dropout, long seed)
        {
            using Session session = new(folder, SmallModels.Llama(), SmallModels.Plan(2) with { Dropout = dropout, Seed = seed });
            double before = session.Trainer.Evaluate(new ShardWindows(session.Validation, 16), long.MaxValue, CancellationToken.None).Loss;
            session.Trainer.Run(folder.File($"{dropout}-{seed}"), "f", null, CancellationToken.None);
            // What the last validation said is what the same weights give now.
            Assert.Equal(session.Trainer.History[^1].ValidationLoss, session.Trainer.Evaluate(new ShardWindows(session.Validation, 16), long.MaxValue, CancellationToken.None).Loss);
            return ([.. session.Trainer.History.Select(record => record.Loss)], before, session.Trainer.History[^1].ValidationLoss);
        }
        (double[] without, double before, _) = Train(0, seed: 1);
        (double[] with, double beforeWith, double validation) = Train(0.5, seed: 1);
        (double[] other, _, double otherValidation) = Train(0.5, seed: 2);
        Assert.Equal(before, beforeWith);
        Assert.NotEqual(without[0], with[0]);
        Assert.NotEqual(with[0], other[0]);
        Assert.NotEqual(validation, otherValidation);
    }

    [Fact]
    public void Weights_written_are_the_weights_read_in_every_part()
    {
        using var model = new TrainableModel(SmallModels.Llama(tied: false), seed: 3);
        foreach (ParameterSpec parameter in ModelParameters.Enumerate(model.Spec))
        {
            float[] values = [.. Enumerable.Range(0, (int)parameter.Count).Select(i => i + (parameter.Name.Length * 0.5f))];
            model.Write(parameter, values);
            Assert.Equal(values, model.Read(parameter));
        }
    }

    [Fact]
    public void Ids_outside_the_vocabulary_and_sequences_beyond_the_context_are_refused()
    {
        using var model = new TrainableModel(SmallModels.Llama(), seed: 3);
        Assert.Throws<ArgumentOutOfRangeException>(() => model.ComputeLogits([61], new float[61]));
        Assert.Throws<ArgumentException>(() => model.ComputeLogits(new int[17], new float[17 * 61]));
    }

    private static (int, double, double, double, double) Numbers(TrainingRecord r) => (r.Step, r.Loss, r.ValidationLoss, r.LearningRate, r.GradientNorm);

    private sealed class Session : IDisposable
    {
        private readonly TokenShard _train;

        public Session(TemporaryFolder folder, ModelSpec spec, TrainingPlan plan)
        {
            _train = SmallModels.Shard(folder.FullName, $"{Guid.NewGuid():N}.tokens");
            Validation = SmallModels.Shard(folder.FullName, $"{Guid.NewGuid():N}.tokens", documents: 5);
            Model = new(spec, seed: 7);
            Trainer = new(Model, new CausalWindows(new ShuffledWindowSampler(_train, 9), plan.BatchSize, plan.ContextLength), new ShardWindows(Validation, plan.ContextLength), plan);
        }

        public TrainableModel Model { get; }

        public TokenShard Validation { get; }

        public Trainer Trainer { get; }

        public void Dispose()
        {
            Trainer.Dispose();
            Model.Dispose();
            Validation.Dispose();
            _train.Dispose();
        }
    }
}

using Weft.Data;
using Weft.Model.Spec;
using Weft.Training.Batches;
using Weft.Training.Modules;

namespace Weft.Training.Tests;

/// <summary>A small model, its data and its trainer. Sessions of one folder read equal data.</summary>
internal sealed class TrainingSession : IDisposable
{
    private readonly TokenShard _train;
    private readonly TokenShard _validation;

    /// <param name="folder">Where the data are written.</param>
    /// <param name="plan">How to train.</param>
    /// <param name="spec">The model; null: a small Llama.</param>
    /// <param name="change">Takes the place of the batches; null: they stay as they are.</param>
    /// <param name="held">Takes the place of the validation split; null: it has the pattern of the training data.</param>
    public TrainingSession(TemporaryFolder folder, TrainingPlan plan, ModelSpec? spec = null, Func<IBatchSource, IBatchSource>? change = null, IEvaluationSet? held = null)
    {
        // Several threads that wait for each other take a hundred times as long where the processors have other work.
        plan = plan with { Threads = 1 };
        _train = SmallModels.Shard(folder.FullName, $"{Guid.NewGuid():N}.tokens");
        _validation = SmallModels.Shard(folder.FullName, $"{Guid.NewGuid():N}.tokens", documents: 5);
        Model = new(spec ?? SmallModels.Llama(), seed: 7, adapter: plan.Adapter);
        IBatchSource batches = new CausalWindows(new ShuffledWindowSampler(_train, 9), plan.BatchSize, plan.ContextLength);
        Trainer = new(Model, change?.Invoke(batches) ?? batches, held ?? new ShardWindows(_validation, plan.ContextLength), plan);
    }

    public TrainableModel Model { get; }

    public Trainer Trainer { get; }

    /// <summary>All weights, bit for bit.</summary>
    public int[] WeightBits => [.. ModelParameters.Enumerate(Model.Spec).SelectMany(Model.Read).Select(BitConverter.SingleToInt32Bits)];

    /// <summary>What two equal runs have in common.</summary>
    public (int Step, double Loss, double Validation, double Norm)[] Losses =>
        [.. Trainer.History.Select(record => (record.Step, record.Loss, record.ValidationLoss, record.GradientNorm))];

    /// <summary>Trains until a step is done, then stops as if cancelled.</summary>
    public void RunTo(string checkpoints, int step)
    {
        using var stop = new CancellationTokenSource();
        Assert.False(Trainer.Run(checkpoints, "f", s => { if (s.Step == step) stop.Cancel(); }, stop.Token));
    }

    public void Dispose()
    {
        Trainer.Dispose();
        Model.Dispose();
        _validation.Dispose();
        _train.Dispose();
    }
}

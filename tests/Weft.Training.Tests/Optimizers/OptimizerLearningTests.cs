using Weft.Data;
using Weft.Training.Batches;
using Weft.Training.Modules;
using Weft.Training.Runs;

namespace Weft.Training.Tests.Optimizers;

public class OptimizerLearningTests
{
    private const int Steps = 80;

    /// <summary>Of the first loss, ln 61 = 4.11: enough to tell a step towards the answer from one that goes nowhere or astray.</summary>
    private const double Most = 3.8;

    [Theory]
    [MemberData(nameof(SmallModels.Optimizers), MemberType = typeof(SmallModels))]
    public void A_model_learns_with_the_rate_that_a_recipe_gives(OptimizerKind kind)
    {
        using var folder = new TemporaryFolder();
        using TokenShard shard = SmallModels.Shard(folder.FullName, "train.tokens");
        Recipe recipe = Derivation.WithSteps(Derivation.Resolve(new() { Model = new() { Size = ModelSize.Nano }, Training = new() { Optimizer = new() { Kind = kind } } }).Recipe, Steps, "test", []);
        TrainingPlan asked = Derivation.ToPlan(recipe);
        TrainingPlan plan = SmallModels.Plan(Steps) with { BatchSize = 8, WindowsPerPass = 8, Threads = 1, Optimizer = asked.Optimizer, Schedule = asked.Schedule };
        using var model = new TrainableModel(SmallModels.Llama(), seed: 7);
        using var trainer = new Trainer(model, new CausalWindows(new ShuffledWindowSampler(shard, 9), plan.BatchSize, plan.ContextLength), new ShardWindows(shard, plan.ContextLength), plan);
        trainer.Run(folder.File("state"), "f", null, CancellationToken.None);
        Assert.InRange(trainer.History[0].Loss, 3.9, 4.4); // ln 61 = 4.11
        Assert.InRange(trainer.History[^1].Loss, 0, Most);
    }
}

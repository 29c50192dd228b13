using Weft.Training.Runs;

namespace Weft.Training.Tests.Runs;

public class OptimizerRecipeTests
{
    public static TheoryData<string, OptimizerOptions> Optimizers() => new()
    {
        { "{}", new AdamWOptions() },
        { "{ beta1: 0.8, beta2: 0.9, weight-decay: 0.05 }", new AdamWOptions { Beta1 = 0.8, Beta2 = 0.9, WeightDecay = 0.05 } },
        { "{ optimizer: { kind: adamw, epsilon: 1e-6, decay-embeddings: false } }", new AdamWOptions { Epsilon = 1e-6, DecaysEmbeddings = false } },
        { "{ optimizer: { kind: adam }, beta2: 0.99 }", new AdamOptions { Beta2 = 0.99 } },
        { "{ optimizer: { kind: sgd, momentum: 0.8, nesterov: true }, weight-decay: 0.01 }", new SgdOptions { Momentum = 0.8, Nesterov = true, WeightDecay = 0.01 } },
        { "{ optimizer: { kind: sgd, dampening: 0.1 } }", new SgdOptions { Dampening = 0.1 } },
        { "{ optimizer: { kind: adagrad, rate-decay: 0.1, epsilon: 1e-5 } }", new AdagradOptions { RateDecay = 0.1, Epsilon = 1e-5 } },
        { "{ optimizer: { kind: adafactor, relative-step: true, scale-by-parameter: false, update-clip: 2 } }", new AdafactorOptions { RelativeStep = true, ScalesByParameter = false, UpdateClip = 2 } },
        { "{ optimizer: { kind: lion }, beta1: 0.95 }", new LionOptions { Beta1 = 0.95 } },
        { "{ optimizer: { kind: muon, momentum: 0.9, nesterov: false, scale: spectral, iterations: 6, others-rate: 0.1 }, beta2: 0.97 }",
            new MuonOptions { Momentum = 0.9, Nesterov = false, Scale = MuonScale.Spectral, Iterations = 6, OthersRate = 0.1, Others = new() { Beta2 = 0.97 } } },
        { "{ optimizer: { kind: muon, scale: like-adamw } }", new MuonOptions() },
    };

    [Theory]
    [MemberData(nameof(Optimizers))]
    public void An_optimizer_comes_out_as_written(string training, OptimizerOptions expected)
    {
        Recipe recipe = Read(training);
        RecipeCheck.Check(recipe);
        Recipe resolved = Resolve(recipe);
        Assert.Equal(expected, Derivation.ToPlan(resolved).Optimizer);
        RecipeCheck.Check(resolved);
        Assert.Equal(resolved, Resolve(resolved));
    }

    public static TheoryData<string, LearningRateSchedule> Schedules() => new()
    {
        { "{}", new WarmupCosine(0.004, 0.0002, 5, 100) },
        { "{ final-learning-rate: 0, warmup: 0, schedule: { kind: linear } }", new WarmupLinear(0.004, 0, 0, 100) },
        { "{ schedule: { kind: constant } }", new WarmupConstant(0.004, 5) },
        { "{ schedule: { kind: inverse-sqrt }, warmup: 30 }", new InverseSquareRoot(0.004, 30) },
        { "{ schedule: { kind: wsd } }", new WarmupStableDecay(0.004, 0.0002, 5, 100) { DecaySteps = 20 } },
        { "{ schedule: { kind: wsd, decay-steps: 7, shape: linear } }", new WarmupStableDecay(0.004, 0.0002, 5, 100) { DecaySteps = 7, Shape = DecayShape.Linear } },
        { "{ schedule: { kind: one-cycle, rise: 0.2, linear: true }, learning-rate: 0.01 }", new OneCycle(0.01, 100) { Rise = 0.2, Linear = true } },
    };

    [Theory]
    [MemberData(nameof(Schedules))]
    public void A_schedule_comes_out_as_written(string training, LearningRateSchedule expected)
    {
        Recipe recipe = Read(training);
        RecipeCheck.Check(recipe);
        Recipe resolved = Resolve(recipe);
        Assert.Equal(expected, Derivation.ToPlan(resolved).Schedule);
        RecipeCheck.Check(resolved);
        Assert.Equal(resolved, Resolve(resolved));
    }

    [Fact]
    public void Average_and_checkpoints_are_off_and_come_out_as_written()
    {
        TrainingPlan plan = Derivation.ToPlan(Resolve(Read("{}")));
        Assert.Equal((null, false), (plan.Average, plan.CheckpointsActivations));
        plan = Derivation.ToPlan(Resolve(Read("{ average: { decay: 0.99, warm-up: false }, checkpoint-activations: true }")));
        Assert.Equal((new WeightAverageOptions { Decay = 0.99, WarmsUp = false }, true), (plan.Average, plan.CheckpointsActivations));
    }

    [Theory]
    [InlineData("sgd", 0.1)]
    [InlineData("lion", 0.0008)]
    [InlineData("adafactor", 0.01)]
    [InlineData("muon", 0.004)]
    public void The_highest_rate_follows_the_optimizer(string kind, double rate) =>
        Assert.Equal(rate, Resolve(Read($"{{ optimizer: {{ kind: {kind} }} }}")).Training.LearningRate);

    [Theory]
    [InlineData("{ optimizer: { kind: lion, momentum: 0.9 } }", "training.optimizer.momentum is 0.9; the optimizer lion has none")]
    [InlineData("{ optimizer: { kind: sgd }, beta1: 0.9 }", "training.beta1 is 0.9; the optimizer sgd has none")]
    [InlineData("{ optimizer: { kind: sgd, momentum: 1 } }", "training.optimizer.momentum is 1")]
    [InlineData("{ optimizer: { kind: sgd, momentum: 0, nesterov: true } }", "training.optimizer.nesterov is True")]
    [InlineData("{ optimizer: { kind: muon, iterations: 0 } }", "training.optimizer.iterations is 0")]
    [InlineData("{ schedule: { rise: 0.3 } }", "training.schedule.rise is 0.3; the schedule cosine has none")]
    [InlineData("{ schedule: { kind: wsd, decay-steps: 0 } }", "training.schedule.decay-steps is 0")]
    [InlineData("{ schedule: { kind: one-cycle }, warmup: 10 }", "training.warmup is 10; the schedule one-cycle has none")]
    [InlineData("{ schedule: { kind: inverse-sqrt }, final-learning-rate: 0.1 }", "training.final-learning-rate is 0.1; the schedule inverse-sqrt has none")]
    [InlineData("{ average: { decay: 1 } }", "training.average.decay is 1")]
    [InlineData("{ precision: float16 }", "training.precision is Float16")]
    public void What_is_impossible_or_belongs_to_another_kind_is_refused_by_key(string training, string expected) =>
        Assert.Contains(expected, Assert.Throws<InvalidDataException>(() => RecipeCheck.Check(Read(training))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("{ optimizer: { kind: rmsprop } }")]
    [InlineData("{ schedule: { kind: cyclic } }")]
    [InlineData("{ optimizer: { kind: adam, nestorov: true } }")]
    public void Unknown_names_are_refused_with_their_line(string training) =>
        Assert.Contains("line 4", Assert.Throws<InvalidDataException>(() => Read(training)).Message, StringComparison.Ordinal);

    [Fact]
    public void Everything_survives_writing_and_reading()
    {
        using var folder = new TemporaryFolder();
        Recipe recipe = Resolve(Read("{ optimizer: { kind: muon, scale: like-adamw, nesterov: false }, schedule: { kind: wsd, shape: one-minus-sqrt }, average: {}, checkpoint-activations: true }"));
        RecipeFile.Write(folder.File("r.yaml"), recipe);
        Recipe read = RecipeFile.Read(folder.File("r.yaml"));
        Assert.Equal(recipe.Training, read.Training);
    }

    private static Recipe Resolve(Recipe recipe) => Derivation.WithSteps(Derivation.Resolve(recipe).Recipe, 100, "test", []);

    private static Recipe Read(string training)
    {
        using var folder = new TemporaryFolder();
        string rest = training == "{}" ? " }" : $", {training[1..]}";
        File.WriteAllText(folder.File("r.yaml"), $"name: mine\nmodel: {{ size: nano }}\nthreads: 2\ntraining: {{ steps: 100{rest}\n");
        return RecipeFile.Read(folder.File("r.yaml"));
    }
}

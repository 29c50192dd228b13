using Weft.Model.Spec;
using Weft.Training.Modules;
using Weft.Training.Objectives;
using Weft.Training.Runs;
using Weft.Training.Tests.Runs;

namespace Weft.Training.Tests.Devices;

/// <summary>The same code on a CUDA device, where there is one.</summary>
public class CudaTests
{
    private const int Steps = 20;

    /// <summary>Losses near 4 in fp32, summed in another order; no product is taken in TF32, which torch leaves off.</summary>
    private const double LossTolerance = 1e-4;

    /// <summary>Of a loss near 4 in fp16, which keeps 11 bits.</summary>
    private const double HalfTolerance = 0.02;

    /// <summary>Of the first loss: enough to tell learning from none.</summary>
    private const double Learnt = 0.2;

    [Theory]
    [MemberData(nameof(ObjectiveRunTests.Objectives), MemberType = typeof(ObjectiveRunTests))]
    public void A_run_begins_with_the_loss_of_the_processor_and_goes_on_after_a_stop(string architecture, string objective)
    {
        SkipWithoutCuda();
        using var folder = new TemporaryFolder();
        Recipe recipe = ObjectiveRunTests.Small(folder, architecture, objective);
        recipe = recipe with { Training = recipe.Training with { Precision = Precision.Float32, Dropout = 0.1, CheckpointActivations = true, SampleEvery = architecture == "bert" ? null : 2, Average = new() } };
        RunResult onProcessor = TrainingRun.Start(recipe, new(folder.File("cpu")), new RunWatcher(), CancellationToken.None)!;

        recipe = recipe with { Training = recipe.Training with { Device = "cuda" } };
        using var stop = new CancellationTokenSource();
        var broken = new RunFolder(folder.File("cuda"));
        Assert.Null(TrainingRun.Start(recipe, broken, new RunWatcher { OnStep = s => { if (s.Step == 3) stop.Cancel(); } }, stop.Token));
        RunResult onCuda = TrainingRun.Resume(broken, new RunWatcher(), CancellationToken.None)!;
        Assert.Equal(onProcessor.History[0].Loss, onCuda.History[0].Loss, LossTolerance);
        Assert.Equal(onProcessor.History.Count, onCuda.History.Count);
        Assert.All(onCuda.History, step => Assert.True(double.IsFinite(step.Loss) && step.GradientNorm > 0));
    }

    [Theory]
    [InlineData(Precision.Float32)]
    [InlineData(Precision.BFloat16)]
    [InlineData(Precision.Float16)]
    public void A_small_model_learns(Precision precision)
    {
        SkipWithoutCuda();
        using var folder = new TemporaryFolder();
        Recipe recipe = SmallRecipe.Of(folder);
        recipe = recipe with { Training = recipe.Training with { Steps = Steps, Precision = precision, Device = "cuda:0", LearningRate = 5e-3 } };
        RunResult result = TrainingRun.Start(recipe, new(folder.File("run")), new RunWatcher(), CancellationToken.None)!;
        // Learning waits until the first scales of fp16 have overflowed, but those are few.
        Assert.InRange(result.History[^1].Loss, 0, result.History[0].Loss - Learnt);
    }

    [Fact]
    public void Fp16_has_the_losses_of_fp32_up_to_its_bits()
    {
        SkipWithoutCuda();
        using var model = new TrainableModel(SmallModels.Gpt2(), seed: 3, device: ComputeDevice.Cuda().ToTorch());
        using var onProcessor = new TrainableModel(SmallModels.Gpt2(), seed: 3);
        Assert.All(ModelParameters.Enumerate(model.Spec), parameter => Assert.Equal(onProcessor.Read(parameter), model.Read(parameter)));
        double targets = ModelDeviceTests.Batch.TargetCount;
        double expected = TokenLoss.Loss(onProcessor, ModelDeviceTests.Batch, Precision.Float32) / targets;
        Assert.Equal(expected, TokenLoss.Loss(model, ModelDeviceTests.Batch, Precision.Float32) / targets, LossTolerance);
        Assert.Equal(expected, TokenLoss.Loss(model, ModelDeviceTests.Batch, Precision.Float16) / targets, HalfTolerance);
    }

    private static void SkipWithoutCuda() =>
        Assert.SkipUnless(ComputeDevice.Cuda().FindProblem() is null, $"no CUDA device: {ComputeDevice.Cuda().FindProblem()}");
}

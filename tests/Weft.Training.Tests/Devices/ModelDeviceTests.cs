using Weft.Data;
using Weft.Model.Spec;
using Weft.Training.Batches;
using Weft.Training.Modules;
using Weft.Training.Optimizers;
using Weft.Training.Runs;
using Weft.Training.Tests.Modules;
using Weft.Training.Tests.Runs;

using static TorchSharp.torch;

namespace Weft.Training.Tests.Devices;

/// <summary>
/// Every tensor is made where the model is, checked without a second device (see <see cref="DefaultDevice"/>): whole runs of every family and objective with their resumption, evaluation,
/// samples and export, every optimizer, every mechanism forward and back. What that cannot show is how kernels of CUDA compute, and what is read by a pointer: the latter is in
/// <see cref="OtherDeviceTests"/>, the former in <see cref="CudaTests"/>.
/// </summary>
public class ModelDeviceTests
{
    [Fact]
    public void What_is_made_without_a_device_is_found_out()
    {
        using DefaultDevice _ = DefaultDevice.OfNoNumbers();
        using var scope = NewDisposeScope();
        Tensor here = ones([2, 2], device: CPU), forgotten = ones([2, 2]);
        Assert.Equal(TorchSharp.DeviceType.META, forgotten.device.type);
        Assert.ThrowsAny<Exception>(() => (here + forgotten).sum().item<float>());
        Assert.ThrowsAny<Exception>(() => here.matmul(forgotten).sum().item<float>());
        Assert.ThrowsAny<Exception>(() => here.index_select(0, zeros(1, ScalarType.Int64)).sum().item<float>());
    }

    [Theory]
    [MemberData(nameof(ObjectiveRunTests.Objectives), MemberType = typeof(ObjectiveRunTests))]
    public void Runs_of_every_family_and_objective_stay_on_the_model_s_device(string architecture, string objective)
    {
        using var folder = new TemporaryFolder();
        Recipe recipe = ObjectiveRunTests.Small(folder, architecture, objective);
        // fp32 takes torch's operators, as other devices do, where bf16 has kernels of our own.
        recipe = recipe with { Training = recipe.Training with { Precision = Precision.Float32, WindowsPerPass = 2, Dropout = 0.1, Average = new(), CheckpointActivations = true, SampleEvery = architecture == "bert" ? null : 2, Best = "validation-loss" } };
        RunResult whole = TrainingRun.Start(recipe, new(folder.File("whole")), new RunWatcher(), CancellationToken.None)!;

        using DefaultDevice _ = DefaultDevice.OfNoNumbers();
        using var stop = new CancellationTokenSource();
        var broken = new RunFolder(folder.File("broken"));
        Assert.Null(TrainingRun.Start(recipe, broken, new RunWatcher { OnStep = s => { if (s.Step == 3) stop.Cancel(); } }, stop.Token));
        RunResult resumed = TrainingRun.Resume(broken, new RunWatcher(), CancellationToken.None)!;
        Assert.Equal(whole.History.Select(r => (r.Loss, r.ValidationLoss, r.GradientNorm)), resumed.History.Select(r => (r.Loss, r.ValidationLoss, r.GradientNorm)));
        Assert.Equal(whole.Test, resumed.Test);
        Assert.Equal(whole.Reference.Logits, resumed.Reference.Logits);
    }

    [Theory]
    [MemberData(nameof(SmallModels.Optimizers), MemberType = typeof(SmallModels))]
    public void So_do_optimizers_and_the_scale_of_fp16(OptimizerKind kind)
    {
        TrainingPlan plan = OptimizerPlan(kind) with { Precision = Precision.Float16 };
        int[] Train()
        {
            using var model = new TrainableModel(SmallModels.Llama(), seed: 7);
            using var update = new ModelUpdate(model, plan);
            for (int step = 0; step < 3; step++)
                update.Run(Batch, step, 1e-3, (_, _) => true);
            return [.. ModelParameters.Enumerate(model.Spec).SelectMany(model.Read).Select(BitConverter.SingleToInt32Bits)];
        }
        int[] expected = Train();
        using DefaultDevice _ = DefaultDevice.OfNoNumbers();
        Assert.Equal(expected, Train());
    }

    [Theory]
    [MemberData(nameof(MechanismTests.Names), MemberType = typeof(MechanismTests))]
    public void So_does_every_mechanism_forward_and_back(string name)
    {
        ModelSpec spec = MechanismSpecs.All[name];
        float[][] plain = Differentiate(spec, packed: false), packed = Differentiate(spec, packed: true);
        using DefaultDevice _ = DefaultDevice.OfNoNumbers();
        Assert.Equal(plain, Differentiate(spec, packed: false));
        Assert.Equal(packed, Differentiate(spec, packed: true));
    }

    [Fact]
    public void So_do_documents_that_are_taken_apart()
    {
        using var scope = NewDisposeScope();
        TokenLayout layout = TokenLayout.Of(1, 500, [.. Enumerable.Range(0, 500).Select(i => i / 20L)], null, null)!;
        using DefaultDevice _ = DefaultDevice.OfNoNumbers();
        Tensor x = randn([1, 2, 500, 4], device: CPU, generator: new Generator(3, CPU));
        Tensor expected = (x.matmul(x.transpose(-1, -2)) / 2 + DocumentMasks.Within(layout, new AttentionMask.Causal(), 0, CPU)).softmax(-1).matmul(x);
        Tensor actual = new DocumentGroups(layout, CPU).Apply(x, x, x, (q, k, v) => nn.functional.scaled_dot_product_attention(q, k, v, is_casual: true));
        Assert.InRange((expected - actual).abs().max().item<float>(), 0, 1e-5); // sums of 20 numbers in fp32
    }

    [Fact]
    public void So_does_the_search_for_a_learning_rate()
    {
        using var folder = new TemporaryFolder();
        using TokenShard shard = SmallModels.Shard(folder.FullName, "train.tokens");
        IReadOnlyList<RangePoint> Search() => new LearningRateFinder(SmallModels.Gpt2(), SmallModels.Plan(1) with { Threads = 1 }, new CausalWindows(new ShuffledWindowSampler(shard, 9), 4, 16))
        {
            Steps = 5,
        }.Run(null, CancellationToken.None).Points;
        IReadOnlyList<RangePoint> expected = Search();
        using DefaultDevice _ = DefaultDevice.OfNoNumbers();
        Assert.Equal(expected, Search());
    }

    internal static TrainingBatch Batch { get; } = CausalWindows.Split([.. Enumerable.Range(0, 4 * 17).Select(i => (long)(i * 7 % 61))], 4, 16);

    internal static TrainingPlan OptimizerPlan(OptimizerKind kind) => SmallModels.Plan(3) with
    {
        Optimizer = Derivation.ToPlan(Derivation.Resolve(new() { Training = new() { Optimizer = new() { Kind = kind } } }).Recipe).Optimizer,
        Average = new(),
    };

    /// <summary>Outputs and the gradients of all parameters, with dropout and costs of routing.</summary>
    private static float[][] Differentiate(ModelSpec spec, bool packed)
    {
        using var scope = NewDisposeScope();
        (TrainableModel model, _) = SampleInput.RandomModel(spec);
        using TrainableModel owned = model;
        TensorInput input = SampleInput.For(spec).ToTensors() with { Dropout = Dropout.Of(0.2, 1, 2), Routing = new(new(0.01, 0.01), 11, 0.1) };
        if (packed && !spec.Head.Pools)
            input = input with
            {
                Layout = TokenLayout.Of(1, 11, [0, 0, 0, 0, 0, 1, 1, 1, 1, -1, -1], [0, 1, 2, 3, 4, 0, 1, 2, 3, 0, 0], null),
                SourceLayout = spec.HasSource ? TokenLayout.Of(1, 8, [0, 0, 0, 0, 1, 1, 1, -1], [0, 1, 2, 3, 0, 1, 2, 0], null) : null,
            };
        Tensor outputs = model.Outputs(input, Precision.Float32);
        outputs.square().sum().backward();
        return [Numbers(outputs.detach()), .. model.Parameters.Select(parameter => Numbers(parameter.Gradient()))];
    }

    private static float[] Numbers(Tensor x) => x.contiguous().data<float>().ToArray();
}

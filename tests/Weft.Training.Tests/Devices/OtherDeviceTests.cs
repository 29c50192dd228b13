using System.Collections.Concurrent;

using Weft.Model.Spec;
using Weft.Training.Kernels;
using Weft.Training.Modules;
using Weft.Training.Native;
using Weft.Training.Objectives;
using Weft.Training.Optimizers;
using Weft.Training.Runs;
using Weft.Training.Tests.Modules;

using static TorchSharp.torch;

namespace Weft.Training.Tests.Devices;

/// <summary>What can be asked of a model on another device where there is none but torch's meta device: its tensors are there, but have no numbers.</summary>
public class OtherDeviceTests
{
    private static Device Meta => DefaultDevice.Meta;

    [Fact]
    public void Kernels_of_our_own_leave_tensors_of_other_devices_to_torch()
    {
        NativeTorch.Load();
        using var scope = NewDisposeScope();
        Tensor x = ones([4, 64], ScalarType.BFloat16, Meta), heads = ones([1, 2, 4, 8], ScalarType.BFloat16, Meta);
        Assert.False(ProductCrossEntropy.Fits(x));
        Assert.False(GeluTanh.Fits(x));
        Assert.False(DropoutSum.Fits(x, x));
        Assert.False(BlockedAttention.Fits(heads, new(1, new(null, true, null))));
        // Of the processor they take the same, where it has the instructions.
        Assert.True(DropoutSum.Fits(ones([4, 64], ScalarType.BFloat16, CPU), null));
        // The pointer of such a tensor is never handed out.
        Assert.ThrowsAny<Exception>(() => { unsafe { _ = TorchTeam.Data(x); } });
    }

    [Theory]
    [MemberData(nameof(SmallModels.Optimizers), MemberType = typeof(SmallModels))]
    public void Weights_moments_and_averages_are_there(OptimizerKind kind)
    {
        using var model = new TrainableModel(SmallModels.Llama(), seed: 1, furtherTokens: 1, Meta);
        Assert.All(model.Parameters, parameter => Assert.Equal(TorchSharp.DeviceType.META, parameter.Tensor.device.type));
        using var update = new ModelUpdate(model, ModelDeviceTests.OptimizerPlan(kind) with { Precision = Precision.Float16 });
        (string Name, Tensor Value)[] state = [.. update.State];
        Assert.True(state.Length > model.Parameters.Count);
        // The loop itself reads the scale.
        Assert.All(state, pair => Assert.Equal(pair.Name.StartsWith("loss_scale.", StringComparison.Ordinal) ? TorchSharp.DeviceType.CPU : TorchSharp.DeviceType.META, pair.Value.device.type));
    }

    [Fact]
    public void Batches_masks_and_tables_are_there()
    {
        NativeTorch.Load();
        using var scope = NewDisposeScope();
        TokenLayout layout = TokenLayout.Of(1, 6, [0, 0, 0, 1, 1, -1], [0, 1, 2, 0, 1, 0], null)!, source = TokenLayout.Of(1, 4, [0, 0, 1, 1], null, null)!;
        var rotary = new PositionSpec.Rotary(100);
        using var tables = new RotaryTables(8, Meta);
        List<Tensor> made =
        [
            TensorInput.Of(ModelDeviceTests.Batch, Meta).Ids,
            DocumentMasks.Within(layout, new AttentionMask.Causal(), 0, Meta),
            DocumentMasks.Across(layout, source, Meta)!,
            layout.Meaningful(Meta),
            layout.PositionRows(0, Meta),
            tables.For(rotary, 4, 6).InType(ScalarType.BFloat16).Cosine,
            tables.For(rotary, 4, 6).InType(ScalarType.Float32).Sine,
        ];
        // Where rows of a table are gathered, torch's meta device has no operator.
        foreach (string mechanism in new[] { "ALiBi", "window", "Shaw, keys" })
        {
            using var pairs = new PairTables(MechanismSpecs.All[mechanism].Decoder!, null, Meta);
            Pairs first = pairs.Of(6, null)[0];
            made.AddRange([first.Bias!.alias(), .. first.ShawRows is { } rows ? new[] { rows.alias() } : []]);
        }
        Assert.Equal(11, made.Count);
        Assert.All(made, tensor => Assert.Equal(TorchSharp.DeviceType.META, tensor.device.type));
    }

    /// <summary>On CUDA torch runs the backward pass on a thread of its own, where no dispose scope is around functions of ours.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_backward_pass_on_a_thread_of_its_own_leaves_no_tensors_behind(bool checkpoints)
    {
        (TrainableModel model, _) = SampleInput.RandomModel(MechanismSpecs.All["experts, gated shared"]);
        using TrainableModel owned = model;
        model.Checkpoints = checkpoints;
        using var work = new BlockingCollection<Action>();
        var thread = new Thread(() => { foreach (Action action in work.GetConsumingEnumerable()) action(); });
        thread.Start();
        void Pass()
        {
            using var scope = NewDisposeScope();
            TensorInput input = SampleInput.For(model.Spec).ToTensors() with { Routing = new(new RoutingCosts(0.1, 0.1), 11, 0.1), Dropout = Dropout.Of(0.1, 1, 2) };
            Tensor sum = model.Outputs(input, Precision.Float32).sum();
            using var done = new ManualResetEventSlim();
            work.Add(() =>
            {
                sum.backward();
                done.Set();
            });
            done.Wait();
            Gradients.Clear(model.Parameters);
        }
        Pass();
        long before = Tensor.TotalCount;
        for (int i = 0; i < 5; i++)
            Pass();
        long after = Tensor.TotalCount;
        work.CompleteAdding();
        thread.Join();
        Assert.Equal(before, after);
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void Torch_s_operators_drop_what_our_own_kernel_drops(ScalarType type)
    {
        NativeTorch.Load();
        using var scope = NewDisposeScope();
        // An odd row length lets a pass begin in the middle of a number.
        foreach ((int firstRow, long columns) in new[] { (0, 64L), (3, 33L), (5, 64L) })
        {
            Dropout dropout = Dropout.Of(0.3, 11, 5)!.Value with { FirstRow = firstRow };
            Tensor y = ones([7, columns], type, CPU);
            Tensor expected = Dropout.Sum(zeros([7, columns], type, CPU), y, dropout), actual = dropout.ByTorch(null, y);
            Assert.Equal(0, (expected - actual).abs().max().to(ScalarType.Float32).item<float>());
            Assert.InRange(expected.ne(0).sum().item<long>() / (double)y.numel(), 0.55, 0.85);
        }
    }

    [Fact]
    public void Numbers_of_the_generator_are_those_of_its_definition_by_torch_too()
    {
        NativeTorch.Load();
        using var scope = NewDisposeScope();
        foreach (ulong first in new ulong[] { 0, 7, 1UL << 40, (1UL << 63) + 4 })
        {
            long[] halves = TorchSplitMix64.Halves(0xF123456789ABCDEF, first, 100, CPU).contiguous().data<long>().ToArray();
            Assert.Equal(Enumerable.Range(0, 100).Select(i =>
            {
                ulong element = first + (ulong)i, number = SplitMix64.At(0xF123456789ABCDEF, element / 2);
                return (long)(element % 2 == 0 ? (uint)number : number >> 32);
            }), halves);
        }
    }

    [Fact]
    public void Other_devices_get_larger_chunks_of_logits()
    {
        const long Vocabulary = 50_000;
        Assert.Equal(ChunkedCrossEntropy.ChunkSize(10_000, Vocabulary), ChunkedCrossEntropy.ChunkSize(10_000, Vocabulary, onProcessor: true));
        Assert.InRange(ChunkedCrossEntropy.ChunkSize(10_000, Vocabulary, onProcessor: false) * Vocabulary, 60_000_000, 1 << 26);
        Assert.Equal(100, ChunkedCrossEntropy.ChunkSize(100, Vocabulary, onProcessor: false));
    }
}

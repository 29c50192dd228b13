using System.Runtime.CompilerServices;

using Weft.Model.Spec;
using Weft.Training.Batches;
using Weft.Training.Modules;
using Weft.Training.Native;
using Weft.Training.Objectives;
using Weft.Training.Optimizers;

using static TorchSharp.torch;

namespace Weft.Training.Tests.Modules;

public class RecomputationTests
{
    public static TheoryData<string> Mechanisms() => [.. MechanismSpecs.All.Keys];

    [Theory]
    [MemberData(nameof(Mechanisms))]
    public void Outputs_and_gradients_are_the_same_to_the_bit_for_every_mechanism(string mechanism)
    {
        ModelSpec spec = MechanismSpecs.All[mechanism];
        Assert.Equal(Differentiate(spec, checkpoints: false, Precision.Float32), Differentiate(spec, checkpoints: true, Precision.Float32));
    }

    [Theory]
    [MemberData(nameof(Mechanisms))]
    public void So_they_are_with_dropout(string mechanism)
    {
        ModelSpec spec = MechanismSpecs.All[mechanism];
        Dropout? dropout = Dropout.Of(0.3, seed: 1, draw: 2);
        double[][] kept = Differentiate(spec, checkpoints: false, Precision.Float32, dropout);
        Assert.Equal(kept, Differentiate(spec, checkpoints: true, Precision.Float32, dropout));
        Assert.NotEqual(kept, Differentiate(spec, checkpoints: false, Precision.Float32));
    }

    [Theory]
    [InlineData(Precision.Float32, 0)]
    [InlineData(Precision.BFloat16, 0)]
    [InlineData(Precision.Float32, 0.2)]
    [InlineData(Precision.BFloat16, 0.2)]
    public void A_step_of_several_passes_gives_the_same_gradients_to_the_bit(Precision precision, double dropout)
    {
        TrainingBatch batch = CausalWindows.Split([.. Enumerable.Range(0, 6 * 17).Select(i => (long)(i * 7 % 61))], 6, 16);
        double[][] Step(bool checkpoints)
        {
            using var scope = NewDisposeScope();
            using var model = new TrainableModel(SmallModels.Llama(), seed: 5) { Checkpoints = checkpoints };
            for (int first = 0; first < 6; first += 2)
                TokenLoss.ForwardBackward(model, batch.Slice(first, 2), precision, 1.0 / batch.TargetCount, dropout: Dropout.Of(dropout, seed: 1, draw: first));
            return [.. model.Parameters.Select(parameter => SampleValues(parameter.Gradient()))];
        }
        Assert.Equal(Step(false), Step(true));
    }

    [Fact]
    public void Parameters_have_gradients_although_no_input_has()
    {
        NativeTorch.Load();
        using var scope = NewDisposeScope();
        Tensor weight = tensor(new float[] { 2, 3 }, requires_grad: true), input = tensor(new float[] { 5, 7 });
        Recomputation.Apply(inputs => inputs[0]! * weight * weight, input, null).sum().backward();
        Assert.Equal([20, 42], weight.grad!.data<float>().ToArray());
        // Nothing at all to differentiate: no error, no gradient.
        Tensor constant = Recomputation.Apply(inputs => inputs[0]!.exp(), input);
        constant.sum().backward();
        Assert.Null(input.grad);
    }

    [Fact]
    public void What_is_inside_is_not_kept_until_the_backward_pass()
    {
        NativeTorch.Load();
        using var scope = NewDisposeScope();
        Tensor x = ones(1000, requires_grad: true);
        Assert.True(KeepsInside(f => f(x)));
        Assert.False(KeepsInside(f => Recomputation.Apply(inputs => f(inputs[0]!), x)));
    }

    [Fact]
    public void Steps_leave_no_tensors_behind()
    {
        using var model = new TrainableModel(SmallModels.Llama(), seed: 5) { Checkpoints = true };
        TrainingBatch batch = CausalWindows.Split([.. Enumerable.Range(0, 2 * 17).Select(i => (long)(i * 7 % 61))], 2, 16);
        void Step()
        {
            using var scope = NewDisposeScope();
            TokenLoss.ForwardBackward(model, batch, Precision.Float32, 1);
            Gradients.Clear(model.Parameters);
        }
        Step();
        long before = Tensor.TotalCount;
        for (int i = 0; i < 5; i++)
            Step();
        Assert.Equal(before, Tensor.TotalCount);
    }

    /// <summary>Whether the memory of a factor inside <paramref name="apply"/>'s function is held by the graph: autograd keeps it for the product's gradient.</summary>
    private static bool KeepsInside(Func<Func<Tensor, Tensor>, Tensor> apply)
    {
        (Tensor output, WeakReference memory) = Forward(apply);
        for (int i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        bool kept = memory.IsAlive;
        output.sum().backward();
        return kept;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static (Tensor Output, WeakReference Memory) Forward(Func<Func<Tensor, Tensor>, Tensor> apply)
    {
        WeakReference? memory = null;
        Tensor output = apply(x =>
        {
            using var scope = NewDisposeScope();
            // The tensor lies in this array, which is held while the tensor's memory is.
            float[] values = [.. Enumerable.Repeat(3f, 1000)];
            memory ??= new(values);
            return (x * frombuffer(values, ScalarType.Float32)).MoveToOuterDisposeScope();
        });
        return (output, memory!);
    }

    private static double[][] Differentiate(ModelSpec spec, bool checkpoints, Precision precision, Dropout? dropout = null)
    {
        using var scope = NewDisposeScope();
        TrainableModel model = SampleInput.RandomModel(spec).Model;
        using TrainableModel _ = model;
        model.Checkpoints = checkpoints;
        Tensor outputs = model.Outputs(SampleInput.For(spec).ToTensors() with { Dropout = dropout }, precision).to(ScalarType.Float32);
        // Of different weight each, so that no gradient cancels.
        outputs.backward([arange(outputs.numel(), ScalarType.Float32).mul_(0.37).sin_().view(outputs.shape)]);
        return [SampleValues(outputs), .. model.Parameters.Select(parameter => parameter.Tensor.grad is { } gradient ? SampleValues(gradient) : [])];
    }

    private static double[] SampleValues(Tensor tensor) => [.. tensor.detach().contiguous().data<float>().ToArray().Select(value => (double)value)];
}

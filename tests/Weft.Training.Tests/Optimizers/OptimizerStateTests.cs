using Weft.Training.Modules;
using Weft.Training.Optimizers;

using static TorchSharp.torch;

namespace Weft.Training.Tests.Optimizers;

public class OptimizerStateTests
{
    /// <summary>One or two roundings of fp32 numbers below 1.</summary>
    private const double RoundingTolerance = 1e-7;

    public static TheoryData<OptimizerOptions> Everything() =>
    [
        new AdamWOptions(), new AdamOptions(), new SgdOptions(), new SgdOptions { Momentum = 0.8, Dampening = 0.5 }, new SgdOptions { Momentum = 0 },
        new AdagradOptions { RateDecay = 0.1 }, new AdafactorOptions(), new AdafactorOptions { RelativeStep = true, ScalesByParameter = false },
        new LionOptions(), new MuonOptions { Precision = Precision.Float32 }, new MuonOptions { Precision = Precision.BFloat16, Scale = MuonScale.Spectral },
    ];

    [Theory]
    [MemberData(nameof(Everything))]
    public void Going_on_from_the_saved_state_gives_the_same_bits(OptimizerOptions options)
    {
        using SampleParameters unbroken = new(), resumed = new();
        using (IOptimizer optimizer = options.Create(unbroken.All))
            unbroken.Train(optimizer, 0, 6, 0.05);

        using (IOptimizer before = options.Create(resumed.All))
        using (IOptimizer after = options.Create(resumed.All))
        {
            resumed.Train(before, 0, 3, 0.05);
            using (no_grad())
                foreach (((string name, Tensor value), (string same, Tensor target)) in before.State.Zip(after.State))
                {
                    Assert.Equal(name, same);
                    Assert.Equal(ScalarType.Float32, value.dtype);
                    target.copy_(value);
                }
            Assert.Equal(before.State.Count(), before.State.Select(pair => pair.Name).Distinct().Count());
            after.SetStep(3);
            resumed.Train(after, 3, 3, 0.05);
        }
        foreach ((TrainableParameter a, TrainableParameter b) in unbroken.All.Zip(resumed.All))
            Assert.Equal(SampleParameters.Values(a.Tensor), SampleParameters.Values(b.Tensor));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Decay_is_for_matrices_and_for_embeddings_where_asked(bool embeddings)
    {
        // Without gradients nothing moves but what decays: coupled and decoupled, elementwise and by matrices.
        OptimizerOptions[] all = [new AdamWOptions(), new SgdOptions { WeightDecay = 0.1, Momentum = 0 }, new LionOptions(), new AdafactorOptions(), new MuonOptions()];
        foreach (OptimizerOptions options in all)
        {
            using var scope = NewDisposeScope();
            using var parameters = new SampleParameters();
            using IOptimizer optimizer = (options with { DecaysEmbeddings = embeddings }).Create(parameters.All);
            foreach (TrainableParameter each in parameters.All)
                each.Tensor.grad = zeros_like(each.Tensor);
            double[][] before = [.. parameters.All.Select(parameter => SampleParameters.Values(parameter.Tensor))];
            optimizer.Step(0.5);
            foreach ((TrainableParameter parameter, double[] old) in parameters.All.Zip(before))
            {
                bool stays = parameter.Name == SampleParameters.Gain || (parameter.Name == SampleParameters.Embedding && !embeddings);
                double shrunk = stays ? 1 : 1 - (0.5 * options.WeightDecay);
                Assert.All(old.Zip(SampleParameters.Values(parameter.Tensor)), pair => Assert.Equal(pair.First * shrunk, pair.Second, RoundingTolerance));
            }
        }
    }

    [Fact]
    public void Adafactor_keeps_next_to_nothing_and_lion_half_of_AdamW()
    {
        using var model = new TrainableModel(SmallModels.Gpt2(), seed: 1);
        long Kept(OptimizerOptions options)
        {
            using IOptimizer optimizer = options.Create(model.Parameters);
            return optimizer.State.Sum(pair => pair.Value.numel());
        }
        long adamW = Kept(new AdamWOptions());
        Assert.Equal(2 * model.ParameterCount, adamW);
        Assert.Equal(adamW / 2, Kept(new LionOptions()));
        Assert.True(Kept(new AdafactorOptions()) < adamW / 10);
    }

    [Fact]
    public void Steps_leave_no_tensors_behind()
    {
        using var parameters = new SampleParameters();
        foreach (OptimizerOptions options in Everything().Select(row => row.Data))
        {
            using IOptimizer optimizer = options.Create(parameters.All);
            parameters.Train(optimizer, 0, 1, 0.01);
            long before = Tensor.TotalCount;
            parameters.Train(optimizer, 1, 5, 0.01);
            Assert.Equal(before, Tensor.TotalCount);
        }
    }
}

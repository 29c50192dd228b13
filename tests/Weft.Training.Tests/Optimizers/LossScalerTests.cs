using Weft.Training.Batches;
using Weft.Training.Modules;
using Weft.Training.Objectives;
using Weft.Training.Optimizers;

using static TorchSharp.torch;

namespace Weft.Training.Tests.Optimizers;

public class LossScalerTests
{
    [Fact]
    public void Gradients_are_divided_by_the_scale_exactly()
    {
        using var parameters = new SampleParameters();
        using var scaler = new LossScaler(new() { Initial = 1024 });
        SetScaled(parameters, 3, scaler.Scale);
        Assert.True(scaler.Unscale(parameters.All));
        foreach (TrainableParameter parameter in parameters.All)
            Assert.Equal(SampleParameters.Gradient(parameter.Name, 3, (int)parameter.Tensor.numel()), SampleParameters.Values(parameter.Tensor.grad!));
    }

    [Theory]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NaN)]
    public void An_overflow_halves_the_scale_and_skips_the_step(float value)
    {
        using var parameters = new SampleParameters();
        using var scaler = new LossScaler(new() { Initial = 64, GrowthInterval = 2 });
        SetScaled(parameters, 0, scaler.Scale);
        Assert.True(scaler.Unscale(parameters.All));
        SetScaled(parameters, 1, scaler.Scale);
        parameters[SampleParameters.Gain].Tensor.grad![2] = value;
        Assert.False(scaler.Unscale(parameters.All));
        Assert.Equal((32, 1), (scaler.Scale, scaler.SkippedSteps));

        // The count of good steps begins anew: only the second from here on doubles.
        double[] scales = [.. Enumerable.Range(0, 4).Select(step =>
        {
            SetScaled(parameters, step, scaler.Scale);
            Assert.True(scaler.Unscale(parameters.All));
            return scaler.Scale;
        })];
        Assert.Equal([32, 64, 64, 128], scales);
    }

    [Fact]
    public void Scale_and_count_survive_saving()
    {
        using var parameters = new SampleParameters();
        using LossScaler first = new(new() { Initial = 16, GrowthInterval = 3 }), second = new(new() { GrowthInterval = 3 });
        SetScaled(parameters, 0, double.NaN);
        first.Unscale(parameters.All);
        SetScaled(parameters, 0, 8);
        first.Unscale(parameters.All);
        foreach (((_, Tensor from), (_, Tensor to)) in first.State.Zip(second.State))
            to.copy_(from);
        for (int step = 1; step < 3; step++)
        {
            Assert.Equal((8, 1), (second.Scale, second.SkippedSteps));
            SetScaled(parameters, step, 8);
            second.Unscale(parameters.All);
        }
        Assert.Equal(16, second.Scale);
    }

    [Fact]
    public void A_run_whose_gradients_are_no_numbers_at_any_scale_ends()
    {
        using var parameters = new SampleParameters();
        using var scaler = new LossScaler(new() { Initial = 1 });
        SetScaled(parameters, 0, double.PositiveInfinity);
        Assert.Contains("lower the learning rate", Assert.Throws<InvalidOperationException>(() => scaler.Unscale(parameters.All)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_scale_that_would_cost_bits_is_refused() =>
        Assert.Contains("power of two", Assert.Throws<ArgumentOutOfRangeException>(() => new LossScaler(new() { Initial = 1000 })).Message, StringComparison.Ordinal);

    [Fact]
    public void Small_gradients_of_fp16_vanish_without_a_scale_and_do_not_with_one()
    {
        // The gradient of w·x·1e-9 is smaller than fp16's smallest number, 6e-8.
        TrainableParameter parameter = SampleParameters.Single("w", tensor(new float[] { 0.5f, 2 }).reshape(1, 2));
        using var scaler = new LossScaler(new() { Initial = 65536 });
        Assert.Equal([0, 0], Gradient(1));
        Assert.All(Gradient(scaler.Scale), g => Assert.Equal(1e-9, g, 1e-12)); // fp16 keeps 11 bits
        parameter.Tensor.Dispose();

        double[] Gradient(double scale)
        {
            using var scope = NewDisposeScope();
            Tensor half = parameter.Tensor.to(ScalarType.Float16);
            half.sum().backward([tensor((float)(1e-9 * scale)).to(ScalarType.Float16)]);
            if (scale != 1)
                scaler.Unscale([parameter]);
            double[] gradient = SampleParameters.Values(parameter.Tensor.grad!);
            Gradients.Clear([parameter]);
            return gradient;
        }
    }

    [Fact]
    public void Gradients_of_a_model_in_fp16_times_a_scale_are_near_those_in_fp32()
    {
        // fp16 keeps 11 bits; a gradient is a sum of many products of such numbers.
        const double HalfTolerance = 0.02;
        TrainingBatch batch = CausalWindows.Split([.. Enumerable.Range(0, 4 * 17).Select(i => (long)(i * 7 % 61))], 4, 16);
        using var scope = NewDisposeScope();
        using var scaler = new LossScaler(new() { Initial = 1024 });
        Tensor Gradient(Precision precision, double scale)
        {
            using var model = new TrainableModel(SmallModels.Gpt2(), seed: 3);
            TokenLoss.ForwardBackward(model, batch, precision, scale / batch.TargetCount);
            if (scale != 1)
                Assert.True(scaler.Unscale(model.Parameters));
            return cat([.. model.Parameters.Select(parameter => parameter.Gradient().reshape(-1))]);
        }
        Tensor full = Gradient(Precision.Float32, 1), half = Gradient(Precision.Float16, scaler.Scale);
        double difference = (full - half).norm().item<float>() / full.norm().item<float>();
        Assert.InRange(difference, 1e-6, HalfTolerance); // not 0: it was computed in fp16 indeed
    }

    [Fact]
    public void Fp16_is_refused_on_a_processor_by_name()
    {
        Assert.Contains("float16 needs a CUDA device", Assert.Throws<NotSupportedException>(() => Precision.Float16.Resolve()).Message, StringComparison.Ordinal);
        Assert.Equal(Precision.Float16, Precision.Float16.Resolve(onCuda: true));
        Assert.Equal(Precision.BFloat16, Precision.Automatic.Resolve(onCuda: true));
        Assert.NotEqual(Precision.Automatic, Precision.Automatic.Resolve());
    }

    private static void SetScaled(SampleParameters parameters, int step, double scale)
    {
        parameters.SetGradients(step);
        foreach (TrainableParameter parameter in parameters.All)
            parameter.Tensor.grad!.mul_(scale);
    }
}

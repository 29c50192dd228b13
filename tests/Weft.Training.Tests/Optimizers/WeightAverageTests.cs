using Weft.Training.Modules;
using Weft.Training.Optimizers;

using static TorchSharp.torch;

namespace Weft.Training.Tests.Optimizers;

public class WeightAverageTests
{
    /// <summary>Some roundings of fp32 numbers below 1.</summary>
    private const double Tolerance = 1e-6;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_average_equals_its_formula(bool warmsUp)
    {
        using var parameters = new SampleParameters();
        using var average = new WeightAverage(parameters.All, new() { Decay = 0.6, WarmsUp = warmsUp });
        double[][] twins = [.. parameters.All.Select(p => SampleParameters.Values(p.Tensor))];
        for (int t = 0; t < 8; t++)
        {
            Change(parameters, t);
            average.Update();
            double decay = warmsUp ? Math.Min(0.6, (1.0 + t) / (10 + t)) : 0.6;
            foreach ((double[] twin, TrainableParameter parameter) in twins.Zip(parameters.All))
            {
                double[] now = SampleParameters.Values(parameter.Tensor);
                for (int i = 0; i < twin.Length; i++)
                    twin[i] = (decay * twin[i]) + ((1 - decay) * now[i]);
            }
        }
        foreach (((string name, Tensor value), double[] twin) in average.State.Zip(twins))
            Assert.True(SampleParameters.Values(value).Zip(twin, (a, b) => Math.Abs(a - b)).Max() < Tolerance, name);
    }

    [Fact]
    public void It_is_swapped_in_and_out_to_the_bit()
    {
        using var parameters = new SampleParameters();
        using var average = new WeightAverage(parameters.All, new());
        Change(parameters, 1);
        average.Update();
        double[][] weights = [.. parameters.All.Select(p => SampleParameters.Values(p.Tensor))];
        double[][] averages = [.. average.State.Select(pair => SampleParameters.Values(pair.Value))];
        Assert.NotEqual(weights[0], averages[0]);
        using (IDisposable swap = average.SwapIn())
        {
            Assert.Equal(averages, parameters.All.Select(p => SampleParameters.Values(p.Tensor)));
            Assert.Throws<InvalidOperationException>(average.SwapIn);
            Assert.Throws<InvalidOperationException>(average.Update);
            Assert.Throws<InvalidOperationException>(() => average.State);
            swap.Dispose(); // a second time does nothing
            Assert.Equal(weights, parameters.All.Select(p => SampleParameters.Values(p.Tensor)));
        }
        Assert.Equal(weights, parameters.All.Select(p => SampleParameters.Values(p.Tensor)));
        Assert.Equal(averages, average.State.Select(pair => SampleParameters.Values(pair.Value)));
    }

    [Fact]
    public void Going_on_from_the_saved_state_gives_the_same_bits()
    {
        using SampleParameters parameters = new();
        using WeightAverage unbroken = new(parameters.All, new() { Decay = 0.9 }), resumed = new(parameters.All, new() { Decay = 0.9 });
        for (int t = 0; t < 3; t++)
        {
            Change(parameters, t);
            unbroken.Update();
        }
        foreach (((_, Tensor from), (_, Tensor to)) in unbroken.State.Zip(resumed.State))
            to.copy_(from);
        resumed.SetStep(3);
        Change(parameters, 3);
        unbroken.Update();
        resumed.Update();
        Assert.Equal(unbroken.State.Select(pair => SampleParameters.Values(pair.Value)), resumed.State.Select(pair => SampleParameters.Values(pair.Value)));
    }

    private static void Change(SampleParameters parameters, int step)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        foreach (TrainableParameter parameter in parameters.All)
            parameter.Tensor.copy_(tensor(SampleParameters.Gradient(parameter.Name, step, (int)parameter.Tensor.numel()), parameter.Tensor.shape));
    }
}

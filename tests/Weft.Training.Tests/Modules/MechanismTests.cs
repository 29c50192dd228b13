using Weft.Model.Spec;
using Weft.Training.Modules;

using static TorchSharp.torch;

namespace Weft.Training.Tests.Modules;

/// <summary>Every mechanism against loops over doubles: states, outputs and gradients.</summary>
public class MechanismTests
{
    /// <summary>fp32 keeps 6e-8 of numbers of size 1 to 10 through two blocks.</summary>
    private const double Tolerance = 2e-5;

    /// <summary>Of a derivative: fp32 backward, and a difference quotient of doubles whose error is below 1e-7.</summary>
    private const double GradientTolerance = 1e-4;

    /// <summary>bf16 keeps 8 bits, of which two blocks lose a few.</summary>
    private const double BFloat16Tolerance = 0.1;

    public static TheoryData<string> Names => [.. MechanismSpecs.All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void States_and_outputs_equal_loops_over_doubles(string name)
    {
        ModelSpec spec = MechanismSpecs.All[name];
        (TrainableModel model, Dictionary<string, double[]> weights) = SampleInput.RandomModel(spec);
        using TrainableModel _ = model;
        // The second length is longer, the third again the first: what was kept for another length must not be used.
        foreach (int length in new[] { 11, 14, 11 })
        {
            SampleInput input = SampleInput.For(spec, length);
            var naive = new NaiveModel(spec, weights);
            float[] hidden = new float[length * spec.HiddenSize], outputs = new float[(spec.Head.Pools ? 1 : length) * spec.Head.OutputSize(spec)];
            model.ComputeHidden(input.ToInput(), hidden);
            model.ComputeOutputs(input.ToInput(), outputs);
            Near([.. naive.Hidden(input).SelectMany(row => row)], hidden);
            Near(naive.Outputs(input), outputs);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Gradients_equal_difference_quotients_of_doubles(string name)
    {
        ModelSpec spec = MechanismSpecs.All[name];
        (TrainableModel model, Dictionary<string, double[]> weights) = SampleInput.RandomModel(spec);
        using TrainableModel _ = model;
        using var scope = NewDisposeScope();
        SampleInput input = SampleInput.For(spec);
        var random = new Random(3);
        Tensor outputs = model.Outputs(input.ToTensors(), Precision.Float32).reshape(-1);
        double[] coefficients = [.. Enumerable.Range(0, (int)outputs.shape[0]).Select(_ => (2 * random.NextDouble()) - 1)];
        (outputs * tensor(coefficients, ScalarType.Float32)).sum().backward();
        foreach (TrainableParameter parameter in model.Parameters)
        {
            float[] gradient = parameter.Tensor.grad!.contiguous().data<float>().ToArray();
            double[] direction = [.. gradient.Select(_ => (2 * random.NextDouble()) - 1)];
            double Moved(double step)
            {
                var moved = new Dictionary<string, double[]>(weights);
                int offset = 0;
                foreach (ParameterSpec part in parameter.Parts)
                {
                    int start = offset;
                    moved[part.Name] = [.. weights[part.Name].Select((value, i) => value + (step * direction[start + i]))];
                    offset += (int)part.Count;
                }
                return new NaiveModel(spec, moved).Outputs(input).Zip(coefficients, (a, b) => a * b).Sum();
            }
            const double Step = 1e-6;
            double expected = (Moved(Step) - Moved(-Step)) / (2 * Step), actual = gradient.Zip(direction, (a, b) => a * b).Sum();
            Assert.True(Math.Abs(expected - actual) <= GradientTolerance * Math.Max(1, Math.Abs(expected)), $"{parameter.Name}: {expected} expected, {actual} found");
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Half_precision_is_near_and_has_gradients(string name)
    {
        ModelSpec spec = MechanismSpecs.All[name];
        using TrainableModel model = SampleInput.RandomModel(spec).Model;
        using var scope = NewDisposeScope();
        SampleInput input = SampleInput.For(spec);
        Tensor full = model.Outputs(input.ToTensors(), Precision.Float32).detach();
        Tensor half = model.Outputs(input.ToTensors(), Precision.BFloat16);
        Assert.Equal(ScalarType.BFloat16, half.dtype);
        double error = (half.to(ScalarType.Float32) - full).norm().item<float>() / full.norm().item<float>();
        Assert.InRange(error, 0, BFloat16Tolerance);
        half.to(ScalarType.Float32).square().sum().backward();
        foreach (TrainableParameter parameter in model.Parameters)
            Assert.True(parameter.Tensor.grad!.isfinite().all().item<bool>(), parameter.Name);
    }

    private static void Near(double[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < actual.Length; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= Tolerance * Math.Max(1, Math.Abs(expected[i])), $"number {i}: {expected[i]} expected, {actual[i]} found");
    }
}

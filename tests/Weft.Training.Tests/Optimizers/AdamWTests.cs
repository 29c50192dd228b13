using Weft.Training.Modules;
using Weft.Training.Optimizers;

using static TorchSharp.torch;

namespace Weft.Training.Tests.Optimizers;

public class AdamWTests
{
    /// <summary>A fused fp32 update against the formula in fp64, over five steps.</summary>
    private const double Tolerance = 1e-6;

    [Fact]
    public void Five_updates_equal_the_formula_of_the_paper()
    {
        using var model = new TrainableModel(SmallModels.Gpt2(), seed: 2);
        const double Clip = 0.5;
        var options = new AdamWOptions();
        using var optimizer = new AdamW(model.Parameters, options);
        var twins = model.Parameters.Select(p => new Twin(p)).ToArray();
        for (int step = 1; step <= 5; step++)
        {
            using var scope = NewDisposeScope();
            foreach (Twin twin in twins)
                twin.SetGradient(step);
            double norm = Math.Sqrt(twins.Sum(twin => twin.Gradient.Sum(g => g * g)));
            Assert.Equal(norm, Gradients.Clip(model.Parameters, Clip), 4);
            optimizer.Step(1e-2);
            foreach (Twin twin in twins)
                twin.Update(step, 1e-2, options, Math.Min(1, Clip / (norm + 1e-6)));
        }
        foreach (Twin twin in twins)
            Assert.True(twin.Difference() < Tolerance, twin.Name);
    }

    [Fact]
    public void Matrices_decay_and_gains_and_biases_do_not()
    {
        using var model = new TrainableModel(SmallModels.Gpt2(), seed: 2);
        Assert.All(model.Parameters, p => Assert.Equal(!p.Name.EndsWith(".bias", StringComparison.Ordinal) && !p.Name.Contains("norm", StringComparison.Ordinal), p.Decays));
    }

    /// <summary>Loshchilov and Hutter 2017, algorithm 2, element by element in fp64.</summary>
    private sealed class Twin(TrainableParameter parameter)
    {
        private readonly double[] _values = [.. parameter.Tensor.data<float>().ToArray().Select(v => (double)v)];
        private readonly double[] _first = new double[parameter.Tensor.numel()];
        private readonly double[] _second = new double[parameter.Tensor.numel()];

        public string Name => parameter.Name;

        public double[] Gradient { get; private set; } = [];

        public void SetGradient(int step)
        {
            Gradient = [.. _values.Select((_, i) => (double)(float)Math.Sin((i * 0.37) + step + Name.Length))];
            parameter.Tensor.grad = tensor(Gradient.Select(g => (float)g).ToArray(), parameter.Tensor.shape);
        }

        public void Update(int step, double rate, AdamWOptions o, double clip)
        {
            for (int i = 0; i < _values.Length; i++)
            {
                double g = Gradient[i] * clip;
                _first[i] = (o.Beta1 * _first[i]) + ((1 - o.Beta1) * g);
                _second[i] = (o.Beta2 * _second[i]) + ((1 - o.Beta2) * g * g);
                double first = _first[i] / (1 - Math.Pow(o.Beta1, step)), second = _second[i] / (1 - Math.Pow(o.Beta2, step));
                double decay = parameter.Decays ? o.WeightDecay * _values[i] : 0;
                _values[i] -= rate * ((first / (Math.Sqrt(second) + o.Epsilon)) + decay);
            }
        }

        public double Difference() => parameter.Tensor.data<float>().ToArray().Zip(_values, (a, b) => Math.Abs(a - b)).Max();
    }
}

using Weft.Training.Modules;
using Weft.Training.Optimizers;
using Weft.Training.Tests.Modules;

using static TorchSharp.torch;

namespace Weft.Training.Tests.Optimizers;

/// <summary>The published vectors of ONNX's optimizers (onnx/onnx).</summary>
public class OptimizerVectorTests
{
    private const double Tolerance = 1e-6;

    [Fact]
    public void Adagrad() => Check("Adagrad", (vector, decay) => new AdagradOptions
    {
        WeightDecay = decay,
        RateDecay = vector.Number("decay_factor", 0),
        Epsilon = vector.Number("epsilon", 0),
    }, step => step, ("sum_of_squares", "H"));

    /// <summary>ONNX leaves the correction of zero moments away at step 0, which torch's kernel does after endless steps.</summary>
    [Fact]
    public void Adam() => Check("Adam", (vector, decay) => new AdamOptions
    {
        WeightDecay = decay,
        Beta1 = vector.Number("alpha", 0),
        Beta2 = vector.Number("beta", 0),
        Epsilon = vector.Number("epsilon", 0),
    }, step => step == 0 ? 1_000_000 : throw new NotSupportedException($"step {step}"), ("first_moment", "V"), ("second_moment", "H"));

    /// <summary>The first gradient counts in full, whatever beta: as torch's dampening.</summary>
    [Fact]
    public void Momentum() => Check("Momentum", (vector, decay) => new SgdOptions
    {
        WeightDecay = decay,
        Momentum = vector.Number("alpha", 0),
        Dampening = vector["T"].item<long>() == 0 ? 0 : 1 - vector.Number("beta", 1),
        Nesterov = vector.Attributes.GetProperty("mode").GetString() == "nesterov",
    }, step => Math.Max(1, step), ("momentum", "V"));

    private static void Check(string op, Func<OperatorVector, double, OptimizerOptions> options, Func<int, int> stepOf, params (string Kept, string Tensor)[] state)
    {
        OperatorVector[] vectors;
        using var scope = NewDisposeScope();
        vectors = OperatorVector.Of(op);
        Assert.NotEmpty(vectors);
        foreach (OperatorVector vector in vectors)
        {
            // As a matrix, since vectors do not decay.
            TrainableParameter parameter = SampleParameters.Single("w", vector["X"].reshape(1, -1));
            parameter.Tensor.grad = vector["G"].reshape(1, -1);
            using IOptimizer optimizer = options(vector, vector.Number("norm_coefficient", 0)).Create([parameter]);
            Dictionary<string, Tensor> kept = optimizer.State.ToDictionary(pair => pair.Name, pair => pair.Value);
            foreach ((string name, string tensor) in state)
                kept[$"w.{name}"].copy_(vector[tensor].reshape(1, -1));
            optimizer.SetStep(stepOf((int)vector["T"].item<long>()));
            optimizer.Step(vector["R"].item<float>());
            Near(vector, "X_new", parameter.Tensor);
            foreach ((string name, string tensor) in state)
                Near(vector, $"{tensor}_new", kept[$"w.{name}"]);
            parameter.Tensor.Dispose();
        }
    }

    private static void Near(OperatorVector vector, string name, Tensor actual) =>
        Assert.True((vector[name].reshape(-1) - actual.detach().reshape(-1)).abs().max().item<float>() < Tolerance, $"{vector.Name}: {name}");
}

using Weft.Model.Spec;
using Weft.Training.Adapters;
using Weft.Training.Modules;
using Weft.Training.Optimizers;
using Weft.Training.Tests.Modules;

using static TorchSharp.torch;

namespace Weft.Training.Tests.Adapters;

/// <summary>Gradients of adapters against difference quotients and plain formulas in doubles.</summary>
public sealed class AdapterGradientTests
{
    /// <summary>Gradients are kept in fp32, 6e-8 of each number; the quotient's own error is of second order in the step.</summary>
    private const double Tolerance = 2e-6;

    private const double Step = 1.0 / (1 << 16);

    private const string Name = "blocks.0.attention";

    public static TheoryData<string, bool> Models()
    {
        var data = new TheoryData<string, bool>();
        foreach (string family in AdaptedModels.Families)
            data.Add(family, false);
        data.Add("gpt2", true);
        data.Add("marian", true);
        return data;
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Derivatives_equal_difference_quotients(string family, bool fourBits)
    {
        ModelSpec spec = AdaptedModels.Spec(family);
        AdapterOptions options = AdaptedModels.Options(family) with { FourBitBase = fourBits, Dropout = 0.2 };
        using TrainableModel model = AdaptedModels.Random(spec, options).Model;
        using var scope = NewDisposeScope();
        TensorInput input = SampleInput.For(spec).ToTensors() with { Dropout = Dropout.Of(0, seed: 1, draw: 3, options.Dropout) };
        Tensor coefficients = rand(model.Outputs(input, ScalarType.Float64).shape, dtype: ScalarType.Float64, generator: new Generator(3, CPU)) - 0.5;
        Tensor Value() => (model.Outputs(input, ScalarType.Float64) * coefficients).sum();
        Value().backward();
        Assert.Equal(AdapterParameters.Enumerate(spec, options).Sum(parameter => parameter.Count), model.ParameterCount);
        foreach (TrainableParameter parameter in model.Parameters)
            CheckQuotient(parameter, Value);
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(false, 0.3)]
    [InlineData(true, 0)]
    public void Of_DoRA_they_are_those_of_its_formula_with_lengths_that_are_not_differentiated(bool fourBits, double dropout)
    {
        ModelSpec spec = SmallModels.Llama();
        AdapterOptions options = AdaptedModels.Options(spec, "llama", AdapterKind.Dora, "query", "value") with { FourBitBase = fourBits };
        using var factory = new ParameterFactory(spec, seed: 3, adapter: options);
        var linear = new Linear(factory, $"{Name}.query", $"{Name}.key", $"{Name}.value");
        using var scope = NewDisposeScope();
        var random = new Generator(7, CPU);
        Tensor x = rand([2, 5, spec.HiddenSize], ScalarType.Float64, generator: random) - 0.5;
        LinearAdapter adapter = Assert.Single(factory.Adapters);
        TrainableParameter[] trained = [.. adapter.Trained];
        using (no_grad())
            foreach (TrainableParameter parameter in trained)
                parameter.Tensor.PlusInPlace(rand(parameter.Tensor.shape, generator: random).Times(0.3));
        Tensor W(int part) => tensor(factory.Frozen[0].ReadRows(part), adapter.Parts[part].Shape.AsSpan().ToArray()).to(ScalarType.Float64);
        Dropout? drop = Dropout.Of(0, 1, 2, dropout)?.OfAdapter(0);
        Tensor dropped = drop?.Apply(x) ?? x;
        // One part is as it was; the two others have pairs and lengths of their own.
        Tensor[] lengths = [.. new[] { 0, 2 }.Select((part, place) => Sum(part, place).square().sum(1).sqrt().detach())];
        Tensor Sum(int part, int place) => W(part) + (options.Scale * trained[1].Rows(place).to(ScalarType.Float64).mm(trained[0].Rows(place).to(ScalarType.Float64)));
        Tensor Part(int part, int place)
        {
            Tensor low = dropped.matmul(trained[0].Rows(place).to(ScalarType.Float64).t()).matmul(trained[1].Rows(place).to(ScalarType.Float64).t());
            return (x.matmul(W(part).t()) + (options.Scale * low)) * (trained[2].Rows(place).to(ScalarType.Float64) / lengths[place]);
        }
        Tensor Formula() => cat([Part(0, 0), x.matmul(W(1).t()), Part(2, 1)], -1);
        Tensor y = linear.Forward(x, drop);
        Assert.InRange((y - Formula()).abs().max().item<double>(), 0, 1e-12);
        Tensor coefficients = rand(y.shape, ScalarType.Float64, generator: random) - 0.5;
        (y * coefficients).sum().backward();
        foreach (TrainableParameter parameter in trained)
            CheckQuotient(parameter, () => (Formula() * coefficients).sum());
        foreach (IDisposable made in (IEnumerable<IDisposable>)[.. factory.Made, .. factory.Frozen])
            made.Dispose();
    }

    /// <summary>E = ½‖y - t‖², y = W·x + s·B·A·x: dE/dB = s·(y - t)·(A·x)ᵀ, dE/dA = s·Bᵀ·(y - t)·xᵀ.</summary>
    [Fact]
    public void A_step_is_that_of_the_formula()
    {
        const int Tokens = 6, Rank = AdaptedModels.Rank;
        const double Rate = 0.05;
        ModelSpec spec = SmallModels.Llama();
        int size = spec.HiddenSize;
        AdapterOptions options = AdaptedModels.Options(spec, "llama", AdapterKind.Lora, "output") with { RankStabilised = true };
        using var factory = new ParameterFactory(spec, seed: 3, adapter: options);
        var linear = new Linear(factory, $"{Name}.output");
        TrainableParameter[] trained = [.. Assert.Single(factory.Adapters).Trained];
        float[] w = factory.Frozen[0].ReadRows(0), a = trained[0].ReadRows(0);
        // Uniform below one over the root of what A reads; B is zero.
        Assert.InRange(a.Max(Math.Abs), 0.9 / Math.Sqrt(size), 1 / Math.Sqrt(size));
        Assert.Equal(1 / Math.Sqrt(3 * size), Math.Sqrt(a.Average(value => (double)value * value)), 0.02);
        Assert.All(trained[1].ReadRows(0), value => Assert.Equal(0, value));
        var random = new Random(3);
        float[] b = [.. Enumerable.Range(0, size * Rank).Select(_ => random.NextSingle() - 0.5f)];
        trained[1].WriteRows(0, b);
        float[] x = [.. Enumerable.Range(0, Tokens * size).Select(_ => random.NextSingle() - 0.5f)], t = [.. Enumerable.Range(0, Tokens * size).Select(_ => random.NextSingle() - 0.5f)];
        using (NewDisposeScope())
            (0.5f * (linear.Forward(tensor(x, [1, Tokens, size])) - tensor(t, [1, Tokens, size])).square().sum()).backward();
        using IOptimizer optimizer = new SgdOptions { Momentum = 0, WeightDecay = 0 }.Create(factory.Made);
        optimizer.Step(Rate);

        double s = AdaptedModels.Alpha / Math.Sqrt(Rank);
        double[] expectedA = [.. a.Select(value => (double)value)], expectedB = [.. b.Select(value => (double)value)];
        for (int n = 0; n < Tokens; n++)
        {
            double[] low = [.. Enumerable.Range(0, Rank).Select(k => Enumerable.Range(0, size).Sum(i => (double)a[(k * size) + i] * x[(n * size) + i]))];
            double[] error = [.. Enumerable.Range(0, size).Select(o => Enumerable.Range(0, size).Sum(i => (double)w[(o * size) + i] * x[(n * size) + i])
                + (s * Enumerable.Range(0, Rank).Sum(k => b[(o * Rank) + k] * low[k])) - t[(n * size) + o])];
            for (int k = 0; k < Rank; k++)
            {
                double back = Enumerable.Range(0, size).Sum(o => b[(o * Rank) + k] * error[o]);
                for (int i = 0; i < size; i++)
                    expectedA[(k * size) + i] -= Rate * s * back * x[(n * size) + i];
                for (int o = 0; o < size; o++)
                    expectedB[(o * Rank) + k] -= Rate * s * error[o] * low[k];
            }
        }
        AssertNear(expectedA, trained[0].ReadRows(0));
        AssertNear(expectedB, trained[1].ReadRows(0));
        Assert.Equal(w, factory.Frozen[0].ReadRows(0));
        foreach (IDisposable made in (IEnumerable<IDisposable>)[.. factory.Made, .. factory.Frozen])
            made.Dispose();

        static void AssertNear(double[] expected, float[] found)
        {
            for (int i = 0; i < found.Length; i++)
                Assert.Equal(expected[i], found[i], 2e-6);
        }
    }

    private static void CheckQuotient(TrainableParameter parameter, Func<Tensor> value)
    {
        using var one = NewDisposeScope();
        using var _ = no_grad();
        Tensor origin = parameter.Tensor.clone(), direction = rand(origin.shape, generator: new Generator(5, CPU)).Plus(-0.5);
        (Tensor At, double Value) Moved(double step)
        {
            parameter.Tensor.copy_(origin + (direction * step));
            return (parameter.Tensor.to(ScalarType.Float64, copy: true), value().item<double>());
        }
        ((Tensor left, double before), (Tensor right, double after)) = (Moved(-Step), Moved(Step));
        parameter.Tensor.copy_(origin);
        Tensor terms = parameter.Tensor.grad!.to(ScalarType.Float64) * (right - left) / (2 * Step);
        double expected = (after - before) / (2 * Step), actual = terms.sum().item<double>(), size = terms.norm().item<double>();
        Assert.NotEqual(0, size);
        Assert.True(Math.Abs(expected - actual) <= Tolerance * Math.Max(1, size), $"{parameter.Name}: {expected} expected, {actual} found");
    }
}

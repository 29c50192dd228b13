using Weft.Training.Modules;
using Weft.Training.Optimizers;

using static TorchSharp.torch;

namespace Weft.Training.Tests.Optimizers;

/// <summary>Optimizers that torch does not have against the formulas of their papers, element by element in fp64, over six steps.</summary>
public class PaperFormulaTests
{
    /// <summary>Roundings of fp32 numbers below 1, over six steps.</summary>
    private const double Tolerance = 3e-6;

    /// <summary>Matrices of bf16 have 8 bits; an orthogonal step of 0.2·√11·rate may be off by a few of its 256ths.</summary>
    private const double HalfTolerance = 3e-3;

    private const int Steps = 6;

    private const double Rate = 0.02;

    [Fact]
    public void Lion_equals_algorithm_2()
    {
        var options = new LionOptions { Beta1 = 0.8, Beta2 = 0.95, WeightDecay = 0.3 };
        Check(options, Tolerance, (x, name, decays) =>
        {
            double[] m = new double[x.Length];
            return step => Each(x.Length, i =>
            {
                double g = SampleParameters.Gradient(name.Owner, step, name.Total)[name.First + i];
                double c = (options.Beta1 * m[i]) + ((1 - options.Beta1) * g);
                m[i] = (options.Beta2 * m[i]) + ((1 - options.Beta2) * g);
                x[i] -= Rate * (Math.Sign(c) + (decays ? options.WeightDecay * x[i] : 0));
            });
        });
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public void Adafactor_equals_algorithms_4_and_5(bool scales, bool relative)
    {
        var options = new AdafactorOptions { ScalesByParameter = scales, RelativeStep = relative, UpdateClip = 0.9, WeightDecay = 0.3 };
        double given = relative ? 0.6 : Rate; // above 1/√t from the third step on
        Check(options, Tolerance, (x, name, decays) =>
        {
            int columns = name.Columns, rows = x.Length / Math.Max(1, columns);
            double[] r = new double[rows], c = new double[Math.Max(1, columns)], v = new double[x.Length];
            return step =>
            {
                int t = step + 1;
                double keep = 1 - Math.Pow(t, -0.8), rate = relative ? Math.Min(given, 1 / Math.Sqrt(t)) : given;
                double[] g = SampleParameters.Gradient(name.Owner, step, name.Total)[name.First..(name.First + x.Length)];
                double[] square = [.. g.Select(value => (value * value) + 1e-30)];
                if (columns > 0)
                {
                    Each(rows, i => r[i] = (keep * r[i]) + ((1 - keep) * square[(i * columns)..((i + 1) * columns)].Sum()));
                    Each(columns, j => c[j] = (keep * c[j]) + ((1 - keep) * Enumerable.Range(0, rows).Sum(i => square[(i * columns) + j])));
                    Each(x.Length, i => v[i] = r[i / columns] * c[i % columns] / r.Sum());
                }
                else
                {
                    Each(x.Length, i => v[i] = (keep * v[i]) + ((1 - keep) * square[i]));
                }
                double[] u = [.. g.Select((value, i) => value / Math.Sqrt(v[i]))];
                double clip = Math.Max(1, RootMeanSquare(u) / options.UpdateClip), size = scales ? Math.Max(1e-3, RootMeanSquare(x)) : 1;
                Each(x.Length, i => x[i] = (x[i] * (1 - (decays ? rate * options.WeightDecay : 0))) - (rate * size * u[i] / clip));
            };
        }, given);
    }

    [Theory]
    [InlineData(MuonScale.LikeAdamW, true)]
    [InlineData(MuonScale.Spectral, false)]
    public void Muon_equals_its_definition_on_each_hidden_matrix(MuonScale scale, bool nesterov) =>
        CheckMuon(new() { Scale = scale, Nesterov = nesterov, Precision = Precision.Float32, WeightDecay = 0.3 }, Tolerance);

    [Fact]
    public void Muon_in_bf16_is_near() => CheckMuon(new() { Precision = Precision.BFloat16, WeightDecay = 0 }, HalfTolerance);

    [Fact]
    public void Muon_leaves_embeddings_and_vectors_to_AdamW_at_their_own_rate()
    {
        using SampleParameters parameters = new(), others = new();
        var options = new MuonOptions { WeightDecay = 0.3, OthersRate = 0.5 };
        using IOptimizer muon = options.Create(parameters.All);
        using IOptimizer adamW = new AdamWOptions { WeightDecay = 0.3 }.Create(others.All);
        parameters.Train(muon, 0, 3, Rate);
        others.Train(adamW, 0, 3, Rate / 2);
        foreach (string name in (string[])[SampleParameters.Embedding, SampleParameters.Gain])
            Assert.Equal(SampleParameters.Values(others[name].Tensor), SampleParameters.Values(parameters[name].Tensor));
        Assert.Equal(2 + (2 * 2) + 1, muon.State.Count()); // the momenta of query, key and up, and two moments of two
    }

    [Fact]
    public void Hidden_matrices_are_those_of_attention_and_feed_forward_alone()
    {
        using var model = new TrainableModel(SmallModels.Gpt2(), seed: 1);
        string[] names = [.. model.Parameters.Where(ParameterKinds.IsHiddenMatrix).Select(parameter => parameter.Name)];
        Assert.Equal(["attention.query", "attention.output", "feed_forward.up", "feed_forward.down"],
            names.Where(name => name.StartsWith("blocks.0.", StringComparison.Ordinal)).Select(name => name["blocks.0.".Length..^".weight".Length]));
        Assert.Equal(8, names.Length);
    }

    private static void CheckMuon(MuonOptions options, double tolerance) => Check(options, tolerance, (x, name, _) =>
    {
        if (name.Columns == 0 || name.Owner == SampleParameters.Embedding)
            return null;
        int columns = name.Columns, rows = x.Length / columns;
        double[] m = new double[x.Length];
        double length = options.Scale == MuonScale.LikeAdamW ? 0.2 * Math.Sqrt(Math.Max(rows, columns)) : Math.Sqrt(Math.Max(1, (double)rows / columns));
        return step =>
        {
            double[] g = SampleParameters.Gradient(name.Owner, step, name.Total)[name.First..(name.First + x.Length)];
            Each(x.Length, i => m[i] = (options.Momentum * m[i]) + ((1 - options.Momentum) * g[i]));
            double[] looked = [.. m.Select((value, i) => options.Nesterov ? (options.Momentum * value) + ((1 - options.Momentum) * g[i]) : value)];
            double[] o = Orthogonal(looked, rows, columns);
            Each(x.Length, i => x[i] = (x[i] * (1 - (Rate * options.WeightDecay))) - (Rate * length * o[i]));
        };
    });

    /// <summary>Five times X := aX + (bA + cA²)X with A = XXᵀ; the same polynomial of singular values whichever side is longer.</summary>
    private static double[] Orthogonal(double[] values, int rows, int columns)
    {
        using var scope = NewDisposeScope();
        Tensor x = tensor(values, [rows, columns], ScalarType.Float64);
        (Tensor u, Tensor s, Tensor vh) = linalg.svd(x, fullMatrices: false);
        s = s / x.norm();
        for (int i = 0; i < 5; i++)
            s = (3.4445 * s) - (4.7750 * s.pow(3)) + (2.0315 * s.pow(5));
        return u.matmul(s.diag()).matmul(vh).contiguous().data<double>().ToArray();
    }

    /// <param name="Owner">Parameter whose gradient it is.</param>
    /// <param name="Total">Elements of it.</param>
    /// <param name="First">First element of the part.</param>
    /// <param name="Columns">0 for vectors.</param>
    private sealed record PartName(string Owner, int Total, int First, int Columns);

    /// <summary>Each part's twin gets its values and returns what it does at each step; none is not looked at.</summary>
    private static void Check(OptimizerOptions options, double tolerance, Func<double[], PartName, bool, Action<int>?> twin, double rate = Rate)
    {
        using var parameters = new SampleParameters();
        using IOptimizer optimizer = options.Create(parameters.All);
        var twins = new List<(TrainableParameter Owner, PartName Name, double[] Values, Action<int> Step)>();
        foreach (TrainableParameter owner in parameters.All)
        {
            double[] all = SampleParameters.Values(owner.Tensor);
            int first = 0;
            foreach (Model.Spec.ParameterSpec part in owner.Parts)
            {
                double[] values = all[first..(first + (int)part.Count)];
                var name = new PartName(owner.Name, all.Length, first, part.Shape.Length == 2 ? (int)part.Shape[1] : 0);
                if (twin(values, name, owner.Decays) is { } step)
                    twins.Add((owner, name, values, step));
                first += values.Length;
            }
        }
        Assert.True(twins.Count >= 3);
        for (int step = 0; step < Steps; step++)
        {
            parameters.Train(optimizer, step, 1, rate);
            foreach (var each in twins)
                each.Step(step);
        }
        foreach (var (owner, name, values, _) in twins)
        {
            double[] actual = SampleParameters.Values(owner.Tensor)[name.First..(name.First + values.Length)];
            Assert.True(actual.Zip(values, (a, b) => Math.Abs(a - b)).Max() < tolerance, $"{owner.Name} from {name.First}");
        }
    }

    private static void Each(int count, Action<int> action)
    {
        for (int i = 0; i < count; i++)
            action(i);
    }

    private static double RootMeanSquare(double[] values) => Math.Sqrt(values.Average(value => value * value));
}

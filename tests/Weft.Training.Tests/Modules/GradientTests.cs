using Weft.Model.Spec;
using Weft.Training.Modules;

using static TorchSharp.torch;

namespace Weft.Training.Tests.Modules;

/// <summary>
/// Derivatives of every mechanism against difference quotients of the modules themselves, computed in doubles, with documents, positions and prefixes.
/// That the values are right is checked elsewhere, by loops over doubles.
/// </summary>
public class GradientTests
{
    /// <summary>Gradients are kept in fp32, 6e-8 of each number; the quotient's own error is of second order in the step, some 1e-10.</summary>
    private const double Tolerance = 1e-6;

    /// <summary>A power of two, so that masters in fp32 move by nearly what is asked; what they did move by is what counts.</summary>
    private const double Step = 1.0 / (1 << 16);

    public static TheoryData<string> Names => [.. MechanismSpecs.All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Derivatives_equal_difference_quotients(string name) => Check(name, null);

    /// <summary>A batch in which no ReLU turns within the quotient's step.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void So_they_do_with_dropout(string name) => Check(name, Dropout.Of(0.3, seed: 1, draw: 3));

    private static void Check(string name, Dropout? dropout)
    {
        ModelSpec spec = MechanismSpecs.All[name];
        using TrainableModel model = SampleInput.RandomModel(spec).Model;
        using var scope = NewDisposeScope();
        TensorInput input = Input(spec) with { Dropout = dropout };
        Tensor coefficients = rand(model.Outputs(input, ScalarType.Float64).shape, dtype: ScalarType.Float64, generator: new Generator(3, CPU)) - 0.5;
        Tensor Value() => (model.Outputs(input, ScalarType.Float64) * coefficients).sum();
        Tensor value = Value();
        Assert.Equal(ScalarType.Float64, value.dtype);
        value.backward();
        foreach (TrainableParameter parameter in model.Parameters)
        {
            using var one = NewDisposeScope();
            using var _ = no_grad();
            Tensor origin = parameter.Tensor.clone(), direction = rand(origin.shape, generator: new Generator(5, CPU)).Plus(-0.5);
            (Tensor At, double Value) Moved(double step)
            {
                parameter.Tensor.copy_(origin + (direction * step));
                return (parameter.Tensor.to(ScalarType.Float64, copy: true), Value().item<double>());
            }
            ((Tensor left, double before), (Tensor right, double after)) = (Moved(-Step), Moved(Step));
            parameter.Tensor.copy_(origin);
            Tensor terms = parameter.Tensor.grad!.to(ScalarType.Float64) * (right - left) / (2 * Step);
            double expected = (after - before) / (2 * Step), actual = terms.sum().item<double>(), size = terms.norm().item<double>();
            Assert.True(Math.Abs(expected - actual) <= Tolerance * Math.Max(1, size), $"{parameter.Name}: {expected} expected, {actual} found");
        }
    }

    /// <summary>Two rows: of 5 and 4 tokens and padding, and of 11. Decoders have a prefix of two tokens in each document. Pooling heads get plain rows.</summary>
    private static TensorInput Input(ModelSpec spec)
    {
        const int Length = 11;
        var random = new Random(7);
        Tensor Draw(int length, int below) => tensor([.. Enumerable.Range(0, 2 * length).Select(_ => random.NextInt64(below))], [2, length]);
        long[] documents = [0, 0, 0, 0, 0, 1, 1, 1, 1, -1, -1, .. Enumerable.Repeat(0L, Length)];
        long[] positions = [0, 1, 2, 3, 4, 0, 1, 2, 3, 0, 1, .. Enumerable.Range(0, Length).Select(t => (long)t)];
        bool[] prefix = [.. documents.Select((document, i) => document >= 0 && positions[i] < 2)];
        var plain = new TensorInput(Draw(Length, spec.VocabularySize))
        {
            SourceIds = spec.HasSource ? Draw(6, spec.VocabularySize) : null,
            TokenTypes = spec.Embedding.TokenTypes > 0 ? Draw(Length, spec.Embedding.TokenTypes) : null,
        };
        return spec.Head.Pools ? plain : plain with
        {
            Layout = TokenLayout.Of(2, Length, documents, positions, spec.Decoder is null ? null : prefix),
            SourceLayout = spec.HasSource ? TokenLayout.Of(2, 6, [0, 0, 1, 1, 1, -1, 0, 0, 0, 0, 0, 0], [0, 1, 0, 1, 2, 0, 0, 1, 2, 3, 4, 5], null) : null,
        };
    }
}

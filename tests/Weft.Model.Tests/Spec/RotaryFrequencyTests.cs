using Weft.Model.Spec;

namespace Weft.Model.Tests.Spec;

/// <summary>Frequencies beside those that Hugging Face's formulas give, written down once more in Python and evaluated in double precision.</summary>
public sealed class RotaryFrequencyTests
{
    // Both are double; the formulas differ in the order of their products.
    private const double Tolerance = 1e-13;

    [Fact]
    public void Without_scaling_they_are_a_geometric_sequence()
    {
        var frequencies = RotaryFrequencies.Of(new PositionSpec.Rotary(10_000), 8, length: 0);
        Assert.Equal(1, frequencies.AttentionFactor);
        AssertClose([1, 0.1, 0.01, 0.001], frequencies.Inverse);
    }

    [Fact]
    public void Linear_scaling_divides_all() =>
        AssertClose([0.25, 0.025, 0.0025, 0.00025], RotaryFrequencies.Of(new PositionSpec.Rotary(10_000) { Scaling = new RotaryScaling.Linear(4) }, 8, length: 0).Inverse);

    [Fact]
    public void Llama_3_1_has_its_frequencies()
    {
        var rotary = new PositionSpec.Rotary(500_000) { Scaling = new RotaryScaling.Llama3(8, 1, 4, 8192) };
        double[] inverse = RotaryFrequencies.Of(rotary, 128, length: 0).Inverse;
        AssertClose([1, 0.016560440080994446, 0.003211445994752591, 0.002166570763503359, 0.0013718935677611381, 0.00031269375038406517, 7.78465527393245e-05, 4.411534674558404e-06, 3.068925988914511e-07],
            [.. new[] { 0, 20, 28, 29, 30, 33, 36, 50, 63 }.Select(i => inverse[i])]);
    }

    [Fact]
    public void Yarn_has_its_frequencies_with_whole_pairs_and_without()
    {
        var whole = new PositionSpec.Rotary(1_000_000) { Scaling = new RotaryScaling.Yarn(4, 32768, 32, 1, 1.138629436111989, WholePairs: true) };
        double[] inverse = RotaryFrequencies.Of(whole, 128, length: 0).Inverse;
        AssertClose([1, 0.01333521432163324, 0.0018482765647068783, 0.0014051124815959123, 0.001064360981247002, 0.0004503235755137692, 0.0001798411558739542, 5.133812566142866e-06, 3.102344401879299e-07],
            [.. new[] { 0, 20, 28, 29, 30, 33, 36, 50, 63 }.Select(i => inverse[i])]);
        Assert.Equal(1.138629436111989, RotaryFrequencies.Of(whole, 128, length: 0).AttentionFactor);
        var parts = new PositionSpec.Rotary(150_000) { Scaling = new RotaryScaling.Yarn(32, 4096, 32, 1, 1, WholePairs: false) };
        inverse = RotaryFrequencies.Of(parts, 64, length: 0).Inverse;
        AssertClose([1, 0.050813274815461475, 0.01933500112654036, 0.0020937923789696887, 0.0001293187012450632, 1.818833668168956e-05, 3.0235114281192144e-07],
            [.. new[] { 0, 8, 10, 14, 17, 20, 31 }.Select(i => inverse[i])]);
    }

    private static void AssertClose(double[] expected, double[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        Assert.All(expected.Zip(actual), pair => Assert.InRange(pair.Second / pair.First, 1 - Tolerance, 1 + Tolerance));
    }
}

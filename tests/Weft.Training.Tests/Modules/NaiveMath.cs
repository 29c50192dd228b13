using Weft.Model.Spec;

namespace Weft.Training.Tests.Modules;

/// <summary>Textbook formulas on rows of doubles.</summary>
internal static class NaiveMath
{
    public static double[][] Map(double[][] x, Func<double, double> f) => [.. x.Select(row => row.Select(f).ToArray())];

    public static double[][] Add(double[][] x, double[][] y, double scale) =>
        [.. x.Select((row, t) => row.Select((value, d) => value + (scale * y[t][d])).ToArray())];

    public static double Activate(Activation activation, double x) => activation switch
    {
        Activation.Gelu => x * NormalDistribution(x),
        Activation.GeluTanh => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x)))),
        Activation.Silu => x / (1 + Math.Exp(-x)),
        Activation.Relu => Math.Max(0, x),
        Activation.Tanh => Math.Tanh(x),
        _ => throw new NotSupportedException(),
    };

    /// <summary>Φ by its power series, 1/2 + φ(x)·(x + x³/3 + x⁵/(3·5) + …).</summary>
    private static double NormalDistribution(double x)
    {
        double term = x, sum = x;
        for (int n = 1; n < 200; n++)
            sum += term *= x * x / ((2 * n) + 1);
        return 0.5 + (sum * Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI));
    }
}

using System.Runtime.CompilerServices;
using Weft.Model.Spec;

namespace Weft.Inference.Kernels;

/// <summary>A nonlinearity on a vector of any width.</summary>
internal interface IActivation
{
    static abstract TVector Apply<TLanes, TVector>(TVector x)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct;
}

/// <summary>x·sigmoid(x).</summary>
internal readonly struct Silu : IActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Apply<TLanes, TVector>(TVector x)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct =>
        TLanes.Divide(x, TLanes.Add(TLanes.Broadcast(1), Exponential.Of<TLanes, TVector>(TLanes.Subtract(TLanes.Zero, x))));
}

/// <summary>The tanh approximation of GELU, by way of (1 + tanh u) / 2 = sigmoid(2u).</summary>
internal readonly struct GeluTanh : IActivation
{
    private const float TwiceRootOfTwoByPi = 1.5957691216f;
    private const float Cubic = 0.044715f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Apply<TLanes, TVector>(TVector x)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        TVector slope = TLanes.MultiplyAdd(TLanes.Multiply(x, x), TLanes.Broadcast(-TwiceRootOfTwoByPi * Cubic), TLanes.Broadcast(-TwiceRootOfTwoByPi));
        return TLanes.Divide(x, TLanes.Add(TLanes.Broadcast(1), Exponential.Of<TLanes, TVector>(TLanes.Multiply(x, slope))));
    }
}

/// <summary>
/// x·Φ(x). The upper tail Q(z) = 1 - Φ(z) of z = |x| is exp(-z²/2) times a polynomial in t = 1/(1 + 0.21 z), fitted at Chebyshev
/// nodes over z in [0, 14] with a relative error below 3.1e-8, which is half a unit in the last place of fp32; beyond 14 nothing of
/// the tail is left in fp32. Taking the tail itself keeps the digits of negative x that 1 + erf(x) would cancel.
/// </summary>
internal readonly struct Gelu : IActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Apply<TLanes, TVector>(TVector x)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        TVector z = TLanes.Abs(x), one = TLanes.Broadcast(1);
        TVector t = TLanes.Divide(one, TLanes.MultiplyAdd(z, TLanes.Broadcast(0.21f), one));
        TVector p = TLanes.MultiplyAdd(t, TLanes.Broadcast(-0.07083595464709047f), TLanes.Broadcast(0.2787841248115416f));
        p = TLanes.MultiplyAdd(t, p, TLanes.Broadcast(-0.31810707032123225f));
        p = TLanes.MultiplyAdd(t, p, TLanes.Broadcast(0.3320206491849238f));
        p = TLanes.MultiplyAdd(t, p, TLanes.Broadcast(-0.0784291301466248f));
        p = TLanes.MultiplyAdd(t, p, TLanes.Broadcast(0.1159542255344533f));
        p = TLanes.MultiplyAdd(t, p, TLanes.Broadcast(0.07250275234834504f));
        p = TLanes.MultiplyAdd(t, p, TLanes.Broadcast(0.08430499142091533f));
        p = TLanes.MultiplyAdd(t, p, TLanes.Broadcast(0.08381096609239025f));
        p = TLanes.MultiplyAdd(t, p, TLanes.Broadcast(-5.5575431013980455e-06f));
        TVector tail = TLanes.Multiply(p, Exponential.Of<TLanes, TVector>(TLanes.Multiply(TLanes.Multiply(z, z), TLanes.Broadcast(-0.5f))));
        return TLanes.Multiply(x, TLanes.WherePositive(x, TLanes.Subtract(one, tail), tail));
    }
}

/// <summary>max(x, 0).</summary>
internal readonly struct Relu : IActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Apply<TLanes, TVector>(TVector x)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct =>
        TLanes.Max(TLanes.Zero, x);
}

/// <summary>
/// The hyperbolic tangent: near zero an odd polynomial (Cephes, S. Moshier, tanhf: relative error below 1.3e-7 up to 0.625), which keeps the
/// digits of small values that 1 - 2/(exp(2|x|) + 1), used beyond, would cancel.
/// </summary>
internal readonly struct Tanh : IActivation
{
    private const float PolynomialUpTo = 0.625f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Apply<TLanes, TVector>(TVector x)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        TVector size = TLanes.Abs(x), square = TLanes.Multiply(x, x), one = TLanes.Broadcast(1);
        TVector p = TLanes.MultiplyAdd(square, TLanes.Broadcast(-5.70498872745e-3f), TLanes.Broadcast(2.06390887954e-2f));
        p = TLanes.MultiplyAdd(square, p, TLanes.Broadcast(-5.37397155531e-2f));
        p = TLanes.MultiplyAdd(square, p, TLanes.Broadcast(1.33314422036e-1f));
        p = TLanes.MultiplyAdd(square, p, TLanes.Broadcast(-3.33332819422e-1f));
        TVector near = TLanes.MultiplyAdd(TLanes.Multiply(p, square), x, x);
        TVector far = TLanes.Subtract(one, TLanes.Divide(TLanes.Broadcast(2), TLanes.Add(Exponential.Of<TLanes, TVector>(TLanes.Add(size, size)), one)));
        TVector signed = TLanes.WherePositive(x, far, TLanes.Subtract(TLanes.Zero, far));
        return TLanes.WherePositive(TLanes.Subtract(size, TLanes.Broadcast(PolynomialUpTo)), signed, near);
    }
}

/// <summary>The specification of the nonlinearities.</summary>
internal static class ActivationFunctions
{
    /// <exception cref="NotSupportedException">The engine does not know this nonlinearity.</exception>
    public static double ExecuteScalar(Activation activation, double x) => activation switch
    {
        Activation.Silu => x / (1 + Math.Exp(-x)),
        Activation.GeluTanh => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x)))),
        Activation.Gelu => x * NormalDistribution(x),
        Activation.Relu => Math.Max(x, 0),
        Activation.Tanh => Math.Tanh(x),
        _ => throw new NotSupportedException($"activation {activation} is unknown to the engine"),
    };

    /// <summary>Φ(x) by Simpson's rule over the density: slow, and right to 1e-12.</summary>
    private static double NormalDistribution(double x)
    {
        const int Steps = 2000;
        double end = Math.Min(Math.Abs(x), 12), h = end / Steps, sum = 1 + Density(end);
        for (int i = 1; i < Steps; i++)
            sum += (i % 2 == 1 ? 4 : 2) * Density(i * h);
        double area = sum * h / 3 / Math.Sqrt(2 * Math.PI);
        return x < 0 ? 0.5 - area : 0.5 + area;
    }

    private static double Density(double x) => Math.Exp(-0.5 * x * x);
}

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Weft.Inference.Kernels;

/// <summary>
/// The exponential function in fp32 with a relative error below 2e-7: 2^n · exp(r) with |r| at most half of ln 2, exp(r) by the polynomial of the Cephes
/// library (Moshier, expf). The library's own function widens to fp64 and takes several times as long.
/// </summary>
internal static class Exponential
{
    /// <summary>Where 2^n is 0 and infinity.</summary>
    private const float Least = -88.1f, Greatest = 89;

    private const float PerLog2 = 1.44269504088896341f;

    /// <summary>ln 2 in two parts, the first with few enough digits that its products with n are exact.</summary>
    private const float UpperLog2 = 0.693359375f, LowerLog2 = -2.12194440e-4f;

    private const float C1 = 5.0000001201e-1f, C2 = 1.6666665459e-1f, C3 = 4.1665795894e-2f, C4 = 8.3334519073e-3f, C5 = 1.3981999507e-3f, C6 = 1.9875691500e-4f;

    /// <summary>exp(x): 1 at 0; 0 below about -87.7, infinity above about 88.4; what is no number stays none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Of(Vector512<float> x)
    {
        x = Vector512.Min(Vector512.Max(x, Vector512.Create(Least)), Vector512.Create(Greatest));
        Vector512<float> n = Vector512.Round(x * Vector512.Create(PerLog2));
        Vector512<float> r = Vector512.MultiplyAddEstimate(n, Vector512.Create(-UpperLog2), x);
        r = Vector512.MultiplyAddEstimate(n, Vector512.Create(-LowerLog2), r);
        Vector512<float> p = Vector512.MultiplyAddEstimate(Vector512.Create(C6), r, Vector512.Create(C5));
        p = Vector512.MultiplyAddEstimate(p, r, Vector512.Create(C4));
        p = Vector512.MultiplyAddEstimate(p, r, Vector512.Create(C3));
        p = Vector512.MultiplyAddEstimate(p, r, Vector512.Create(C2));
        p = Vector512.MultiplyAddEstimate(p, r, Vector512.Create(C1));
        p = Vector512.MultiplyAddEstimate(p, r * r, r + Vector512<float>.One);
        return p * ((Vector512.ConvertToInt32Native(n) + Vector512.Create(127)) << 23).AsSingle();
    }

    /// <inheritdoc cref="Of(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Of(Vector256<float> x)
    {
        x = Vector256.Min(Vector256.Max(x, Vector256.Create(Least)), Vector256.Create(Greatest));
        Vector256<float> n = Vector256.Round(x * Vector256.Create(PerLog2));
        Vector256<float> r = Vector256.MultiplyAddEstimate(n, Vector256.Create(-UpperLog2), x);
        r = Vector256.MultiplyAddEstimate(n, Vector256.Create(-LowerLog2), r);
        Vector256<float> p = Vector256.MultiplyAddEstimate(Vector256.Create(C6), r, Vector256.Create(C5));
        p = Vector256.MultiplyAddEstimate(p, r, Vector256.Create(C4));
        p = Vector256.MultiplyAddEstimate(p, r, Vector256.Create(C3));
        p = Vector256.MultiplyAddEstimate(p, r, Vector256.Create(C2));
        p = Vector256.MultiplyAddEstimate(p, r, Vector256.Create(C1));
        p = Vector256.MultiplyAddEstimate(p, r * r, r + Vector256<float>.One);
        return p * ((Vector256.ConvertToInt32Native(n) + Vector256.Create(127)) << 23).AsSingle();
    }

    /// <inheritdoc cref="Of(Vector512{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Of(Vector128<float> x)
    {
        x = Vector128.Min(Vector128.Max(x, Vector128.Create(Least)), Vector128.Create(Greatest));
        Vector128<float> n = Vector128.Round(x * Vector128.Create(PerLog2));
        Vector128<float> r = Vector128.MultiplyAddEstimate(n, Vector128.Create(-UpperLog2), x);
        r = Vector128.MultiplyAddEstimate(n, Vector128.Create(-LowerLog2), r);
        Vector128<float> p = Vector128.MultiplyAddEstimate(Vector128.Create(C6), r, Vector128.Create(C5));
        p = Vector128.MultiplyAddEstimate(p, r, Vector128.Create(C4));
        p = Vector128.MultiplyAddEstimate(p, r, Vector128.Create(C3));
        p = Vector128.MultiplyAddEstimate(p, r, Vector128.Create(C2));
        p = Vector128.MultiplyAddEstimate(p, r, Vector128.Create(C1));
        p = Vector128.MultiplyAddEstimate(p, r * r, r + Vector128<float>.One);
        return p * ((Vector128.ConvertToInt32Native(n) + Vector128.Create(127)) << 23).AsSingle();
    }
}

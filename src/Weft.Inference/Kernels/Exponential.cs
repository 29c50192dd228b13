using System.Runtime.CompilerServices;

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

    /// <summary>exp(x): 1 at 0; 0 below about -87.7, infinity above about 88.4; what is no number stays none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Of<TLanes, TVector>(TVector x)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        x = TLanes.Min(TLanes.Broadcast(Greatest), TLanes.Max(TLanes.Broadcast(Least), x));
        TVector n = TLanes.Round(TLanes.Multiply(x, TLanes.Broadcast(PerLog2)));
        TVector r = TLanes.MultiplyAdd(n, TLanes.Broadcast(-UpperLog2), x);
        r = TLanes.MultiplyAdd(n, TLanes.Broadcast(-LowerLog2), r);
        TVector p = TLanes.MultiplyAdd(TLanes.Broadcast(1.9875691500e-4f), r, TLanes.Broadcast(1.3981999507e-3f));
        p = TLanes.MultiplyAdd(p, r, TLanes.Broadcast(8.3334519073e-3f));
        p = TLanes.MultiplyAdd(p, r, TLanes.Broadcast(4.1665795894e-2f));
        p = TLanes.MultiplyAdd(p, r, TLanes.Broadcast(1.6666665459e-1f));
        p = TLanes.MultiplyAdd(p, r, TLanes.Broadcast(5.0000001201e-1f));
        p = TLanes.MultiplyAdd(p, TLanes.Multiply(r, r), TLanes.Add(r, TLanes.Broadcast(1)));
        return TLanes.Multiply(p, TLanes.PowerOfTwo(n));
    }
}

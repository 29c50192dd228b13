using System.Runtime.CompilerServices;

namespace Weft.Inference.Kernels;

/// <summary>
/// Sums over a row. The order of the additions is fixed by the length alone; a library sum may start at the next aligned
/// address, and its bits would then depend on where the row lies.
/// </summary>
internal static unsafe class Reduction
{
    /// <summary>Sum of <paramref name="count"/> values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Sum<TLanes, TVector>(float* x, int count)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        TVector sums = TLanes.Zero;
        int i = 0;
        for (; i <= count - TLanes.Count; i += TLanes.Count)
            sums = TLanes.Add(sums, TLanes.Load(x + i));
        float sum = TLanes.Sum4(sums, sums, sums, sums)[0];
        for (; i < count; i++)
            sum += x[i];
        return sum;
    }

    /// <summary>Sum of the squared distances from <paramref name="center"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float SumOfSquares<TLanes, TVector>(float* x, float center, int count)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        TVector sums = TLanes.Zero, centers = TLanes.Broadcast(center);
        int i = 0;
        for (; i <= count - TLanes.Count; i += TLanes.Count)
        {
            TVector distance = TLanes.Subtract(TLanes.Load(x + i), centers);
            sums = TLanes.MultiplyAdd(distance, distance, sums);
        }
        float sum = TLanes.Sum4(sums, sums, sums, sums)[0];
        for (; i < count; i++)
            sum += (x[i] - center) * (x[i] - center);
        return sum;
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Weft.Inference.Kernels;

// D hidden.

/// <summary>x · gain / sqrt(mean(x²) + epsilon) over one position's D values (Zhang and Sennrich 2019, arXiv:1910.07467).</summary>
internal static unsafe class RmsNorm
{
    /// <summary>Normalises [D]; <paramref name="output"/> may be <paramref name="x"/>.</summary>
    public static void Execute(float* x, float* gain, float epsilon, float* output, int size)
    {
        if (Vector512.IsHardwareAccelerated)
            Run<Lanes512, Vector512<float>>(x, gain, epsilon, output, size);
        else if (Vector256.IsHardwareAccelerated)
            Run<Lanes256, Vector256<float>>(x, gain, epsilon, output, size);
        else
            Run<Lanes128, Vector128<float>>(x, gain, epsilon, output, size);
    }

    /// <summary>The specification of the kernel.</summary>
    public static void ExecuteScalar(ReadOnlySpan<float> x, ReadOnlySpan<float> gain, float epsilon, Span<float> output)
    {
        float squares = 0;
        foreach (float value in x)
            squares += value * value;
        float scale = 1 / MathF.Sqrt((squares / x.Length) + epsilon);
        for (int d = 0; d < x.Length; d++)
            output[d] = x[d] * scale * gain[d];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<TLanes, TVector>(float* x, float* gain, float epsilon, float* output, int size)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        float scale = 1 / MathF.Sqrt((Reduction.SumOfSquares<TLanes, TVector>(x, 0, size) / size) + epsilon);
        TVector scales = TLanes.Broadcast(scale);
        int d = 0;
        for (; d <= size - TLanes.Count; d += TLanes.Count)
            TLanes.Store(TLanes.Multiply(TLanes.Multiply(TLanes.Load(x + d), scales), TLanes.Load(gain + d)), output + d);
        for (; d < size; d++)
            output[d] = x[d] * scale * gain[d];
    }
}

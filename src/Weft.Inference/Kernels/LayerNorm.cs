using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Weft.Inference.Kernels;

// D hidden.

/// <summary>
/// (x - mean) · gain / sqrt(variance + epsilon) (+ bias) over one position's D values (Ba et al. 2016, arXiv:1607.06450). The
/// variance is taken around the mean in a second pass: E[x²] - E[x]² loses all digits where the mean is large.
/// </summary>
internal static unsafe class LayerNorm
{
    /// <summary>Normalises [D]; <paramref name="bias"/> may be null; <paramref name="output"/> may be <paramref name="x"/>.</summary>
    public static void Execute(float* x, float* gain, float* bias, float epsilon, float* output, int size)
    {
        if (Vector512.IsHardwareAccelerated)
            Run<Lanes512, Vector512<float>>(x, gain, bias, epsilon, output, size);
        else if (Vector256.IsHardwareAccelerated)
            Run<Lanes256, Vector256<float>>(x, gain, bias, epsilon, output, size);
        else
            Run<Lanes128, Vector128<float>>(x, gain, bias, epsilon, output, size);
    }

    /// <summary>The specification of the kernel; an empty bias is none.</summary>
    public static void ExecuteScalar(ReadOnlySpan<float> x, ReadOnlySpan<float> gain, ReadOnlySpan<float> bias, float epsilon, Span<float> output)
    {
        float sum = 0, squares = 0;
        foreach (float value in x)
            sum += value;
        float mean = sum / x.Length;
        foreach (float value in x)
            squares += (value - mean) * (value - mean);
        float scale = 1 / MathF.Sqrt((squares / x.Length) + epsilon);
        for (int d = 0; d < x.Length; d++)
            output[d] = ((x[d] - mean) * scale * gain[d]) + (bias.IsEmpty ? 0 : bias[d]);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<TLanes, TVector>(float* x, float* gain, float* bias, float epsilon, float* output, int size)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        float mean = Reduction.Sum<TLanes, TVector>(x, size) / size;
        float scale = 1 / MathF.Sqrt((Reduction.SumOfSquares<TLanes, TVector>(x, mean, size) / size) + epsilon);
        TVector means = TLanes.Broadcast(mean), scales = TLanes.Broadcast(scale);
        int d = 0;
        for (; d <= size - TLanes.Count; d += TLanes.Count)
        {
            TVector normal = TLanes.Multiply(TLanes.Subtract(TLanes.Load(x + d), means), scales);
            TVector offset = bias == null ? TLanes.Zero : TLanes.Load(bias + d);
            TLanes.Store(TLanes.MultiplyAdd(normal, TLanes.Load(gain + d), offset), output + d);
        }
        for (; d < size; d++)
            output[d] = ((x[d] - mean) * scale * gain[d]) + (bias == null ? 0 : bias[d]);
    }
}

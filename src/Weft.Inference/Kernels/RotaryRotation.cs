using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Weft.Inference.Kernels;

// S head size.

/// <summary>
/// Rotary positions on one head (Su et al. 2021, arXiv:2104.09864), half-split: value i of the first half and value i of the second
/// are one pair, turned by the angle of that pair at this position. Or interleaved, where neighbours are a pair.
/// </summary>
internal static unsafe class RotaryRotation
{
    /// <summary>Turns [S] in place by the angles whose cosines and sines are given, [S/2] each.</summary>
    public static void Execute(float* head, float* cosine, float* sine, int headSize)
    {
        if (Vector512.IsHardwareAccelerated)
            Run<Lanes512, Vector512<float>>(head, cosine, sine, headSize / 2);
        else if (Vector256.IsHardwareAccelerated)
            Run<Lanes256, Vector256<float>>(head, cosine, sine, headSize / 2);
        else
            Run<Lanes128, Vector128<float>>(head, cosine, sine, headSize / 2);
    }

    /// <summary>The specification of the kernel.</summary>
    public static void ExecuteScalar(Span<float> head, ReadOnlySpan<float> cosine, ReadOnlySpan<float> sine)
    {
        int half = head.Length / 2;
        for (int i = 0; i < half; i++)
        {
            float first = head[i], second = head[half + i];
            head[i] = (first * cosine[i]) - (second * sine[i]);
            head[half + i] = (second * cosine[i]) + (first * sine[i]);
        }
    }

    /// <summary>Turns neighbours against each other: the values 2i and 2i + 1 are pair i.</summary>
    /// <inheritdoc cref="Execute"/>
    public static void ExecuteInterleaved(float* head, float* cosine, float* sine, int headSize)
    {
        for (int i = 0; i < headSize / 2; i++)
        {
            float first = head[2 * i], second = head[(2 * i) + 1];
            head[2 * i] = (first * cosine[i]) - (second * sine[i]);
            head[(2 * i) + 1] = (second * cosine[i]) + (first * sine[i]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<TLanes, TVector>(float* head, float* cosine, float* sine, int half)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        int i = 0;
        for (; i <= half - TLanes.Count; i += TLanes.Count)
        {
            TVector first = TLanes.Load(head + i), second = TLanes.Load(head + half + i);
            TVector cosines = TLanes.Load(cosine + i), sines = TLanes.Load(sine + i);
            TLanes.Store(TLanes.Subtract(TLanes.Multiply(first, cosines), TLanes.Multiply(second, sines)), head + i);
            TLanes.Store(TLanes.Add(TLanes.Multiply(second, cosines), TLanes.Multiply(first, sines)), head + half + i);
        }
        for (; i < half; i++)
        {
            float first = head[i], second = head[half + i];
            head[i] = (first * cosine[i]) - (second * sine[i]);
            head[half + i] = (second * cosine[i]) + (first * sine[i]);
        }
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Weft.Model.Spec;

namespace Weft.Inference.Kernels;

// F inner size.

/// <summary>Applies a nonlinearity to a row and, in a gated feed-forward part, multiplies by the other projection.</summary>
internal static unsafe class ActivationKernel
{
    /// <summary>
    /// The kernel of a nonlinearity: (x, factor, output, F) computes output = activation(x) · factor over [F]. A null factor is 1; the
    /// output may be either operand.
    /// </summary>
    /// <exception cref="NotSupportedException">The engine does not know this nonlinearity.</exception>
    public static delegate*<float*, float*, float*, int, void> Of(Activation activation) => activation switch
    {
        Activation.Silu => &Execute<Silu>,
        Activation.GeluTanh => &Execute<GeluTanh>,
        Activation.Gelu => &Execute<Gelu>,
        Activation.Relu => &Execute<Relu>,
        Activation.Tanh => &Execute<Tanh>,
        _ => throw new NotSupportedException($"activation {activation} is unknown to the engine"),
    };

    private static void Execute<TActivation>(float* x, float* factor, float* output, int count)
        where TActivation : struct, IActivation
    {
        if (Vector512.IsHardwareAccelerated)
            Run<TActivation, Lanes512, Vector512<float>>(x, factor, output, count);
        else if (Vector256.IsHardwareAccelerated)
            Run<TActivation, Lanes256, Vector256<float>>(x, factor, output, count);
        else
            Run<TActivation, Lanes128, Vector128<float>>(x, factor, output, count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<TActivation, TLanes, TVector>(float* x, float* factor, float* output, int count)
        where TActivation : struct, IActivation
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        int i = 0;
        for (; i <= count - TLanes.Count; i += TLanes.Count)
            Step<TActivation, TLanes, TVector>(x + i, factor == null ? null : factor + i, output + i);
        if (i == count)
            return;
        // The rest is computed in a full vector too, so that there is one formula and not two that differ in the last bit.
        float* rest = stackalloc float[2 * TLanes.Count];
        Copy(x + i, rest, count - i);
        if (factor != null)
            Copy(factor + i, rest + TLanes.Count, count - i);
        Step<TActivation, TLanes, TVector>(rest, factor == null ? null : rest + TLanes.Count, rest);
        Copy(rest, output + i, count - i);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step<TActivation, TLanes, TVector>(float* x, float* factor, float* output)
        where TActivation : struct, IActivation
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        TVector y = TActivation.Apply<TLanes, TVector>(TLanes.Load(x));
        TLanes.Store(factor == null ? y : TLanes.Multiply(y, TLanes.Load(factor)), output);
    }

    private static void Copy(float* source, float* destination, int count) => new ReadOnlySpan<float>(source, count).CopyTo(new(destination, count));
}

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Weft.Inference.Kernels;

// T tokens, I inputs (the reduced dimension), O outputs.

/// <summary>One matrix that an input is multiplied with, and where the product goes.</summary>
internal unsafe struct Projection
{
    /// <summary>[O, I], rows adjacent.</summary>
    public float* Weight;

    /// <summary>[O], or null.</summary>
    public float* Bias;

    /// <summary>[T, O], rows adjacent.</summary>
    public float* Output;

    /// <summary>O.</summary>
    public int Outputs;

    /// <summary>The product is added to what the output holds: the residual line.</summary>
    public bool Accumulate;
}

/// <summary>
/// The innermost blocks of the matrix product: a few tokens by four outputs, one vector accumulator for each pair, running along I.
/// Every tile adds the terms of an element in the same order, so an element's bits depend neither on how many tokens are computed
/// together nor on which thread computes it; prefill and decode agree exactly.
/// </summary>
internal static unsafe class MatMulTile<TLanes, TVector>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    /// <summary>Outputs of a tile.</summary>
    public const int Outputs = 4;

    /// <summary>Tokens of the tallest tile: 24 accumulators fill the 32 registers of AVX-512.</summary>
    public const int MostTokens = 6;

    /// <summary>Six tokens by four outputs.</summary>
    public static void Six(float* x, int inputs, in Projection p, int token, int output)
    {
        Vector128<float>* sums = stackalloc Vector128<float>[MostTokens];
        SumSix(x + ((nint)token * inputs), p.Weight + ((nint)output * inputs), inputs, sums);
        Finish(sums, MostTokens, x, inputs, p, token, output);
    }

    /// <summary>Two tokens by four outputs: what fits the 16 registers of narrower machines.</summary>
    public static void Two(float* x, int inputs, in Projection p, int token, int output)
    {
        Vector128<float>* sums = stackalloc Vector128<float>[2];
        SumTwo(x + ((nint)token * inputs), p.Weight + ((nint)output * inputs), inputs, sums);
        Finish(sums, 2, x, inputs, p, token, output);
    }

    /// <summary>One token by up to four outputs: decoding, and the edges. Missing outputs repeat the last row and are dropped.</summary>
    public static void One(float* x, int inputs, in Projection p, int token, int output)
    {
        Vector128<float>* sums = stackalloc Vector128<float>[1];
        SumOne(x + ((nint)token * inputs), p.Weight + ((nint)output * inputs), inputs, Math.Min(Outputs, p.Outputs - output), sums);
        Finish(sums, 1, x, inputs, p, token, output);
    }

    // The loops below stand in functions that call nothing: around a call the compiler keeps accumulators in memory, also inside
    // the loop, which costs three quarters of the speed.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void SumSix(float* x0, float* w0, nint n, Vector128<float>* sums)
    {
        float* x1 = x0 + n, x2 = x1 + n, x3 = x2 + n, x4 = x3 + n, x5 = x4 + n;
        float* w1 = w0 + n, w2 = w1 + n, w3 = w2 + n;
        TVector a0 = TLanes.Zero, a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
        TVector c0 = a0, c1 = a0, c2 = a0, c3 = a0, d0 = a0, d1 = a0, d2 = a0, d3 = a0;
        TVector e0 = a0, e1 = a0, e2 = a0, e3 = a0, f0 = a0, f1 = a0, f2 = a0, f3 = a0;
        for (nint i = 0; i <= n - TLanes.Count; i += TLanes.Count)
        {
            TVector u0 = TLanes.Load(w0 + i), u1 = TLanes.Load(w1 + i), u2 = TLanes.Load(w2 + i), u3 = TLanes.Load(w3 + i);
            TVector v = TLanes.Load(x0 + i);
            (a0, a1) = (TLanes.MultiplyAdd(v, u0, a0), TLanes.MultiplyAdd(v, u1, a1));
            (a2, a3) = (TLanes.MultiplyAdd(v, u2, a2), TLanes.MultiplyAdd(v, u3, a3));
            v = TLanes.Load(x1 + i);
            (b0, b1) = (TLanes.MultiplyAdd(v, u0, b0), TLanes.MultiplyAdd(v, u1, b1));
            (b2, b3) = (TLanes.MultiplyAdd(v, u2, b2), TLanes.MultiplyAdd(v, u3, b3));
            v = TLanes.Load(x2 + i);
            (c0, c1) = (TLanes.MultiplyAdd(v, u0, c0), TLanes.MultiplyAdd(v, u1, c1));
            (c2, c3) = (TLanes.MultiplyAdd(v, u2, c2), TLanes.MultiplyAdd(v, u3, c3));
            v = TLanes.Load(x3 + i);
            (d0, d1) = (TLanes.MultiplyAdd(v, u0, d0), TLanes.MultiplyAdd(v, u1, d1));
            (d2, d3) = (TLanes.MultiplyAdd(v, u2, d2), TLanes.MultiplyAdd(v, u3, d3));
            v = TLanes.Load(x4 + i);
            (e0, e1) = (TLanes.MultiplyAdd(v, u0, e0), TLanes.MultiplyAdd(v, u1, e1));
            (e2, e3) = (TLanes.MultiplyAdd(v, u2, e2), TLanes.MultiplyAdd(v, u3, e3));
            v = TLanes.Load(x5 + i);
            (f0, f1) = (TLanes.MultiplyAdd(v, u0, f0), TLanes.MultiplyAdd(v, u1, f1));
            (f2, f3) = (TLanes.MultiplyAdd(v, u2, f2), TLanes.MultiplyAdd(v, u3, f3));
        }
        sums[0] = TLanes.Sum4(a0, a1, a2, a3);
        sums[1] = TLanes.Sum4(b0, b1, b2, b3);
        sums[2] = TLanes.Sum4(c0, c1, c2, c3);
        sums[3] = TLanes.Sum4(d0, d1, d2, d3);
        sums[4] = TLanes.Sum4(e0, e1, e2, e3);
        sums[5] = TLanes.Sum4(f0, f1, f2, f3);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void SumTwo(float* x0, float* w0, nint n, Vector128<float>* sums)
    {
        float* x1 = x0 + n, w1 = w0 + n, w2 = w1 + n, w3 = w2 + n;
        TVector a0 = TLanes.Zero, a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
        for (nint i = 0; i <= n - TLanes.Count; i += TLanes.Count)
        {
            TVector u = TLanes.Load(x0 + i), v = TLanes.Load(x1 + i);
            TVector w = TLanes.Load(w0 + i);
            (a0, b0) = (TLanes.MultiplyAdd(u, w, a0), TLanes.MultiplyAdd(v, w, b0));
            w = TLanes.Load(w1 + i);
            (a1, b1) = (TLanes.MultiplyAdd(u, w, a1), TLanes.MultiplyAdd(v, w, b1));
            w = TLanes.Load(w2 + i);
            (a2, b2) = (TLanes.MultiplyAdd(u, w, a2), TLanes.MultiplyAdd(v, w, b2));
            w = TLanes.Load(w3 + i);
            (a3, b3) = (TLanes.MultiplyAdd(u, w, a3), TLanes.MultiplyAdd(v, w, b3));
        }
        sums[0] = TLanes.Sum4(a0, a1, a2, a3);
        sums[1] = TLanes.Sum4(b0, b1, b2, b3);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void SumOne(float* x0, float* w0, nint n, int outputs, Vector128<float>* sums)
    {
        int last = outputs - 1;
        float* w1 = w0 + (Math.Min(1, last) * n), w2 = w0 + (Math.Min(2, last) * n), w3 = w0 + (last * n);
        TVector a0 = TLanes.Zero, a1 = a0, a2 = a0, a3 = a0;
        for (nint i = 0; i <= n - TLanes.Count; i += TLanes.Count)
        {
            TVector v = TLanes.Load(x0 + i);
            a0 = TLanes.MultiplyAdd(v, TLanes.Load(w0 + i), a0);
            a1 = TLanes.MultiplyAdd(v, TLanes.Load(w1 + i), a1);
            a2 = TLanes.MultiplyAdd(v, TLanes.Load(w2 + i), a2);
            a3 = TLanes.MultiplyAdd(v, TLanes.Load(w3 + i), a3);
        }
        sums[0] = TLanes.Sum4(a0, a1, a2, a3);
    }

    /// <summary>Adds the last inputs that fill no vector, the bias and the residual, and stores up to four outputs for each token.</summary>
    private static void Finish(Vector128<float>* sums, int tokens, float* x, int inputs, in Projection p, int token, int output)
    {
        bool whole = inputs % TLanes.Count == 0 && output <= p.Outputs - Outputs;
        for (int t = 0; t < tokens; t++, token++)
        {
            float* destination = p.Output + ((nint)token * p.Outputs) + output;
            if (!whole)
            {
                FinishSlowly(sums[t], x + ((nint)token * inputs), inputs, p, destination, output);
                continue;
            }
            Vector128<float> sum = sums[t];
            if (p.Bias != null)
                sum += Vector128.Load(p.Bias + output);
            if (p.Accumulate)
                sum += Vector128.Load(destination);
            sum.Store(destination);
        }
    }

    private static void FinishSlowly(Vector128<float> sums, float* x, int inputs, in Projection p, float* destination, int output)
    {
        int outputs = Math.Min(Outputs, p.Outputs - output);
        for (int o = 0; o < outputs; o++)
        {
            float sum = sums[o];
            float* weight = p.Weight + ((nint)(output + o) * inputs);
            for (int i = inputs - (inputs % TLanes.Count); i < inputs; i++)
                sum = float.MultiplyAddEstimate(x[i], weight[i], sum);
            if (p.Bias != null)
                sum += p.Bias[output + o];
            if (p.Accumulate)
                sum += destination[o];
            destination[o] = sum;
        }
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Weft.Inference.Kernels.Panels;

// T tokens, I inputs.

/// <summary>
/// Rows of fp32 by four vectors of outputs. Each sum adds its inputs one after the other in the same order in every tile, so a result depends
/// neither on how many rows are computed together nor on which thread computes it.
/// </summary>
internal static unsafe class FloatTile<TLanes, TVector>
    where TLanes : struct, ILanes<TVector>
    where TVector : unmanaged
{
    /// <summary>Vectors of outputs of a tile.</summary>
    public const int Vectors = 4;

    /// <summary>Rows of the tallest tile: 24 sums leave 8 of the 32 registers of AVX-512.</summary>
    public const int MostRows = 6;

    /// <summary>Rows of the tile for machines with 16 registers.</summary>
    public const int FewRows = 2;

    /// <summary>The rows that are computed together, where so many are left.</summary>
    public static int Rows(int left) => left >= MostRows && TLanes.Count == Vector512<float>.Count ? MostRows : left >= FewRows ? FewRows : 1;

    /// <summary>As many rows as <see cref="Rows"/> says.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Multiply(int rows, in Inputs x, in Columns weights, float* sums)
    {
        if (rows == MostRows)
            Six(x, weights, sums);
        else if (rows == FewRows)
            Two(x, weights, sums);
        else
            One(x, weights, sums);
    }

    // The loops stand in functions that call nothing: around a call the compiler keeps sums in memory, also inside the loop, which costs three
    // quarters of the speed.

    /// <summary>Six rows.</summary>
    /// <param name="x">[6, I].</param>
    /// <param name="weights">Four vectors of outputs.</param>
    /// <param name="sums">Receives [6, 4] vectors.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Six(in Inputs x, in Columns weights, float* sums)
    {
        nint n = x.Count, next = x.Step, step = weights.Step;
        float* x0 = x.First, x1 = x0 + next, x2 = x1 + next, x3 = x2 + next, x4 = x3 + next, x5 = x4 + next;
        float* w0 = weights.First, w1 = weights.Second, w2 = weights.Third, w3 = weights.Fourth;
        TVector a0 = TLanes.Zero, a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
        TVector c0 = a0, c1 = a0, c2 = a0, c3 = a0, d0 = a0, d1 = a0, d2 = a0, d3 = a0;
        TVector e0 = a0, e1 = a0, e2 = a0, e3 = a0, f0 = a0, f1 = a0, f2 = a0, f3 = a0;
        for (nint i = 0, at = 0; i < n; i++, at += step)
        {
            TVector u0 = TLanes.Load(w0 + at), u1 = TLanes.Load(w1 + at), u2 = TLanes.Load(w2 + at), u3 = TLanes.Load(w3 + at);
            TVector v = TLanes.Broadcast(x0[i]);
            (a0, a1) = (TLanes.MultiplyAdd(v, u0, a0), TLanes.MultiplyAdd(v, u1, a1));
            (a2, a3) = (TLanes.MultiplyAdd(v, u2, a2), TLanes.MultiplyAdd(v, u3, a3));
            v = TLanes.Broadcast(x1[i]);
            (b0, b1) = (TLanes.MultiplyAdd(v, u0, b0), TLanes.MultiplyAdd(v, u1, b1));
            (b2, b3) = (TLanes.MultiplyAdd(v, u2, b2), TLanes.MultiplyAdd(v, u3, b3));
            v = TLanes.Broadcast(x2[i]);
            (c0, c1) = (TLanes.MultiplyAdd(v, u0, c0), TLanes.MultiplyAdd(v, u1, c1));
            (c2, c3) = (TLanes.MultiplyAdd(v, u2, c2), TLanes.MultiplyAdd(v, u3, c3));
            v = TLanes.Broadcast(x3[i]);
            (d0, d1) = (TLanes.MultiplyAdd(v, u0, d0), TLanes.MultiplyAdd(v, u1, d1));
            (d2, d3) = (TLanes.MultiplyAdd(v, u2, d2), TLanes.MultiplyAdd(v, u3, d3));
            v = TLanes.Broadcast(x4[i]);
            (e0, e1) = (TLanes.MultiplyAdd(v, u0, e0), TLanes.MultiplyAdd(v, u1, e1));
            (e2, e3) = (TLanes.MultiplyAdd(v, u2, e2), TLanes.MultiplyAdd(v, u3, e3));
            v = TLanes.Broadcast(x5[i]);
            (f0, f1) = (TLanes.MultiplyAdd(v, u0, f0), TLanes.MultiplyAdd(v, u1, f1));
            (f2, f3) = (TLanes.MultiplyAdd(v, u2, f2), TLanes.MultiplyAdd(v, u3, f3));
        }
        Store(a0, a1, a2, a3, sums);
        Store(b0, b1, b2, b3, sums + (Vectors * TLanes.Count));
        Store(c0, c1, c2, c3, sums + (2 * Vectors * TLanes.Count));
        Store(d0, d1, d2, d3, sums + (3 * Vectors * TLanes.Count));
        Store(e0, e1, e2, e3, sums + (4 * Vectors * TLanes.Count));
        Store(f0, f1, f2, f3, sums + (5 * Vectors * TLanes.Count));
    }

    /// <summary>Two rows.</summary>
    /// <inheritdoc cref="Six"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Two(in Inputs x, in Columns weights, float* sums)
    {
        nint n = x.Count, step = weights.Step;
        float* x0 = x.First, x1 = x0 + x.Step;
        float* w0 = weights.First, w1 = weights.Second, w2 = weights.Third, w3 = weights.Fourth;
        TVector a0 = TLanes.Zero, a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
        for (nint i = 0, at = 0; i < n; i++, at += step)
        {
            TVector u = TLanes.Broadcast(x0[i]), v = TLanes.Broadcast(x1[i]);
            TVector w = TLanes.Load(w0 + at);
            (a0, b0) = (TLanes.MultiplyAdd(u, w, a0), TLanes.MultiplyAdd(v, w, b0));
            w = TLanes.Load(w1 + at);
            (a1, b1) = (TLanes.MultiplyAdd(u, w, a1), TLanes.MultiplyAdd(v, w, b1));
            w = TLanes.Load(w2 + at);
            (a2, b2) = (TLanes.MultiplyAdd(u, w, a2), TLanes.MultiplyAdd(v, w, b2));
            w = TLanes.Load(w3 + at);
            (a3, b3) = (TLanes.MultiplyAdd(u, w, a3), TLanes.MultiplyAdd(v, w, b3));
        }
        Store(a0, a1, a2, a3, sums);
        Store(b0, b1, b2, b3, sums + (Vectors * TLanes.Count));
    }

    /// <summary>One row: decoding, and the edges.</summary>
    /// <inheritdoc cref="Six"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void One(in Inputs x, in Columns weights, float* sums)
    {
        nint n = x.Count, step = weights.Step;
        float* x0 = x.First;
        float* w0 = weights.First, w1 = weights.Second, w2 = weights.Third, w3 = weights.Fourth;
        TVector a0 = TLanes.Zero, a1 = a0, a2 = a0, a3 = a0;
        for (nint i = 0, at = 0; i < n; i++, at += step)
        {
            TVector v = TLanes.Broadcast(x0[i]);
            (a0, a1) = (TLanes.MultiplyAdd(v, TLanes.Load(w0 + at), a0), TLanes.MultiplyAdd(v, TLanes.Load(w1 + at), a1));
            (a2, a3) = (TLanes.MultiplyAdd(v, TLanes.Load(w2 + at), a2), TLanes.MultiplyAdd(v, TLanes.Load(w3 + at), a3));
        }
        Store(a0, a1, a2, a3, sums);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(TVector a, TVector b, TVector c, TVector d, float* sums)
    {
        TLanes.Store(a, sums);
        TLanes.Store(b, sums + TLanes.Count);
        TLanes.Store(c, sums + (2 * TLanes.Count));
        TLanes.Store(d, sums + (3 * TLanes.Count));
    }

    /// <summary>Rows of input.</summary>
    /// <param name="Address">The first of them.</param>
    /// <param name="Step">Floats from a row to the next.</param>
    /// <param name="Count">I.</param>
    internal readonly record struct Inputs(nint Address, nint Step, nint Count)
    {
        public float* First => (float*)Address;
    }

    /// <summary>Four vectors of outputs.</summary>
    internal readonly struct Columns
    {
        public readonly float* First, Second, Third, Fourth;

        /// <summary>Floats from an input to the next.</summary>
        public readonly nint Step;

        /// <summary>Four vectors that lie together.</summary>
        /// <param name="first">Those of the first input.</param>
        /// <param name="step">Floats from an input to the next.</param>
        public Columns(float* first, nint step)
        {
            First = first;
            Second = first + TLanes.Count;
            Third = first + (2 * TLanes.Count);
            Fourth = first + (3 * TLanes.Count);
            Step = step;
        }

        /// <summary>Vectors of panels.</summary>
        /// <param name="panel">The panel of the first.</param>
        /// <param name="panelStep">Floats from a panel to the next.</param>
        /// <param name="panels">Panels that there are: vectors of others repeat the last.</param>
        public Columns(float* panel, nint panelStep, int panels)
        {
            First = Vector(panel, panelStep, panels, 0);
            Second = Vector(panel, panelStep, panels, 1);
            Third = Vector(panel, panelStep, panels, 2);
            Fourth = Vector(panel, panelStep, panels, 3);
            Step = PanelLayout.Width;
        }

        private static float* Vector(float* panel, nint step, int panels, int index)
        {
            (int place, int part) = Math.DivRem(index, PanelLayout.Width / TLanes.Count);
            return panel + (Math.Min(place, panels - 1) * step) + (part * TLanes.Count);
        }
    }
}

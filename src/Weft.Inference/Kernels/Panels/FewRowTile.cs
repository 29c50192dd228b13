using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Weft.Inference.Kernels.Panels;

// I inputs.

/// <summary>
/// One or two rows of fp32, of an even number of inputs, by four vectors of outputs in 16 bits, widened in registers: decoding, where widening into memory first takes several times as long
/// as reading the weights. Sums are those of <see cref="FloatTile{TLanes, TVector}"/> on widened panels to the bit.
/// </summary>
internal static unsafe class FewRowTile<TLanes, TWeights, TVector>
    where TLanes : struct, ILanes<TVector>
    where TWeights : struct, IHalfWeights<TVector>
    where TVector : unmanaged
{
    /// <summary>Vectors of outputs of a tile.</summary>
    public const int Vectors = 4;

    /// <summary>Rows of the taller tile.</summary>
    public const int MostRows = 2;

    /// <summary>Bytes of two inputs.</summary>
    private const int PairBytes = 2 * PanelLayout.Width * sizeof(ushort);

    /// <summary>How far ahead weights are fetched, in bytes: the processor's own look ahead begins anew with every panel.</summary>
    private const int Ahead = 8192;

    private static int VectorsOfPanel => PanelLayout.Width / TLanes.Count;

    /// <summary>Computes a tile.</summary>
    /// <param name="rows">1 or 2.</param>
    /// <param name="x">[rows, I].</param>
    /// <param name="panels">Where the vectors' panels begin.</param>
    /// <param name="sums">Receives [rows, 4] vectors.</param>
    /// <returns>Whether the weights were of the kind that is read.</returns>
    public static bool Multiply(int rows, in FloatTile<TLanes, TVector>.Inputs x, in Panels panels, float* sums) =>
        rows == MostRows ? Two(x, panels, sums) : One(x, panels, sums);

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static bool One(in FloatTile<TLanes, TVector>.Inputs x, in Panels panels, float* sums)
    {
        float* x0 = x.First;
        nint end = x.Count / 2 * PairBytes, others = (panels.Count - 1) * panels.Step;
        byte* w0 = panels.Vector(0), w1 = panels.Vector(1), w2 = panels.Vector(2), w3 = panels.Vector(3);
        TVector a0 = TLanes.Zero, a1 = a0, a2 = a0, a3 = a0, noted = a0;
        for (nint i = 0, at = 0; i < x.Count; i += 2, at += PairBytes)
        {
            // Behind the last input of these panels come the first ones of the next.
            nint ahead = at + Ahead < end ? Ahead : Ahead + others;
            noted = Prepare(0, w0 + at, ahead, noted);
            noted = Prepare(1, w1 + at, ahead, noted);
            noted = Prepare(2, w2 + at, ahead, noted);
            noted = Prepare(3, w3 + at, ahead, noted);
            TVector u = TLanes.Broadcast(x0[i]), v = TLanes.Broadcast(x0[i + 1]);
            a0 = TLanes.MultiplyAdd(v, TWeights.Second(w0 + at), TLanes.MultiplyAdd(u, TWeights.First(w0 + at), a0));
            a1 = TLanes.MultiplyAdd(v, TWeights.Second(w1 + at), TLanes.MultiplyAdd(u, TWeights.First(w1 + at), a1));
            a2 = TLanes.MultiplyAdd(v, TWeights.Second(w2 + at), TLanes.MultiplyAdd(u, TWeights.First(w2 + at), a2));
            a3 = TLanes.MultiplyAdd(v, TWeights.Second(w3 + at), TLanes.MultiplyAdd(u, TWeights.First(w3 + at), a3));
        }
        Store(a0, a1, a2, a3, sums);
        return !TWeights.Failed(noted);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static bool Two(in FloatTile<TLanes, TVector>.Inputs x, in Panels panels, float* sums)
    {
        float* x0 = x.First, x1 = x0 + x.Step;
        nint end = x.Count / 2 * PairBytes, others = (panels.Count - 1) * panels.Step;
        byte* w0 = panels.Vector(0), w1 = panels.Vector(1), w2 = panels.Vector(2), w3 = panels.Vector(3);
        TVector a0 = TLanes.Zero, a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0, noted = a0;
        for (nint i = 0, at = 0; i < x.Count; i += 2, at += PairBytes)
        {
            // Behind the last input of these panels come the first ones of the next.
            nint ahead = at + Ahead < end ? Ahead : Ahead + others;
            noted = Prepare(0, w0 + at, ahead, noted);
            noted = Prepare(1, w1 + at, ahead, noted);
            noted = Prepare(2, w2 + at, ahead, noted);
            noted = Prepare(3, w3 + at, ahead, noted);
            TVector u = TLanes.Broadcast(x0[i]), v = TLanes.Broadcast(x1[i]);
            TVector w = TWeights.First(w0 + at);
            (a0, b0) = (TLanes.MultiplyAdd(u, w, a0), TLanes.MultiplyAdd(v, w, b0));
            w = TWeights.First(w1 + at);
            (a1, b1) = (TLanes.MultiplyAdd(u, w, a1), TLanes.MultiplyAdd(v, w, b1));
            w = TWeights.First(w2 + at);
            (a2, b2) = (TLanes.MultiplyAdd(u, w, a2), TLanes.MultiplyAdd(v, w, b2));
            w = TWeights.First(w3 + at);
            (a3, b3) = (TLanes.MultiplyAdd(u, w, a3), TLanes.MultiplyAdd(v, w, b3));
            (u, v) = (TLanes.Broadcast(x0[i + 1]), TLanes.Broadcast(x1[i + 1]));
            w = TWeights.Second(w0 + at);
            (a0, b0) = (TLanes.MultiplyAdd(u, w, a0), TLanes.MultiplyAdd(v, w, b0));
            w = TWeights.Second(w1 + at);
            (a1, b1) = (TLanes.MultiplyAdd(u, w, a1), TLanes.MultiplyAdd(v, w, b1));
            w = TWeights.Second(w2 + at);
            (a2, b2) = (TLanes.MultiplyAdd(u, w, a2), TLanes.MultiplyAdd(v, w, b2));
            w = TWeights.Second(w3 + at);
            (a3, b3) = (TLanes.MultiplyAdd(u, w, a3), TLanes.MultiplyAdd(v, w, b3));
        }
        Store(a0, a1, a2, a3, sums);
        Store(b0, b1, b2, b3, sums + (Vectors * TLanes.Count));
        return !TWeights.Failed(noted);
    }

    /// <summary>Takes note of a vector's share of its panel's pair, and fetches ahead with a panel's first vector.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Prepare(int vector, byte* weights, nint ahead, TVector noted)
    {
        int part = vector % VectorsOfPanel;
        if (part == 0 && Sse.IsSupported)
            Sse.Prefetch0(weights + ahead);
        return TWeights.Note(noted, weights + (part * (sizeof(TVector) - TWeights.VectorBytes)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(TVector a, TVector b, TVector c, TVector d, float* sums)
    {
        TLanes.Store(a, sums);
        TLanes.Store(b, sums + TLanes.Count);
        TLanes.Store(c, sums + (2 * TLanes.Count));
        TLanes.Store(d, sums + (3 * TLanes.Count));
    }

    /// <summary>Neighbouring panels.</summary>
    /// <param name="First">The first of them.</param>
    /// <param name="Step">Bytes from a panel to the next.</param>
    /// <param name="Count">Panels that there are: vectors of others repeat the last.</param>
    internal readonly record struct Panels(nint First, nint Step, int Count)
    {
        /// <summary>Where a vector's weights begin.</summary>
        public byte* Vector(int vector) =>
            (byte*)First + (Math.Min(vector / VectorsOfPanel, Count - 1) * Step) + (vector % VectorsOfPanel * TWeights.VectorBytes);
    }
}

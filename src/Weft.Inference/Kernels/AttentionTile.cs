using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using Weft.Inference.Kernels.Panels;

namespace Weft.Inference.Kernels;

// R rows, S head size, B positions of a key block.

/// <summary>
/// A few query rows against one block of keys and values, with an online softmax (Milakov and Gimelshein 2018, arXiv:1805.02867): a row's output so far, its
/// greatest score and its sum of weights are corrected whenever a greater score turns up. Keys and values are loaded once for all rows of a tile. Blocks lie
/// at fixed positions, and rows add the same terms in the same order however many there are, so a position's result has the same bits whether its
/// sequence came as a whole or in pieces.
/// </summary>
internal static unsafe class AttentionTile<TTile, TLanes, TVector>
    where TTile : struct, ICacheTile
    where TLanes : struct, ILanes<TVector>
    where TVector : unmanaged
{
    private const int B = AttentionRow.BlockSize, MostRows = AttentionRows.MostTileRows, MostColumns = AttentionRows.MostTileColumns;

    /// <summary>Adds a block to the rows.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="keys">One head's keys, as the tile wants them.</param>
    /// <param name="values">One head's values, as the tile wants them.</param>
    public static void Add(in AttentionRows rows, byte* keys, byte* values)
    {
        for (int row = 0, count; row < rows.Count; row += count)
        {
            count = TTile.Rows(rows.Count - row);
            int visible = 0;
            for (int i = row; i < row + count; i++)
                visible = Math.Max(visible, rows.Views[i].End);
            if (visible > 0)
                Add(rows, row, count, keys, values, visible);
        }
    }

    private static void Add(in AttentionRows rows, int row, int count, byte* keys, byte* values, int visible)
    {
        // Tiles write whole vectors of outputs.
        int size = rows.Page.Size, step = (size + MostColumns - 1) / MostColumns * MostColumns;
        float* weights = stackalloc float[MostRows * B];
        float* corrections = stackalloc float[MostRows];
        TTile.Score(rows, row, count, keys, weights);
        for (int i = 0; i < count; i++)
            corrections[i] = Weigh(weights + (i * B), rows.Views[row + i], rows.States + (2 * (row + i)));
        TTile.Sum(rows, count, values, weights, visible, rows.Sums, step);
        for (int i = 0; i < count; i++)
            Correct(rows.Outputs + ((row + i) * size), corrections[i], rows.Sums + (i * step), size);
    }

    /// <summary>Scores to weights, and the row's state to what it is with them.</summary>
    /// <returns>What the output so far is to be multiplied with.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Weigh(float* scores, in AttentionRow.BlockView view, float* state)
    {
        if (view.End <= 0)
        {
            new Span<float>(scores, B).Clear();
            return 1;
        }
        if (view.SoftCap > 0)
            AttentionRow.Cap(scores, B, view.SoftCap);
        if (view.Bias != null)
            TensorPrimitives.Add(new ReadOnlySpan<float>(scores, B), new ReadOnlySpan<float>(view.Bias, B), new Span<float>(scores, B));
        // What the query does not see leaves the softmax as exact zeros.
        if (view.End < B)
            new Span<float>(scores + view.End, B - view.End).Fill(float.NegativeInfinity);
        if (view.Begin > view.SinkEnd)
            new Span<float>(scores + view.SinkEnd, view.Begin - view.SinkEnd).Fill(float.NegativeInfinity);
        TVector greatest = TLanes.Broadcast(float.NegativeInfinity), sums = TLanes.Zero;
        for (int i = 0; i < B; i += 4 * TLanes.Count)
        {
            TVector lower = TLanes.Max(TLanes.Load(scores + i), TLanes.Load(scores + i + TLanes.Count));
            TVector upper = TLanes.Max(TLanes.Load(scores + i + (2 * TLanes.Count)), TLanes.Load(scores + i + (3 * TLanes.Count)));
            greatest = TLanes.Max(greatest, TLanes.Max(lower, upper));
        }
        float before = state[0], maximum = Math.Max(before, TLanes.HorizontalMax(greatest));
        TVector maxima = TLanes.Broadcast(maximum);
        for (int i = 0; i < B; i += 4 * TLanes.Count)
        {
            TVector a = Exponential.Of<TLanes, TVector>(TLanes.Subtract(TLanes.Load(scores + i), maxima));
            TVector b = Exponential.Of<TLanes, TVector>(TLanes.Subtract(TLanes.Load(scores + i + TLanes.Count), maxima));
            TVector c = Exponential.Of<TLanes, TVector>(TLanes.Subtract(TLanes.Load(scores + i + (2 * TLanes.Count)), maxima));
            TVector d = Exponential.Of<TLanes, TVector>(TLanes.Subtract(TLanes.Load(scores + i + (3 * TLanes.Count)), maxima));
            TLanes.Store(a, scores + i);
            TLanes.Store(b, scores + i + TLanes.Count);
            TLanes.Store(c, scores + i + (2 * TLanes.Count));
            TLanes.Store(d, scores + i + (3 * TLanes.Count));
            sums = TLanes.Add(sums, TLanes.Add(TLanes.Add(a, b), TLanes.Add(c, d)));
        }
        float correction = before == maximum ? 1 : MathF.Exp(before - maximum);
        state[0] = maximum;
        state[1] = (state[1] * correction) + TLanes.Sum4(sums, sums, sums, sums)[0];
        return correction;
    }

    private static void Correct(float* output, float correction, float* sums, int count)
    {
        TVector factor = TLanes.Broadcast(correction);
        int i = 0;
        for (; i <= count - TLanes.Count; i += TLanes.Count)
            TLanes.Store(TLanes.MultiplyAdd(TLanes.Load(output + i), factor, TLanes.Load(sums + i)), output + i);
        for (; i < count; i++)
            output[i] = MathF.FusedMultiplyAdd(output[i], correction, sums[i]);
    }
}

/// <summary>Query rows and what they have gathered so far.</summary>
internal unsafe struct AttentionRows
{
    /// <summary>What a tile has at most.</summary>
    public const int MostTileRows = RowPacking.BFloat16TileRows, MostTileColumns = 64;

    /// <summary>[R, S], scaled.</summary>
    public float* Queries;

    /// <summary>The queries as tiles want them, where that is not in fp32.</summary>
    public byte* Packed;

    /// <summary>[R, S], weighted by exp(score - greatest score), not yet divided by the sum.</summary>
    public float* Outputs;

    /// <summary>[R, 2]: the greatest score so far, negative infinity at first, and the sum of weights.</summary>
    public float* States;

    /// <summary>[R]: what each row sees of the block.</summary>
    public AttentionRow.BlockView* Views;

    /// <summary>Room for a tile's sums: <see cref="MostTileRows"/> rows of S, in whole <see cref="MostTileColumns"/>.</summary>
    public float* Sums;

    /// <summary>R.</summary>
    public int Count;

    /// <summary>How keys and values lie.</summary>
    public CachePage Page;

    /// <summary>From a position's values in fp32 to the next.</summary>
    public int ValueStep;
}

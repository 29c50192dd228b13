using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
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
            int visible = rows.Views == null ? B : 0;
            for (int i = row; visible < B && i < row + count; i++)
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
        for (int i = 0; rows.Views != null && i < count; i++)
            Hide(weights + (i * B), rows.Views[row + i]);
        for (int i = 0; i < count; i += 4)
            Weigh(weights + (i * B), Math.Min(4, count - i), rows.Maxima + row + i, rows.Weights + row + i, corrections + i);
        TTile.Sum(rows, count, values, weights, visible, rows.Sums, step);
        for (int i = 0; i < count; i++)
            Correct(rows.Outputs + ((row + i) * size), corrections[i], rows.Sums + (i * step), size);
    }

    /// <summary>Caps and biases scores as the view says. What the query does not see leaves the softmax as exact zeros.</summary>
    private static void Hide(float* scores, in AttentionRow.BlockView view)
    {
        if (view.SoftCap > 0)
            AttentionRow.Cap(scores, B, view.SoftCap);
        if (view.Bias != null)
            TensorPrimitives.Add(new ReadOnlySpan<float>(scores, B), new ReadOnlySpan<float>(view.Bias, B), new Span<float>(scores, B));
        int end = Math.Max(0, view.End);
        if (end < B)
            new Span<float>(scores + end, B - end).Fill(float.NegativeInfinity);
        if (view.Begin > view.SinkEnd)
            new Span<float>(scores + view.SinkEnd, view.Begin - view.SinkEnd).Fill(float.NegativeInfinity);
    }

    /// <summary>Scores of up to four rows to weights, and the rows' states to what they are with them. Where there are fewer, the states of the last stand in for the others.</summary>
    /// <param name="scores">[count, B].</param>
    /// <param name="count">1 to 4.</param>
    /// <param name="maxima">[count], the greatest scores so far.</param>
    /// <param name="weights">[count], the sums of weights so far.</param>
    /// <param name="corrections">Receives what the outputs so far are to be multiplied with.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Weigh(float* scores, int count, float* maxima, float* weights, float* corrections)
    {
        int second = Math.Min(1, count - 1), third = Math.Min(2, count - 1), fourth = count - 1;
        TVector least = TLanes.Broadcast(float.NegativeInfinity);
        Vector128<float> before = Vector128.Create(maxima[0], maxima[second], maxima[third], maxima[fourth]);
        Vector128<float> maximum = Lanes128.Max(before, TLanes.Max4(
            Greatest(scores),
            second == 1 ? Greatest(scores + B) : least,
            third == 2 ? Greatest(scores + (2 * B)) : least,
            fourth == 3 ? Greatest(scores + (3 * B)) : least));
        // Where nothing was seen yet, minus infinity less minus infinity would be no number.
        Vector128<float> finite = Lanes128.Max(Vector128.Create(float.MinValue), maximum);
        Vector128<float> correction = Exponential.Of<Lanes128, Vector128<float>>(Lanes128.Max(Vector128.Create(float.MinValue), before) - finite);
        Vector128<float> sums = TLanes.Sum4(
            Exponentials(scores, finite[0]),
            second == 1 ? Exponentials(scores + B, finite[1]) : TLanes.Zero,
            third == 2 ? Exponentials(scores + (2 * B), finite[2]) : TLanes.Zero,
            fourth == 3 ? Exponentials(scores + (3 * B), finite[3]) : TLanes.Zero);
        sums = Vector128.Create(weights[0], weights[second], weights[third], weights[fourth]) * correction + sums;
        for (int i = 0; i < count; i++)
        {
            maxima[i] = maximum[i];
            weights[i] = sums[i];
            corrections[i] = correction[i];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Greatest(float* scores)
    {
        TVector greatest = TLanes.Load(scores);
        for (int i = TLanes.Count; i < B; i += TLanes.Count)
            greatest = TLanes.Max(greatest, TLanes.Load(scores + i));
        return greatest;
    }

    /// <summary>Scores to weights.</summary>
    /// <returns>Whose lanes are to be added up.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Exponentials(float* scores, float maximum)
    {
        TVector maxima = TLanes.Broadcast(maximum), sums = TLanes.Zero;
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
        return sums;
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
    public const int MostTileRows = RowPacking.TileRows, MostTileColumns = 64;

    /// <summary>[R, S], scaled.</summary>
    public float* Queries;

    /// <summary>The queries as tiles want them, where that is not in fp32.</summary>
    public byte* Packed;

    /// <summary>[R, S], weighted by exp(score - greatest score), not yet divided by the sum.</summary>
    public float* Outputs;

    /// <summary>[R]: the greatest score so far, negative infinity at first.</summary>
    public float* Maxima;

    /// <summary>[R]: the sum of weights so far.</summary>
    public float* Weights;

    /// <summary>[R]: what each row sees of the block; null where all see all of it, and nothing is done to their scores.</summary>
    public AttentionRow.BlockView* Views;

    /// <summary>Room for a tile's sums: <see cref="MostTileRows"/> rows of S, in whole <see cref="MostTileColumns"/>.</summary>
    public float* Sums;

    /// <summary>R.</summary>
    public int Count;

    /// <summary>How keys and values lie.</summary>
    public CachePage Page;

    /// <summary>Bytes from this page's keys and values to the next one's, for kernels that fetch them; 0 for none.</summary>
    public nint KeysAhead, ValuesAhead;

    /// <summary>From a position's values in fp32 to the next.</summary>
    public int ValueStep;
}

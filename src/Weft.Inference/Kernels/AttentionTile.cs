using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Weft.Inference.Kernels.Panels;

namespace Weft.Inference.Kernels;

// R rows, S head size, B positions of a key block.

/// <summary>
/// A few query rows against a group of pages of keys and values, with an online softmax (Milakov and Gimelshein 2018, arXiv:1805.02867): a row's output so far, its
/// greatest score and its sum of weights are corrected whenever a greater score turns up. Keys and values are loaded once for all rows of a tile. Groups lie
/// at fixed positions, and rows add the same terms in the same order however many there are, so a position's result has the same bits whether its
/// sequence came as a whole or in pieces.
/// </summary>
internal static unsafe class AttentionTile<TTile, TLanes, TVector>
    where TTile : struct, ICacheTile
    where TLanes : struct, ILanes<TVector>
    where TVector : unmanaged
{
    private const int B = AttentionRow.BlockSize, Positions = AttentionRows.GroupPositions, MostRows = AttentionRows.MostTileRows, MostColumns = AttentionRows.MostTileColumns;

    /// <summary>Adds the pages of a group to the rows.</summary>
    public static void Add(in AttentionRows rows)
    {
        for (int row = 0, count; row < rows.Count; row += count)
        {
            count = TTile.Rows(rows.Count - row);
            Add(rows, row, count);
        }
    }

    private static void Add(in AttentionRows rows, int row, int count)
    {
        // Tiles write whole vectors of outputs.
        int size = rows.Page.Size, step = (size + MostColumns - 1) / MostColumns * MostColumns, first = AttentionRows.PagesOfGroup, end = 0;
        float* weights = stackalloc float[MostRows * Positions];
        float* corrections = stackalloc float[MostRows];
        int* visible = stackalloc int[AttentionRows.PagesOfGroup];
        for (int page = 0; page < AttentionRows.PagesOfGroup; page++)
            if ((visible[page] = Visible(rows.Pages[page], row, count)) > 0)
                (first, end) = (Math.Min(first, page), page + 1);
        for (int page = first; page < end; page++)
        {
            float* scores = weights + (page * B);
            if (visible[page] > 0)
                TTile.Score(rows, row, count, rows.Pages[page], scores);
            for (int i = 0; i < count && (visible[page] == 0 || rows.Pages[page].Views != null); i++)
                Hide(scores + (i * Positions), visible[page] == 0 ? default : rows.Pages[page].Views[row + i]);
        }
        for (int i = 0; first < end && i < count; i += 4)
            Weigh(weights + (i * Positions) + (first * B), (end - first) * B, Math.Min(4, count - i), rows.State.Maxima + row + i, rows.State.Weights + row + i, corrections + i);
        for (int page = first; page < end; page++)
            if (visible[page] > 0)
                TTile.Sum(rows, count, rows.Pages[page], visible[page], weights + (page * B), new(rows.Sums, step, page > first));
        for (int i = 0; first < end && i < count; i++)
            Correct(rows.State.Outputs + ((row + i) * size), corrections[i], rows.Sums + (i * step), size);
    }

    /// <summary>The positions of a page up to the last that any of some rows sees.</summary>
    private static int Visible(in AttentionPage page, int row, int count)
    {
        if (page.Visible == 0 || page.Views == null)
            return page.Visible;
        int visible = 0;
        for (int i = row; visible < B && i < row + count; i++)
            visible = Math.Max(visible, page.Views[i].End);
        return visible;
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
    /// <param name="scores">[count, positions of a group].</param>
    /// <param name="positions">How many of them there are.</param>
    /// <param name="count">1 to 4.</param>
    /// <param name="maxima">[count], the greatest scores so far.</param>
    /// <param name="weights">[count], the sums of weights so far.</param>
    /// <param name="corrections">Receives what the outputs so far are to be multiplied with.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Weigh(float* scores, int positions, int count, float* maxima, float* weights, float* corrections)
    {
        int second = Math.Min(1, count - 1), third = Math.Min(2, count - 1), fourth = count - 1;
        TVector least = TLanes.Broadcast(float.NegativeInfinity);
        Vector128<float> before = Vector128.Create(maxima[0], maxima[second], maxima[third], maxima[fourth]);
        Vector128<float> maximum = Lanes128.Max(before, TLanes.Max4(
            Greatest(scores, positions),
            second == 1 ? Greatest(scores + Positions, positions) : least,
            third == 2 ? Greatest(scores + (2 * Positions), positions) : least,
            fourth == 3 ? Greatest(scores + (3 * Positions), positions) : least));
        // Where nothing was seen yet, minus infinity less minus infinity would be no number.
        Vector128<float> finite = Lanes128.Max(Vector128.Create(float.MinValue), maximum);
        Vector128<float> correction = Exponential.Of<Lanes128, Vector128<float>>(Lanes128.Max(Vector128.Create(float.MinValue), before) - finite);
        Vector128<float> sums = TLanes.Sum4(
            Exponentials(scores, positions, finite[0]),
            second == 1 ? Exponentials(scores + Positions, positions, finite[1]) : TLanes.Zero,
            third == 2 ? Exponentials(scores + (2 * Positions), positions, finite[2]) : TLanes.Zero,
            fourth == 3 ? Exponentials(scores + (3 * Positions), positions, finite[3]) : TLanes.Zero);
        sums = Vector128.Create(weights[0], weights[second], weights[third], weights[fourth]) * correction + sums;
        for (int i = 0; i < count; i++)
        {
            maxima[i] = maximum[i];
            weights[i] = sums[i];
            corrections[i] = correction[i];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Greatest(float* scores, int positions)
    {
        TVector greatest = TLanes.Load(scores);
        for (int i = TLanes.Count; i < positions; i += TLanes.Count)
            greatest = TLanes.Max(greatest, TLanes.Load(scores + i));
        return greatest;
    }

    /// <summary>Scores to weights.</summary>
    /// <returns>Whose lanes are to be added up.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Exponentials(float* scores, int positions, float maximum)
    {
        TVector maxima = TLanes.Broadcast(maximum), sums = TLanes.Zero;
        for (int i = 0; i < positions; i += 4 * TLanes.Count)
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

    /// <summary>
    /// Pages whose scores are weighed together: one maximum, one correction and one chain of exponentials for all. They begin at multiples of this, so that
    /// a position's result does not depend on where a piece of its sequence begins.
    /// </summary>
    public const int PagesOfGroup = 4, GroupPositions = PagesOfGroup * AttentionRow.BlockSize;

    /// <summary>[R, S], scaled.</summary>
    public float* Queries;

    /// <summary>The queries as tiles want them, where that is not in fp32.</summary>
    public byte* Packed;

    /// <summary>What the rows have gathered.</summary>
    public AttentionState State;

    /// <summary>Room for a tile's sums: <see cref="MostTileRows"/> rows of S, in whole <see cref="MostTileColumns"/>.</summary>
    public float* Sums;

    /// <summary>R.</summary>
    public int Count;

    /// <summary>How keys and values lie.</summary>
    public CachePage Page;

    /// <summary>The pages of a group, <see cref="PagesOfGroup"/>.</summary>
    public AttentionPage* Pages;

    /// <summary>From a position's values in fp32 to the next.</summary>
    public int ValueStep;
}

/// <summary>One head's keys and values of a page, as the tile wants them.</summary>
internal unsafe struct AttentionPage
{
    /// <summary>As the tile wants them.</summary>
    public byte* Keys, Values;

    /// <summary>[R]: what each row sees of the page; null where all see all of it, and nothing is done to their scores.</summary>
    public AttentionRow.BlockView* Views;

    /// <summary>The positions up to the last that any row sees; 0 for a page that nobody sees.</summary>
    public int Visible;

    /// <summary>What to fetch meanwhile: keys and values of a page to come; null for nothing.</summary>
    public byte* NextKeys, NextValues;
}

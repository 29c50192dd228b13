using System.Numerics.Tensors;
using System.Runtime.Intrinsics;
using Weft.Inference.Kernels.Assembled;
using Weft.Inference.Kernels.Panels;
using Weft.Inference.Threading;
using Weft.Model.Checkpoints;

namespace Weft.Inference.Kernels;

// T tokens, H heads, K key-value heads, S head size, positions in blocks of B.

/// <summary>
/// Attention of T new queries. An item is a key-value head and a few tokens; the query heads of the group and all tokens of the item use a block of keys and
/// values together.
/// </summary>
internal unsafe struct AttentionWork : IWork
{
    /// <summary>Rows of an item: so many that a block of keys and values is widened for many, and so few that items can be divided among threads.</summary>
    private const int MostRows = 48;

    private const int B = AttentionRow.BlockSize, PagesOfGroup = AttentionRows.PagesOfGroup;

    /// <summary>Up to so many rows, reading a page takes longer than computing with it.</summary>
    private const int RowsThatWait = 8;

    /// <summary>[T, H, S], rotated and scaled.</summary>
    public float* Query;

    /// <summary>[T, H, S].</summary>
    public float* Output;

    /// <summary>One more score of each head, without a value, [H]; null for none.</summary>
    public float* Sinks;

    public LayerCache Cache;
    public KeyView View;
    public int Heads;

    /// <summary>Position of the first token.</summary>
    public int Start;

    /// <summary>T.</summary>
    public int Tokens;

    public readonly int Items => Cache.KeyValueHeads * Tiles;

    /// <summary>Query heads of a key-value head.</summary>
    private readonly int Group => Heads / Cache.KeyValueHeads;

    private readonly int TokensOfTile => Math.Max(1, MostRows / Group);

    private readonly int Tiles => (Tokens + TokensOfTile - 1) / TokensOfTile;

    public readonly void Run(int item)
    {
        if (Vector512.IsHardwareAccelerated)
            Run<Lanes512, Vector512<float>>(item);
        else if (Vector256.IsHardwareAccelerated)
            Run<Lanes256, Vector256<float>>(item);
        else
            Run<Lanes128, Vector128<float>>(item);
    }

    private readonly void Run<TLanes, TVector>(int item)
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged
    {
        if (Cache.Page.Type == ElementType.Q8_0)
            Run<CodeCacheTile, TLanes, TVector>(item);
        else if (Cache.Page.Type == ElementType.BF16 && AssembledKernels.Row(1, ElementType.BF16) != 0)
            Run<BFloat16CacheTile, TLanes, TVector>(item);
        else
            Run<FloatCacheTile<TLanes, TVector>, TLanes, TVector>(item);
    }

    private readonly void Run<TTile, TLanes, TVector>(int item)
        where TTile : struct, ICacheTile
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged
    {
        // The last tiles see the most keys; begun first, they do not hold everybody up at the end.
        int first = (Tiles - 1 - (item / Cache.KeyValueHeads)) * TokensOfTile, end = Math.Min(Tokens, first + TokensOfTile);
        int head = item % Cache.KeyValueHeads, count = (end - first) * Group;
        AttentionRow.BlockView* views = stackalloc AttentionRow.BlockView[count * PagesOfGroup];
        AttentionPage* pages = stackalloc AttentionPage[PagesOfGroup];
        AttentionRows rows = Divide(count, typeof(TTile) == typeof(FloatCacheTile<TLanes, TVector>), out WideningScratch scratch);
        rows.Pages = pages;
        Begin(rows, first, head * Group);
        TTile.Pack(rows.Queries, count, Cache.HeadSize, rows.Packed);
        int sinkBlocks = Blocks(View.SinkTokens), seenFrom = View.First(Start + first) / B, seen = Blocks(View.End(Start + end - 1));
        for (int group = 0; group < seen; group += PagesOfGroup)
        {
            if (group >= sinkBlocks && group + PagesOfGroup <= seenFrom)
                group = seenFrom / PagesOfGroup * PagesOfGroup;
            for (int i = 0; i < PagesOfGroup; i++)
            {
                int block = group + i;
                bool isThere = block < seen && (block < sinkBlocks || block >= seenFrom), isSeen = isThere && IsSeenByAll(block, first, end);
                pages[i].Views = isSeen ? null : views + (i * count);
                pages[i].Visible = isSeen ? B : isThere ? Math.Max(0, Look(pages[i].Views, block, first, end, head * Group)) : 0;
                if (pages[i].Visible == 0)
                    continue;
                Open(ref pages[i], head, block, count <= RowsThatWait && block + 1 < seen);
                if (typeof(TTile) == typeof(FloatCacheTile<TLanes, TVector>))
                    rows.ValueStep = scratch.Widen(ref pages[i], i);
            }
            AttentionTile<TTile, TLanes, TVector>.Add(rows);
        }
        Finish(rows, first, head * Group);
    }

    /// <summary>Says where a page lies and, for rows so few that they wait for memory, the next one: the processor cannot foresee that.</summary>
    private readonly void Open(ref AttentionPage page, int head, int block, bool fetches)
    {
        page.Keys = Cache.KeyBlock(head, block);
        page.Values = Cache.ValueBlock(head, block);
        page.NextKeys = fetches ? Cache.KeyBlock(head, block + 1) : null;
        page.NextValues = fetches ? Cache.ValueBlock(head, block + 1) : null;
    }

    /// <summary>The thread's memory, divided into what an item needs.</summary>
    private readonly AttentionRows Divide(int count, bool widens, out WideningScratch scratch)
    {
        const int Columns = AttentionRows.MostTileColumns;
        int size = Cache.HeadSize, columns = (size + Columns - 1) / Columns * Columns;
        long packed = Math.Max(RowPacking.CodeBytes(count, size), RowPacking.BFloat16Bytes(count, size)) / sizeof(float);
        // Vectors may read behind the last row of values.
        long keys = widens ? (long)size * B : 0, values = widens ? ((long)columns * B) + Columns : 0, sums = (long)AttentionRows.MostTileRows * columns, row = (long)count * size;
        float* memory = (float*)ThreadScratch.Get((((keys + values) * PagesOfGroup) + sums + (2 * row) + (2 * count) + packed + Columns) * sizeof(float));
        scratch = new(Cache.Page, memory, keys, memory + (keys * PagesOfGroup), values);
        var rows = new AttentionRows { Sums = memory + ((keys + values) * PagesOfGroup), Count = count, Page = Cache.Page };
        rows.Queries = rows.Sums + sums;
        rows.Outputs = rows.Queries + row;
        rows.Maxima = rows.Outputs + row;
        rows.Weights = rows.Maxima + count;
        rows.Packed = (byte*)(rows.Weights + count);
        return rows;
    }

    private static int Blocks(int positions) => (positions + B - 1) / B;

    /// <summary>Gathers the queries and clears what is to be summed up.</summary>
    private readonly void Begin(in AttentionRows rows, int first, int firstHead)
    {
        int size = Cache.HeadSize, group = Group;
        for (int row = 0; row < rows.Count; row++)
        {
            int head = firstHead + (row % group);
            new ReadOnlySpan<float>(Query + ((((nint)(first + (row / group)) * Heads) + head) * size), size).CopyTo(new(rows.Queries + (row * size), size));
            (rows.Maxima[row], rows.Weights[row]) = Sinks == null ? (float.NegativeInfinity, 0) : (Sinks[head], 1);
        }
        new Span<float>(rows.Outputs, rows.Count * size).Clear();
    }

    private readonly void Finish(in AttentionRows rows, int first, int firstHead)
    {
        int size = Cache.HeadSize, group = Group;
        for (int row = 0; row < rows.Count; row++)
        {
            float* output = Output + ((((nint)(first + (row / group)) * Heads) + firstHead + (row % group)) * size);
            TensorPrimitives.Divide(new ReadOnlySpan<float>(rows.Outputs + (row * size), size), rows.Weights[row], new Span<float>(output, size));
        }
    }

    /// <summary>Every row sees the whole block, and its scores are taken as they are.</summary>
    private readonly bool IsSeenByAll(int block, int first, int end)
    {
        int start = block * B;
        return !View.ChangesScores && start + B <= View.End(Start + first) && start >= View.First(Start + end - 1);
    }

    /// <summary>Says for each row what it sees of a block.</summary>
    /// <returns>The position after the last that any row sees, counted from the block's first.</returns>
    private readonly int Look(AttentionRow.BlockView* views, int block, int first, int end, int firstHead)
    {
        int start = block * B, visible = 0, group = Group;
        for (int t = first; t < end; t++)
        {
            int position = Start + t, seen = Math.Min(B, View.End(position) - start);
            var view = new AttentionRow.BlockView
            {
                Begin = Math.Max(0, View.First(position) - start),
                SinkEnd = Math.Clamp(Math.Min(View.SinkTokens, View.End(position)) - start, 0, B),
                SoftCap = View.SoftCap,
            };
            view.End = view.Begin < seen ? seen : view.SinkEnd;
            view.Begin = Math.Min(view.Begin, view.End);
            visible = Math.Max(visible, view.End);
            for (int h = 0; h < group; h++)
            {
                view.Bias = View.BiasOf(firstHead + h, start - position);
                views[((t - first) * group) + h] = view;
            }
        }
        return visible;
    }

    /// <summary>Memory for the pages of a group in fp32, for products that want them so.</summary>
    private readonly struct WideningScratch(CachePage form, float* keys, long keyStep, float* values, long valueStep)
    {
        /// <summary>Widens a page, where it is narrower.</summary>
        /// <returns>From a position's values to the next.</returns>
        public int Widen(ref AttentionPage page, int index)
        {
            page.Keys = (byte*)CacheWidening.Keys(form, page.Keys, keys + (index * keyStep));
            page.Values = (byte*)CacheWidening.Values(form, page.Values, page.Visible, values + (index * valueStep), out int step);
            return step;
        }
    }
}

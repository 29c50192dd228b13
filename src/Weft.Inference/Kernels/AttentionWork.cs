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
/// values together. A few tokens that see many keys are divided by spans of these.
/// </summary>
internal unsafe struct AttentionWork : IWork
{
    /// <summary>Rows of an item: so many that a block of keys and values is widened for many, and so few that items can be divided among threads.</summary>
    private const int MostRows = 48;

    private const int B = AttentionRow.BlockSize, PagesOfGroup = AttentionRows.PagesOfGroup;

    /// <summary>Pages of a span, whole groups: what is gathered from spans is joined in their order, whether they were computed by one thread or by many.</summary>
    private const int PagesOfSpan = 32;

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

    /// <summary>Room for what the rows gather from each span, of <see cref="PartialCount"/> numbers: spans are items then. Null where an item has all keys.</summary>
    public float* Partials;

    /// <summary>The spans are computed, and are to be joined.</summary>
    public bool Merges;

    /// <summary>Items, each a key-value head and some rows, or keys, or all of them.</summary>
    public readonly int Items => Cache.KeyValueHeads * (Merges ? (IsSplit ? 1 : 0) : IsSplit ? Spans : Tiles);

    /// <summary>Numbers that all spans need, for rows so few that keys are all there is to divide among threads; 0 for others.</summary>
    public readonly long PartialCount => Spans > 1 && Tokens * Group <= RowsThatWait ? Spans * Cache.KeyValueHeads * AttentionState.Count(Tokens * Group, Cache.HeadSize) : 0;

    private readonly bool IsSplit => Partials != null;

    private readonly int Spans => (Blocks(View.End(Start + Tokens - 1)) + PagesOfSpan - 1) / PagesOfSpan;

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
        if (Merges)
        {
            MergePartials(item);
            return;
        }
        // The last tiles see the most keys; begun first, they do not hold everybody up at the end.
        int head = item % Cache.KeyValueHeads, part = item / Cache.KeyValueHeads, tile = IsSplit ? 0 : Tiles - 1 - part;
        int first = tile * TokensOfTile, end = Math.Min(Tokens, first + TokensOfTile), count = (end - first) * Group;
        AttentionRow.BlockView* views = stackalloc AttentionRow.BlockView[count * PagesOfGroup];
        AttentionPage* pages = stackalloc AttentionPage[PagesOfGroup];
        AttentionRows rows = Divide(count, typeof(TTile) == typeof(FloatCacheTile<TLanes, TVector>), out AttentionState total, out WideningScratch scratch);
        rows.Pages = pages;
        Gather(rows, first, head * Group);
        TTile.Pack(rows.Queries, count, Cache.HeadSize, rows.Packed);
        if (IsSplit)
        {
            rows.State = Partial(head, part);
            AddSpan<TTile, TLanes, TVector>(rows, views, scratch, new(head, first, end, part));
            return;
        }
        Begin(total, count, head * Group);
        for (int span = 0; span < Spans; span++)
            if (AddSpan<TTile, TLanes, TVector>(rows, views, scratch, new(head, first, end, span)))
                total.Add(rows.State);
        Finish(total, count, first, head * Group);
    }

    /// <summary>Leaves in the rows' state what they gather from the keys of a span.</summary>
    /// <returns>Whether any row may see one.</returns>
    private readonly bool AddSpan<TTile, TLanes, TVector>(AttentionRows rows, AttentionRow.BlockView* views, WideningScratch scratch, Place place)
        where TTile : struct, ICacheTile
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged
    {
        (int head, int first, int end, int span) = place;
        int sinkBlocks = Blocks(View.SinkTokens), seenFrom = View.First(Start + first) / B, seen = Blocks(View.End(Start + end - 1));
        int begin = span * PagesOfSpan, last = Math.Min(seen, begin + PagesOfSpan);
        rows.State.Clear();
        if (begin >= last || (begin >= sinkBlocks && last <= seenFrom))
            return false;
        for (int group = begin; group < last; group += PagesOfGroup)
        {
            if (group >= sinkBlocks && group + PagesOfGroup <= seenFrom)
                continue;
            for (int i = 0; i < PagesOfGroup; i++)
            {
                ref AttentionPage page = ref rows.Pages[i];
                int block = group + i;
                bool isThere = block < last && (block < sinkBlocks || block >= seenFrom), isSeen = isThere && IsSeenByAll(block, first, end);
                page.Views = isSeen ? null : views + (i * rows.Count);
                page.Visible = isSeen ? B : isThere ? Math.Max(0, Look(page.Views, block, first, end, head * Group)) : 0;
                if (page.Visible == 0)
                    continue;
                Open(ref page, head, block, rows.Count <= RowsThatWait && block + 1 < last);
                if (typeof(TTile) == typeof(FloatCacheTile<TLanes, TVector>))
                    rows.ValueStep = scratch.Widen(ref page, i);
            }
            AttentionTile<TTile, TLanes, TVector>.Add(rows);
        }
        return true;
    }

    /// <summary>Joins what a key-value head's rows have gathered from the spans.</summary>
    private readonly void MergePartials(int head)
    {
        int count = Tokens * Group;
        var total = new AttentionState((float*)ThreadScratch.Get(AttentionState.Count(count, Cache.HeadSize) * sizeof(float)), count, Cache.HeadSize);
        Begin(total, count, head * Group);
        for (int span = 0; span < Spans; span++)
            total.Add(Partial(head, span));
        Finish(total, count, 0, head * Group);
    }

    private readonly AttentionState Partial(int head, int span)
    {
        int count = Tokens * Group, size = Cache.HeadSize;
        return new(Partials + (((nint)span * Cache.KeyValueHeads) + head) * (nint)AttentionState.Count(count, size), count, size);
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
    private readonly AttentionRows Divide(int count, bool widens, out AttentionState total, out WideningScratch scratch)
    {
        const int Columns = AttentionRows.MostTileColumns;
        int size = Cache.HeadSize, columns = (size + Columns - 1) / Columns * Columns;
        long packed = Math.Max(RowPacking.CodeBytes(count, size), RowPacking.BFloat16Bytes(count, size)) / sizeof(float);
        // Vectors may read behind the last row of values.
        long keys = widens ? (long)size * B : 0, values = widens ? ((long)columns * B) + Columns : 0, sums = (long)AttentionRows.MostTileRows * columns, row = (long)count * size;
        long state = AttentionState.Count(count, size);
        float* memory = (float*)ThreadScratch.Get((((keys + values) * PagesOfGroup) + sums + row + (2 * state) + packed + Columns) * sizeof(float));
        scratch = new(Cache.Page, memory, keys, memory + (keys * PagesOfGroup), values);
        var rows = new AttentionRows { Sums = memory + ((keys + values) * PagesOfGroup), Count = count, Page = Cache.Page };
        rows.Queries = rows.Sums + sums;
        rows.State = new(rows.Queries + row, count, size);
        total = new(rows.Queries + row + state, count, size);
        rows.Packed = (byte*)(rows.Queries + row + (2 * state));
        return rows;
    }

    private static int Blocks(int positions) => (positions + B - 1) / B;

    private readonly void Gather(in AttentionRows rows, int first, int firstHead)
    {
        int size = Cache.HeadSize, group = Group;
        for (int row = 0; row < rows.Count; row++)
            new ReadOnlySpan<float>(Query + ((((nint)(first + (row / group)) * Heads) + firstHead + (row % group)) * size), size).CopyTo(new(rows.Queries + (row * size), size));
    }

    private readonly void Begin(AttentionState total, int count, int firstHead)
    {
        total.Clear();
        for (int row = 0; Sinks != null && row < count; row++)
            (total.Maxima[row], total.Weights[row]) = (Sinks[firstHead + (row % Group)], 1);
    }

    private readonly void Finish(AttentionState total, int count, int first, int firstHead)
    {
        int size = Cache.HeadSize, group = Group;
        for (int row = 0; row < count; row++)
        {
            float* output = Output + ((((nint)(first + (row / group)) * Heads) + firstHead + (row % group)) * size);
            TensorPrimitives.Divide(new ReadOnlySpan<float>(total.Outputs + (row * size), size), total.Weights[row], new Span<float>(output, size));
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

    /// <summary>Rows, from the first token to the end, and a span of keys.</summary>
    private readonly record struct Place(int Head, int First, int End, int Span);

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

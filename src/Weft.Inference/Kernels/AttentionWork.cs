using System.Numerics.Tensors;
using Weft.Inference.Threading;

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
        // The last tiles see the most keys; begun first, they do not hold everybody up at the end.
        int first = (Tiles - 1 - (item / Cache.KeyValueHeads)) * TokensOfTile, end = Math.Min(Tokens, first + TokensOfTile);
        int head = item % Cache.KeyValueHeads, group = Group, size = Cache.HeadSize, count = (end - first) * group;
        const int B = AttentionRow.BlockSize, Behind = 4 * 16;
        // Vectors may read behind the last row of values.
        float* keyScratch = (float*)ThreadScratch.Get(((2L * size * B) + Behind + (2L * count * size) + (2 * count)) * sizeof(float));
        float* valueScratch = keyScratch + (size * B), rest = valueScratch + (size * B) + Behind;
        AttentionRow.BlockView* views = stackalloc AttentionRow.BlockView[count];
        var rows = new AttentionRows { Queries = rest, Outputs = rest + (count * size), States = rest + (2 * count * size), Views = views, Count = count, HeadSize = size };
        Begin(rows, first, head * group);
        int sinkBlocks = Blocks(View.SinkTokens), seenFrom = View.First(Start + first) / B, seen = Blocks(View.End(Start + end - 1));
        for (int block = 0; block < seen; block++)
        {
            if (block >= sinkBlocks && block < seenFrom)
                block = seenFrom;
            int visible = Look(views, block, first, end, head * group);
            if (visible > 0)
                AttentionRows.Add(rows, Cache.KeyBlock(head, block, keyScratch), Cache.ValueBlock(head, block, visible, valueScratch));
        }
        Finish(rows, first, head * group);
    }

    private static int Blocks(int positions) => (positions + AttentionRow.BlockSize - 1) / AttentionRow.BlockSize;

    /// <summary>Gathers the queries and clears what is to be summed up.</summary>
    private readonly void Begin(in AttentionRows rows, int first, int firstHead)
    {
        int size = Cache.HeadSize, group = Group;
        for (int row = 0; row < rows.Count; row++)
        {
            int head = firstHead + (row % group);
            new ReadOnlySpan<float>(Query + ((((nint)(first + (row / group)) * Heads) + head) * size), size).CopyTo(new(rows.Queries + (row * size), size));
            (rows.States[2 * row], rows.States[(2 * row) + 1]) = Sinks == null ? (float.NegativeInfinity, 0) : (Sinks[head], 1);
        }
        new Span<float>(rows.Outputs, rows.Count * size).Clear();
    }

    private readonly void Finish(in AttentionRows rows, int first, int firstHead)
    {
        int size = Cache.HeadSize, group = Group;
        for (int row = 0; row < rows.Count; row++)
        {
            float* output = Output + ((((nint)(first + (row / group)) * Heads) + firstHead + (row % group)) * size);
            TensorPrimitives.Divide(new ReadOnlySpan<float>(rows.Outputs + (row * size), size), rows.States[(2 * row) + 1], new Span<float>(output, size));
        }
    }

    /// <summary>Says for each row what it sees of a block.</summary>
    /// <returns>The position after the last that any row sees, counted from the block's first.</returns>
    private readonly int Look(AttentionRow.BlockView* views, int block, int first, int end, int firstHead)
    {
        int start = block * AttentionRow.BlockSize, visible = 0, group = Group;
        for (int t = first; t < end; t++)
        {
            int position = Start + t, seen = Math.Min(AttentionRow.BlockSize, View.End(position) - start);
            var view = new AttentionRow.BlockView
            {
                Begin = Math.Max(0, View.First(position) - start),
                SinkEnd = Math.Clamp(Math.Min(View.SinkTokens, View.End(position)) - start, 0, AttentionRow.BlockSize),
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
}

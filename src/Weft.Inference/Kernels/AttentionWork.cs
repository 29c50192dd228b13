using System.Numerics.Tensors;
using Weft.Inference.Threading;

namespace Weft.Inference.Kernels;

// T tokens, H heads, K key-value heads, S head size, positions in blocks of B.

/// <summary>
/// Attention of T new queries. An item is a key-value head and a tile of queries; the query heads of the group and all queries
/// of the tile use a block of keys and values while it is in the first cache levels.
/// </summary>
internal unsafe struct AttentionWork : IWork
{
    private const int TokensPerTile = 16;

    /// <summary>[T, H, S], rotated and scaled.</summary>
    public float* Query;

    /// <summary>[T, H, S].</summary>
    public float* Output;

    /// <summary>[T, H, 2]: greatest score and sum of weights.</summary>
    public float* RowStates;

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

    private readonly int Tiles => (Tokens + TokensPerTile - 1) / TokensPerTile;

    public readonly void Run(int item)
    {
        // The last tiles see the most keys; begun first, they do not hold everybody up at the end.
        int first = (Tiles - 1 - (item / Cache.KeyValueHeads)) * TokensPerTile, end = Math.Min(Tokens, first + TokensPerTile);
        int keyValueHead = item % Cache.KeyValueHeads, group = Heads / Cache.KeyValueHeads;
        int firstRow = keyValueHead * group, size = Cache.HeadSize;
        for (int t = first; t < end; t++)
        {
            new Span<float>(Output + (((nint)t * Heads + firstRow) * size), group * size).Clear();
            for (int h = firstRow; h < firstRow + group; h++)
                (RowStates[2 * (t * Heads + h)], RowStates[(2 * (t * Heads + h)) + 1]) = Sinks == null ? (float.NegativeInfinity, 0) : (Sinks[h], 1);
        }
        int sinkBlocks = Blocks(View.SinkTokens), seenFrom = View.First(Start + first) / AttentionRow.BlockSize, seen = Blocks(View.End(Start + end - 1));
        for (int block = 0; block < Math.Min(sinkBlocks, seenFrom); block++)
            AddBlock(keyValueHead, block, first, end);
        for (int block = seenFrom; block < seen; block++)
            AddBlock(keyValueHead, block, first, end);
        for (int t = first; t < end; t++)
        {
            for (int h = firstRow; h < firstRow + group; h++)
            {
                var row = new Span<float>(Output + (((nint)t * Heads + h) * size), size);
                TensorPrimitives.Divide(row, RowStates[(2 * (t * Heads + h)) + 1], row);
            }
        }
    }

    private static int Blocks(int positions) => (positions + AttentionRow.BlockSize - 1) / AttentionRow.BlockSize;

    private readonly void AddBlock(int keyValueHead, int block, int first, int end)
    {
        int group = Heads / Cache.KeyValueHeads, size = Cache.HeadSize, start = block * AttentionRow.BlockSize;
        float* keys = Cache.KeyBlock(keyValueHead, block), values = Cache.ValueBlock(keyValueHead, block);
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
            if (view.End <= 0)
                continue;
            for (int h = keyValueHead * group; h < (keyValueHead + 1) * group; h++)
            {
                int row = (t * Heads) + h;
                var state = new AttentionRow.RowState
                {
                    Output = Output + ((nint)row * size),
                    Maximum = RowStates + (2 * row),
                    Sum = RowStates + (2 * row) + 1,
                    HeadSize = size,
                };
                view.Bias = View.BiasOf(h, start - position);
                AttentionRow.Add(Query + ((nint)row * size), keys, values, view, state);
            }
        }
    }
}

using System.Numerics.Tensors;
using Weft.Inference.Threading;

namespace Weft.Inference.Kernels;

// T tokens, H heads, K key-value heads, S head size.

/// <summary>Rotates new queries and keys, scales the queries by 1/sqrt(S), and writes keys and values into the cache.</summary>
internal unsafe struct CachePlacementWork : IWork
{
    /// <summary>Keys of 16 neighbouring positions share cache lines, so one thread writes them all.</summary>
    private const int PositionsPerItem = 16;

    /// <summary>[T, H, S].</summary>
    public float* Query;

    /// <summary>[T, K, S].</summary>
    public float* Key;

    /// <summary>[T, K, S].</summary>
    public float* Value;

    /// <summary>[T, S/2]; null where nothing is rotated.</summary>
    public float* Cosine;

    /// <summary>[T, S/2].</summary>
    public float* Sine;

    public LayerCache Cache;
    public int Heads;

    /// <summary>Position of the first token.</summary>
    public int Start;

    /// <summary>T.</summary>
    public int Tokens;

    public readonly int Items => ((Start + Tokens - 1) / PositionsPerItem) - (Start / PositionsPerItem) + 1;

    public readonly void Run(int item)
    {
        int first = ((Start / PositionsPerItem) + item) * PositionsPerItem;
        int end = Math.Min(Start + Tokens, first + PositionsPerItem);
        for (int position = Math.Max(Start, first); position < end; position++)
            Place(position);
    }

    private readonly void Place(int position)
    {
        int token = position - Start, size = Cache.HeadSize;
        float* query = Query + ((nint)token * Heads * size);
        nint row = (nint)token * Cache.KeyValueHeads * size;
        if (Cosine != null)
        {
            float* cosine = Cosine + (token * (nint)(size / 2)), sine = Sine + (token * (nint)(size / 2));
            for (int h = 0; h < Heads; h++)
                RotaryRotation.Execute(query + (h * size), cosine, sine, size);
            for (int k = 0; k < Cache.KeyValueHeads; k++)
                RotaryRotation.Execute(Key + row + (k * size), cosine, sine, size);
        }
        var queries = new Span<float>(query, Heads * size);
        TensorPrimitives.Multiply(queries, 1 / MathF.Sqrt(size), queries);
        for (int k = 0; k < Cache.KeyValueHeads; k++)
            Cache.Store(k, position, Key + row + (k * size), Value + row + (k * size));
    }
}

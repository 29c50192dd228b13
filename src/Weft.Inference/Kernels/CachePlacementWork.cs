using System.Numerics.Tensors;
using Weft.Inference.Threading;

namespace Weft.Inference.Kernels;

// T tokens, H heads, K key-value heads, S head size.

/// <summary>Normalises and rotates new queries and keys, scales the queries, and writes keys and values into the cache.</summary>
internal unsafe struct CachePlacementWork : IWork
{
    /// <summary>Keys of 16 neighbouring positions share cache lines, so one thread writes them all.</summary>
    private const int PositionsPerItem = 16;

    /// <summary>[T, H, S]; null where there are keys and values only.</summary>
    public float* Query;

    /// <summary>[T, K, S]; null where there are queries only.</summary>
    public float* Key;

    /// <summary>[T, K, S].</summary>
    public float* Value;

    /// <summary>Gains of the queries' and the keys' norm, [S] each; null where there is none.</summary>
    public float* QueryGain, KeyGain;

    /// <summary>Biases of the norms, [S]; null where there are none.</summary>
    public float* QueryBias, KeyBias;

    /// <summary>Of the norms.</summary>
    public float Epsilon;

    /// <summary>The norms centre too.</summary>
    public bool Centered;

    /// <summary>[T, R/2]; null where nothing is rotated.</summary>
    public float* Cosine;

    /// <summary>[T, R/2].</summary>
    public float* Sine;

    /// <summary>R, the values of a head that are rotated.</summary>
    public int RotatedSize;

    /// <summary>Neighbours are a pair.</summary>
    public bool Interleaved;

    /// <summary>Multiplies the queries.</summary>
    public float Scale;

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
        if (Query != null)
        {
            float* query = Query + ((nint)token * Heads * size);
            for (int h = 0; h < Heads; h++)
            {
                Normalize(query + (h * size), QueryGain, QueryBias);
                Rotate(query + (h * size), token);
            }
            var queries = new Span<float>(query, Heads * size);
            TensorPrimitives.Multiply(queries, Scale, queries);
        }
        if (Key == null)
            return;
        nint row = (nint)token * Cache.KeyValueHeads * size;
        for (int k = 0; k < Cache.KeyValueHeads; k++)
        {
            float* key = Key + row + (k * size);
            Normalize(key, KeyGain, KeyBias);
            Cache.StorePlainKey(k, position, key);
            Rotate(key, token);
            Cache.Store(k, position, key, Value + row + (k * size));
        }
    }

    private readonly void Normalize(float* head, float* gain, float* bias)
    {
        if (gain == null)
            return;
        if (Centered)
            LayerNorm.Execute(head, gain, bias, Epsilon, head, Cache.HeadSize);
        else
            RmsNorm.Execute(head, gain, Epsilon, head, Cache.HeadSize);
    }

    private readonly void Rotate(float* head, int token)
    {
        if (Cosine == null)
            return;
        nint angles = (nint)token * (RotatedSize / 2);
        if (Interleaved)
            RotaryRotation.ExecuteInterleaved(head, Cosine + angles, Sine + angles, RotatedSize);
        else
            RotaryRotation.Execute(head, Cosine + angles, Sine + angles, RotatedSize);
    }
}

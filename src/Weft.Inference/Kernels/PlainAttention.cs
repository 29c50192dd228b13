using System.Buffers;
using Weft.Inference.Threading;

namespace Weft.Inference.Kernels;

// T tokens, C visible positions, H heads, K key-value heads, S head size.

/// <summary>
/// Attention one query at a time, all scores before the first weight: the specification of <see cref="AttentionWork"/>, what reports show, and
/// the way of vectors for distances (Shaw et al. 2018), which no block of keys can share.
/// </summary>
internal unsafe struct PlainAttention : IWork
{
    /// <summary>[T, H, S], rotated and scaled.</summary>
    public float* Query;

    /// <summary>[T, H, S].</summary>
    public float* Output;

    /// <summary>One more score of each head, without a value, [H]; null for none.</summary>
    public float* Sinks;

    /// <summary>Vectors of the distances from -k to k, [2k + 1, S]; null for none.</summary>
    public float* RelativeKeys, RelativeValues;

    /// <summary>k.</summary>
    public int MaximumDistance;

    public LayerCache Cache;
    public KeyView View;
    public int Heads;

    /// <summary>Position of the first token.</summary>
    public int Start;

    /// <summary>T.</summary>
    public int Tokens;

    public readonly int Items => Tokens * Heads;

    /// <summary>The weight of each position for one query of one head.</summary>
    /// <param name="token">The query.</param>
    /// <param name="head">Its head.</param>
    /// <param name="row">Receives the weights of visible positions; the others stay as they are.</param>
    public readonly void ComputeProbabilities(int token, int head, Span<float> row)
    {
        int position = Start + token, end = View.End(position);
        float maximum = Sinks == null ? float.NegativeInfinity : Sinks[head];
        for (int c = 0; c < end; c++)
            if (IsVisible(c, position))
                maximum = Math.Max(maximum, row[c] = Score(token, head, c));
        double sum = Sinks == null ? 0 : Math.Exp(Sinks[head] - maximum);
        for (int c = 0; c < end; c++)
            if (IsVisible(c, position))
                sum += row[c] = MathF.Exp(row[c] - maximum);
        for (int c = 0; c < end; c++)
            if (IsVisible(c, position))
                row[c] = (float)(row[c] / sum);
    }

    public readonly void Run(int item)
    {
        (int token, int head) = Math.DivRem(item, Heads);
        int size = Cache.HeadSize, position = Start + token, end = View.End(position), keyValueHead = head / (Heads / Cache.KeyValueHeads);
        float[] weights = ArrayPool<float>.Shared.Rent(end);
        ComputeProbabilities(token, head, weights);
        var output = new Span<float>(Output + ((((nint)token * Heads) + head) * size), size);
        output.Clear();
        for (int c = 0; c < end; c++)
        {
            if (!IsVisible(c, position))
                continue;
            float* relative = RelativeValues == null ? null : RelativeValues + RelativeOffset(c - position);
            for (int s = 0; s < size; s++)
            {
                float value = Cache.Value(keyValueHead, c, s);
                output[s] += weights[c] * (relative == null ? value : value + relative[s]);
            }
        }
        ArrayPool<float>.Shared.Return(weights);
    }

    private readonly bool IsVisible(int key, int position) => key < View.SinkTokens || key >= View.First(position);

    private readonly float Score(int token, int head, int key)
    {
        int size = Cache.HeadSize, keyValueHead = head / (Heads / Cache.KeyValueHeads), distance = key - (Start + token);
        float* query = Query + ((((nint)token * Heads) + head) * size);
        float* relative = RelativeKeys == null ? null : RelativeKeys + RelativeOffset(distance);
        float score = 0;
        for (int s = 0; s < size; s++)
            score += query[s] * (Cache.Key(keyValueHead, key, s) + (relative == null ? 0 : relative[s]));
        if (View.SoftCap > 0)
            score = View.SoftCap * MathF.Tanh(score / View.SoftCap);
        float* bias = View.BiasOf(head, distance);
        return bias == null ? score : score + *bias;
    }

    private readonly nint RelativeOffset(int distance) =>
        (nint)(Math.Clamp(distance, -MaximumDistance, MaximumDistance) + MaximumDistance) * Cache.HeadSize;
}

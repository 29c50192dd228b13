using Weft.Inference.Threading;

namespace Weft.Inference.Kernels;

// T tokens, K key-value heads, S head size, R values of a head that are rotated.

/// <summary>Rotates keys that are in the cache anew, from what they were before the first rotation.</summary>
internal unsafe struct KeyTurningWork : IWork
{
    private const int PositionsPerItem = 16;

    public LayerCache Cache;

    /// <summary>[T, R/2].</summary>
    public float* Cosine, Sine;

    /// <summary>R.</summary>
    public int RotatedSize;

    /// <summary>Neighbours are a pair.</summary>
    public bool Interleaved;

    /// <summary>Position of the first token.</summary>
    public int Start;

    /// <summary>T.</summary>
    public int Tokens;

    public readonly int Items => (Tokens + PositionsPerItem - 1) / PositionsPerItem;

    public readonly void Run(int item)
    {
        int size = Cache.HeadSize, end = Math.Min(Tokens, (item + 1) * PositionsPerItem);
        float[] turned = System.Buffers.ArrayPool<float>.Shared.Rent(size);
        fixed (float* key = turned)
        {
            for (int t = item * PositionsPerItem; t < end; t++)
            {
                nint angles = (nint)t * (RotatedSize / 2);
                for (int k = 0; k < Cache.KeyValueHeads; k++)
                {
                    new ReadOnlySpan<float>(Cache.PlainKey(k, Start + t), size).CopyTo(turned);
                    if (Interleaved)
                        RotaryRotation.ExecuteInterleaved(key, Cosine + angles, Sine + angles, RotatedSize);
                    else
                        RotaryRotation.Execute(key, Cosine + angles, Sine + angles, RotatedSize);
                    Cache.StoreKey(k, Start + t, key);
                }
            }
        }
        System.Buffers.ArrayPool<float>.Shared.Return(turned);
    }
}

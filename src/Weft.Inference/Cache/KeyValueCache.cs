using Weft.Model.Spec;

namespace Weft.Inference;

/// <summary>
/// The keys and values of one sequence: its state, handed in with every call. One sequence, one call at a time. Memory is taken as
/// the sequence grows, so room that is never used costs nothing. Disposing it, or losing it, gives the memory to the model's next sequence.
/// </summary>
public sealed class KeyValueCache : IDisposable
{
    private readonly ModelSpec _spec;

    internal KeyValueCache(ModelSpec spec, StackCache own, StackCache? source = null)
    {
        _spec = spec;
        Own = own;
        Source = source;
    }

    /// <summary>Tokens that the cache holds.</summary>
    public int Length => Own.Length;

    /// <summary>Tokens that the cache has room for.</summary>
    public int Capacity => Own.Capacity;

    /// <summary>Bytes of keys and values; grows with the sequence.</summary>
    public long ByteCount => Own.ByteCount + (Source?.ByteCount ?? 0);

    /// <summary>Of self attention.</summary>
    internal StackCache Own { get; }

    /// <summary>Of cross attention: what the encoder made of the source. It does not change.</summary>
    internal StackCache? Source { get; }

    /// <summary>Forgets all tokens from position <paramref name="length"/> on, so that other ones can follow.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The cache does not hold that many tokens.</exception>
    public void Truncate(int length)
    {
        if ((uint)length > (uint)Length)
            throw new ArgumentOutOfRangeException(nameof(length), length,
                $"the cache holds {Length} tokens and cannot be truncated to {length}; use 0 to {Length}");
        Own.Truncate(length);
    }

    /// <summary>A copy that can be continued otherwise, as the beams of a search are. What an encoder made of a source is shared.</summary>
    public KeyValueCache Fork() => new(_spec, Own.Fork(), Source);

    /// <summary>Forgets everything; what an encoder made of a source stays for the forks that share it.</summary>
    public void Dispose() => Own.Dispose();

    /// <summary>Whether the cache was made for such a model.</summary>
    internal bool Fits(ModelSpec spec) => spec == _spec;
}

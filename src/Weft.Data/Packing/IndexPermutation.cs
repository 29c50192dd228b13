using System.Numerics;

namespace Weft.Data;

/// <summary>
/// A seeded permutation of [0, count) in constant memory: a balanced Feistel network over the next even number of bits, with
/// cycle walking back into the range (Black and Rogaway: Ciphers with Arbitrary Finite Domains, CT-RSA 2002). The network's
/// domain is below 4 × count, so a look-up takes fewer than four walks on average.
/// </summary>
internal readonly struct IndexPermutation
{
    // Four rounds suffice for large domains; small ones (a few windows) need more to look shuffled.
    private const int Rounds = 8;

    private readonly ulong _seed;
    private readonly int _halfBits;

    public IndexPermutation(long count, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        Count = count;
        _seed = seed;
        int bits = 64 - BitOperations.LeadingZeroCount((ulong)(count - 1));
        _halfBits = Math.Max(1, (bits + 1) / 2);
    }

    public long Count { get; }

    /// <summary>Where the permutation sends <paramref name="index"/>.</summary>
    public long this[long index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
            ulong value = (ulong)index;
            // The network permutes its whole domain, so the walk from a value in range returns to the range.
            do
                value = Encipher(value);
            while (value >= (ulong)Count);
            return (long)value;
        }
    }

    private ulong Encipher(ulong value)
    {
        ulong mask = (1UL << _halfBits) - 1;
        ulong left = value >> _halfBits;
        ulong right = value & mask;
        for (ulong round = 0; round < Rounds; round++)
            (left, right) = (right, left ^ (CounterRandom.At(_seed, (round << 32) ^ right) & mask));
        return (left << _halfBits) | right;
    }
}

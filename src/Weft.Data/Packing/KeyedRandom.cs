namespace Weft.Data;

/// <summary>
/// Random numbers that are a function of a seed and two keys alone, such as an epoch and a document: what they decide is decided
/// the same way again, whenever and in whatever order it is asked for.
/// </summary>
/// <param name="seed">Of a run.</param>
/// <param name="first">First key.</param>
/// <param name="second">Second key.</param>
public sealed class KeyedRandom(ulong seed, long first, long second)
{
    private readonly ulong _seed = CounterRandom.At(CounterRandom.At(seed, (ulong)first), (ulong)second);
    private ulong _drawn;

    /// <summary>Uniform in [0, <paramref name="bound"/>).</summary>
    public int Below(int bound)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bound);
        return (int)CounterRandom.Below(bound, _seed, _drawn++);
    }

    /// <summary>Uniform in [0, 1), in steps of 2^-53.</summary>
    public double Unit() => (CounterRandom.At(_seed, _drawn++) >> 11) * (1.0 / (1L << 53));

    /// <summary>From the Poisson distribution (Knuth, The Art of Computer Programming 2, section 3.4.1); for means up to some hundreds.</summary>
    public int Poisson(double mean)
    {
        double limit = Math.Exp(-mean);
        int count = 0;
        for (double product = Unit(); product > limit; product *= Unit())
            count++;
        return count;
    }

    /// <summary>Every order is equally likely (Fisher and Yates).</summary>
    public void Shuffle<T>(Span<T> values)
    {
        for (int i = values.Length - 1; i > 0; i--)
        {
            int j = Below(i + 1);
            (values[i], values[j]) = (values[j], values[i]);
        }
    }
}

namespace Weft.Data;

/// <summary>The order in which an epoch visits so many things: each once, shuffled by a seed, in constant memory.</summary>
/// <param name="count">Things, at least one.</param>
/// <param name="seed">Of a run.</param>
/// <param name="epoch">Passes before this one.</param>
public readonly struct EpochOrder(long count, ulong seed, long epoch)
{
    private readonly IndexPermutation _order = new(count, CounterRandom.At(seed, (ulong)epoch));

    /// <summary>Things of an epoch.</summary>
    public long Count => _order.Count;

    /// <summary>What comes at a place, from 0.</summary>
    public long this[long place] => _order[place];
}

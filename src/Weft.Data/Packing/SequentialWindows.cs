namespace Weft.Data;

/// <summary>
/// Cuts a shard into consecutive windows for evaluation: each token but the first is a target exactly once, the last window may
/// be shorter. Neighbours share one id, the last target of one being the first input of the next. Safe for concurrent use.
/// </summary>
public sealed class SequentialWindows
{
    private readonly ITokenSequence _shard;

    /// <param name="shard">The shard; it stays the caller's to dispose. Fewer than two tokens make no window.</param>
    /// <param name="length">Targets per window, at least one.</param>
    /// <exception cref="ArgumentOutOfRangeException">The length is not positive.</exception>
    public SequentialWindows(ITokenSequence shard, int length)
    {
        ArgumentNullException.ThrowIfNull(shard);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        _shard = shard;
        Length = length;
        TargetCount = Math.Max(0, shard.TokenCount - 1);
        Count = (TargetCount + length - 1) / length;
    }

    /// <summary>Targets of every window but the last.</summary>
    public int Length { get; }

    /// <summary>Windows.</summary>
    public long Count { get; }

    /// <summary>Targets of all windows together: the shard's tokens less one.</summary>
    public long TargetCount { get; }

    /// <summary>Targets of one window: <see cref="Length"/>, or what is left for the last.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such window.</exception>
    public int TargetsOf(long index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        return (int)Math.Min(Length, TargetCount - index * Length);
    }

    /// <summary>Copies one window and returns its number of targets n; the destination's first n + 1 ids are written.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such window.</exception>
    /// <exception cref="ArgumentException">The destination is shorter than n + 1.</exception>
    public int Copy(long index, Span<long> destination)
    {
        int targets = TargetsOf(index);
        if (destination.Length <= targets)
            throw new ArgumentException(
                $"destination holds {destination.Length} ids, the window {targets + 1}", nameof(destination));
        _shard.Copy(index * Length, destination[..(targets + 1)]);
        return targets;
    }
}

namespace Weft.Data;

/// <summary>The refusals that all samplers share.</summary>
internal static class WindowCheck
{
    public static void Draw(ITokenSequence shard, Span<long> destination, int windows, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(windows);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        if (destination.Length < (long)windows * ((long)length + 1))
            throw new ArgumentException(
                $"destination holds {destination.Length} ids; {windows} windows of {length} + 1 need more", nameof(destination));
        if (shard.TokenCount <= length)
            throw new ArgumentException(
                $"{shard.Name} holds {shard.TokenCount} tokens, fewer than one window of {length} + 1; "
                + "use a shorter context or more text",
                nameof(length));
    }

    public static void Cursor(WindowCursor cursor, ITokenSequence shard)
    {
        ArgumentNullException.ThrowIfNull(cursor);
        if (cursor.TokenCount != shard.TokenCount)
            throw new ArgumentException(
                $"the cursor belongs to a shard of {cursor.TokenCount} tokens, {shard.Name} holds {shard.TokenCount}; "
                + "resume with the same data",
                nameof(cursor));
        if (cursor.Epoch < 0 || cursor.Position < 0 || cursor.Length < 0)
            throw new ArgumentException($"{cursor} has a negative field", nameof(cursor));
    }
}

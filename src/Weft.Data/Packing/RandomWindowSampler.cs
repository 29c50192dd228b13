namespace Weft.Data;

/// <summary>
/// Draws windows with uniformly random starts, with replacement, as nanoGPT's <c>get_batch</c> does. The n-th window is a
/// function of (seed, n) alone, so the state is one counter.
/// </summary>
public sealed class RandomWindowSampler : IWindowSampler
{
    private readonly ITokenSequence _shard;
    private WindowCursor _cursor;

    /// <summary>Starts at the first draw.</summary>
    /// <param name="shard">The shard; it stays the caller's to dispose.</param>
    /// <param name="seed">Seed of the starts.</param>
    public RandomWindowSampler(ITokenSequence shard, ulong seed = 0)
    {
        ArgumentNullException.ThrowIfNull(shard);
        _shard = shard;
        _cursor = new WindowCursor(seed, shard.TokenCount, 0, 0, 0);
    }

    /// <inheritdoc/>
    public WindowCursor Cursor
    {
        get => _cursor;
        set
        {
            WindowCheck.Cursor(value, _shard);
            if (value.Epoch != 0 || value.Length != 0)
                throw new ArgumentException($"{value} belongs to a sampler with epochs", nameof(value));
            _cursor = value;
        }
    }

    /// <inheritdoc/>
    public void Next(Span<long> destination, int windows, int length)
    {
        WindowCheck.Draw(_shard, destination, windows, length);
        for (int row = 0; row < windows; row++)
        {
            long start = CounterRandom.Below(_shard.TokenCount - length, _cursor.Seed, (ulong)(_cursor.Position + row));
            _shard.Copy(start, destination.Slice(row * (length + 1), length + 1));
        }
        _cursor = _cursor with { Position = _cursor.Position + windows };
    }
}

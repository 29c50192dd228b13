namespace Weft.Data;

/// <summary>
/// Visits, in each epoch, every window of the packed stream once in a seeded random order that takes no memory. The windows
/// of an epoch tile the stream from a random offset below one length, so boundaries move from epoch to epoch and no target is
/// seen twice in one. A batch may straddle two epochs; a change of length starts the next epoch.
/// </summary>
public sealed class ShuffledWindowSampler : IWindowSampler
{
    private readonly ITokenSequence _shard;
    private WindowCursor _cursor;
    private long _offset;
    private IndexPermutation _order;

    /// <summary>Starts at the first epoch.</summary>
    /// <param name="shard">The shard; it stays the caller's to dispose.</param>
    /// <param name="seed">Seed of offsets and orders.</param>
    public ShuffledWindowSampler(ITokenSequence shard, ulong seed = 0)
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
            if (value.Length == 0 ? value.Position != 0 : value.Length >= _shard.TokenCount)
                throw new ArgumentException($"{value} has no windows of that length", nameof(value));
            if (value.Length > 0 && value.Position > WindowsPerEpoch(value))
                throw new ArgumentException(
                    $"{value} lies past the {WindowsPerEpoch(value)} windows of its epoch", nameof(value));
            _cursor = value;
            if (value.Length > 0)
                LayOut();
        }
    }

    /// <summary>Windows in the current epoch; 0 before the first draw.</summary>
    public long WindowsInEpoch => _cursor.Length == 0 ? 0 : _order.Count;

    /// <inheritdoc/>
    public void Next(Span<long> destination, int windows, int length)
    {
        WindowCheck.Draw(_shard, destination, windows, length);
        if (_cursor.Length != length)
            Begin(_cursor.Position == 0 ? _cursor.Epoch : _cursor.Epoch + 1, length);
        for (int row = 0; row < windows; row++)
        {
            if (_cursor.Position == _order.Count)
                Begin(_cursor.Epoch + 1, length);
            long start = _offset + _order[_cursor.Position] * length;
            _shard.Copy(start, destination.Slice(row * (length + 1), length + 1));
            _cursor = _cursor with { Position = _cursor.Position + 1 };
        }
    }

    private void Begin(long epoch, int length)
    {
        _cursor = _cursor with { Epoch = epoch, Position = 0, Length = length };
        LayOut();
    }

    private void LayOut()
    {
        _offset = OffsetOf(_cursor);
        _order = new IndexPermutation(WindowsPerEpoch(_cursor), CounterRandom.At(_cursor.Seed, 2 * (ulong)_cursor.Epoch + 1));
    }

    private static long WindowsPerEpoch(WindowCursor cursor) => (cursor.TokenCount - 1 - OffsetOf(cursor)) / cursor.Length;

    private static long OffsetOf(WindowCursor cursor)
    {
        // A shard barely longer than a window leaves fewer offsets than the length.
        long offsets = Math.Min(cursor.Length, cursor.TokenCount - cursor.Length);
        return CounterRandom.Below(offsets, cursor.Seed, 2 * (ulong)cursor.Epoch);
    }
}

namespace Weft.Data;

/// <summary>
/// The documents of a shard, those that are too long cut into pieces: all of a piece's length but the last. No piece reaches from one document into
/// the next. Safe for concurrent use.
/// </summary>
public sealed class DocumentPieces
{
    private readonly ITokenSequence _shard;
    private readonly int _overlap;

    /// <summary>Pieces before each document, and of all of them: 8 bytes a document.</summary>
    private readonly long[] _before;

    /// <summary>Lays out the pieces.</summary>
    /// <param name="shard">The shard; it stays the caller's to dispose.</param>
    /// <param name="length">Tokens of a piece that is not its document's last.</param>
    /// <param name="overlap">Tokens that a piece has beyond its length, which the next one has too: 1 where each token is to be the successor of another.</param>
    /// <param name="fewest">Shorter pieces are left out.</param>
    public DocumentPieces(ITokenSequence shard, int length, int overlap = 0, int fewest = 1)
    {
        ArgumentNullException.ThrowIfNull(shard);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        ArgumentOutOfRangeException.ThrowIfNegative(overlap);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(fewest);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(fewest, length);
        (_shard, Length, _overlap) = (shard, length, overlap);
        _before = new long[shard.DocumentCount + 1];
        for (int document = 0; document < shard.DocumentCount; document++)
        {
            long tokens = Math.Max(0, shard.DocumentStart(document + 1) - shard.DocumentStart(document) - overlap), rest = tokens % length;
            bool kept = rest >= fewest;
            _before[document + 1] = _before[document] + (tokens / length) + (kept ? 1 : 0);
            TokenCount += kept ? tokens : tokens - rest;
        }
    }

    /// <summary>Most tokens of a piece, overlap aside.</summary>
    public int Length { get; }

    /// <summary>Pieces.</summary>
    public long Count => _before[^1];

    /// <summary>Tokens of all pieces together, overlap aside.</summary>
    public long TokenCount { get; }

    /// <summary>A piece's tokens, with its overlap.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such piece.</exception>
    public long[] this[long index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
            int document = DocumentOf(index);
            long start = _shard.DocumentStart(document) + ((index - _before[document]) * Length);
            long[] ids = new long[Math.Min(Length + _overlap, _shard.DocumentStart(document + 1) - start)];
            _shard.Copy(start, ids);
            return ids;
        }
    }

    /// <summary>The last document with no more pieces before it; one without pieces shares their number with its successor.</summary>
    private int DocumentOf(long index)
    {
        int low = 0, high = _before.Length - 1;
        while (high - low > 1)
        {
            int middle = (low + high) / 2;
            (low, high) = _before[middle] <= index ? (middle, high) : (low, middle);
        }
        return low;
    }
}

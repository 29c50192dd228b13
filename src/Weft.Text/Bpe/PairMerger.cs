namespace Weft.Text.Bpe;

/// <summary>
/// Merges the symbols of one word: always the pair of the lowest rank, the leftmost of equals. Short words rescan an array of
/// ranks; long ones use linked symbols and a heap, O(n log n). Holds buffers, so one thread at a time.
/// </summary>
internal sealed class PairMerger(MergeTable merges)
{
    // Below this length shifting a small array is cheaper than a heap.
    private const int ShortLength = 48;

    private readonly ulong[] _ranks = new ulong[ShortLength];
    private readonly PriorityQueue<int, ulong> _queue = new();
    private int[] _previous = [];
    private int[] _next = [];

    /// <summary>Merges in place and returns how many symbols are left at the front of the span.</summary>
    public int Merge(Span<int> symbols) => symbols.Length switch
    {
        < 2 => symbols.Length,
        <= ShortLength => MergeShort(symbols),
        _ => MergeLong(symbols, default),
    };

    /// <summary>The same, keeping with each symbol the part of the word that it covers.</summary>
    public int MergeTracked(Span<int> symbols, Span<Origin> places) =>
        symbols.Length < 2 ? symbols.Length : MergeLong(symbols, places);

    private int MergeShort(Span<int> symbols)
    {
        int count = symbols.Length;
        Span<ulong> ranks = _ranks.AsSpan(0, count - 1);
        for (int i = 0; i < ranks.Length; i++)
            ranks[i] = merges.Find(symbols[i], symbols[i + 1]);
        while (true)
        {
            int best = 0;
            ulong lowest = MergeTable.None;
            for (int i = 0; i < count - 1; i++)
                if (ranks[i] >> 32 < lowest >> 32)
                    (lowest, best) = (ranks[i], i);
            if (lowest == MergeTable.None)
                return count;
            symbols[best] = (int)(uint)lowest;
            symbols[(best + 2)..count].CopyTo(symbols[(best + 1)..]);
            ranks[(best + 1)..(count - 1)].CopyTo(ranks[best..]);
            count--;
            if (best > 0)
                ranks[best - 1] = merges.Find(symbols[best - 1], symbols[best]);
            if (best < count - 1)
                ranks[best] = merges.Find(symbols[best], symbols[best + 1]);
        }
    }

    private int MergeLong(Span<int> symbols, Span<Origin> places)
    {
        int count = symbols.Length;
        if (_next.Length < count)
            (_previous, _next) = (new int[count], new int[count]);
        _queue.EnsureCapacity(count);
        for (int i = 0; i < count; i++)
        {
            (_previous[i], _next[i]) = (i - 1, i + 1);
            if (i + 1 < count && merges.Find(symbols[i], symbols[i + 1]) is ulong merge and not MergeTable.None)
                _queue.Enqueue(i, Priority(merge, i));
        }
        while (_queue.TryDequeue(out int left, out ulong priority))
        {
            // An entry is stale when one of its symbols has merged with another neighbour since.
            int right = symbols[left] < 0 ? count : _next[left];
            if (right >= count)
                continue;
            ulong merge = merges.Find(symbols[left], symbols[right]);
            if (merge == MergeTable.None || Priority(merge, left) != priority)
                continue;
            symbols[left] = (int)(uint)merge;
            symbols[right] = -1;
            int after = _next[left] = _next[right];
            if (after < count)
            {
                _previous[after] = left;
                Offer(symbols, left, after);
            }
            if (_previous[left] >= 0)
                Offer(symbols, _previous[left], left);
        }
        int kept = 0;
        for (int i = 0; i < count; i = _next[i])
        {
            if (!places.IsEmpty)
                places[kept] = places[i].To(places[_next[i] - 1]);
            symbols[kept++] = symbols[i];
        }
        ReleaseLargeBuffers();
        return kept;
    }

    // By rank and then from the left: a pair's position takes the place of its result.
    private static ulong Priority(ulong merge, int left) => (merge >> 32 << 32) | (uint)left;

    private void Offer(Span<int> symbols, int left, int right)
    {
        if (merges.Find(symbols[left], symbols[right]) is ulong merge and not MergeTable.None)
            _queue.Enqueue(left, Priority(merge, left));
    }

    // One very long word must not pin its buffers for the life of the tokenizer.
    private void ReleaseLargeBuffers()
    {
        if (_next.Length > 1 << 16)
            (_previous, _next) = ([], []);
        if (_queue.Capacity > 1 << 16)
            _queue.TrimExcess();
    }
}

using System.Runtime.InteropServices;

namespace Weft.Text;

/// <summary>Count of each pair of adjacent tokens over the corpus, and the words that may hold it.</summary>
internal sealed class PairTable
{
    private readonly Dictionary<ulong, Entry> _entries = [];

    /// <summary>The pairs that have grown since the last <see cref="TakeGrown"/>.</summary>
    private readonly HashSet<ulong> _grown = [];

    public static ulong Key(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;

    public long CountOf(ulong pair) => _entries.TryGetValue(pair, out Entry? entry) ? entry.Count : 0;

    public void Add(int left, int right, long count, int word)
    {
        ulong key = Key(left, right);
        ref Entry? entry = ref CollectionsMarshal.GetValueRefOrAddDefault(_entries, key, out _);
        entry ??= new Entry();
        entry.Count += count;
        // A word may come twice with another between; merging it a second time changes nothing.
        if (entry.Words.Count == 0 || entry.Words[^1] != word)
            entry.Words.Add(word);
        _grown.Add(key);
    }

    public void Remove(int left, int right, long count) => _entries[Key(left, right)].Count -= count;

    /// <summary>The words of a pair that is about to be merged; later occurrences start a new list.</summary>
    public List<int> TakeWords(ulong pair)
    {
        Entry entry = _entries[pair];
        (List<int> words, entry.Words) = (entry.Words, []);
        return words;
    }

    /// <summary>The pairs that have grown, in no order; the queue orders them.</summary>
    public IEnumerable<ulong> TakeGrown()
    {
        ulong[] grown = [.. _grown];
        _grown.Clear();
        return grown;
    }

    private sealed class Entry
    {
        public long Count;
        public List<int> Words = [];
    }
}

using System.Runtime.InteropServices;

namespace Weft.Text;

/// <summary>Count of each pair of adjacent tokens over the corpus, and the words that may hold it.</summary>
internal sealed class PairTable
{
    // By mixed pairs: .NET's hash of a number is its one half with the other, so that a pair and its reverse, and all pairs of equals, would meet.
    private readonly Dictionary<ulong, Entry> _entries = [];

    /// <summary>The pairs that have grown since the last <see cref="TakeGrown"/>.</summary>
    private readonly List<Entry> _grown = [];

    public static ulong Key(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;

    public long CountOf(ulong pair) => _entries.TryGetValue(Mix(pair), out Entry? entry) ? entry.Count : 0;

    public void Add(int left, int right, long count, int word)
    {
        ulong pair = Key(left, right);
        Entry entry = CollectionsMarshal.GetValueRefOrAddDefault(_entries, Mix(pair), out _) ??= new Entry(pair);
        entry.Count += count;
        // A word may come twice with another between; merging it a second time changes nothing.
        if (entry.Words.Count == 0 || entry.Words[^1] != word)
            entry.Words.Add(word);
        if (!entry.HasGrown)
            _grown.Add(entry);
        entry.HasGrown = true;
    }

    public void Remove(int left, int right, long count) => _entries[Mix(Key(left, right))].Count -= count;

    /// <summary>The words of a pair that is about to be merged; later occurrences start a new list.</summary>
    public List<int> TakeWords(ulong pair)
    {
        Entry entry = _entries[Mix(pair)];
        (List<int> words, entry.Words) = (entry.Words, []);
        return words;
    }

    /// <summary>The pairs that have grown and occur, with their counts.</summary>
    public IEnumerable<(ulong Pair, long Count)> TakeGrown()
    {
        foreach (Entry entry in _grown)
        {
            entry.HasGrown = false;
            if (entry.Count > 0)
                yield return (entry.Pair, entry.Count);
        }
        _grown.Clear();
    }

    private static ulong Mix(ulong pair) => pair * 0x9E3779B97F4A7C15;

    private sealed class Entry(ulong pair)
    {
        public readonly ulong Pair = pair;
        public long Count;
        public bool HasGrown;
        public List<int> Words = [];
    }
}

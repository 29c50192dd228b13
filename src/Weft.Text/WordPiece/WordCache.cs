using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Weft.Text.WordPiece;

/// <summary>
/// The last word of each hash with its ids. Words and ids lie in fixed places, so the cache never grows, allocates or needs to
/// be emptied; longer words are quicker found anew than kept.
/// </summary>
internal sealed class WordCache
{
    private const int SlotBits = 14, LongestWord = 16, MostIds = 4;

    private readonly Entry[] _entries = new Entry[1 << SlotBits];

    /// <summary>The ids of a word that was set and not replaced since; valid until the next <see cref="Set"/>.</summary>
    public bool TryGet(ReadOnlySpan<char> word, out ReadOnlySpan<int> ids)
    {
        ids = default;
        if (word.Length > LongestWord)
            return false;
        Key key = Key.Of(word);
        ref Entry entry = ref _entries[key.Hash() >> (64 - SlotBits)];
        if (entry.Key != key)
            return false;
        ids = MemoryMarshal.CreateReadOnlySpan(ref entry.Ids[0], entry.Count);
        return true;
    }

    /// <summary>Keeps the ids of a word that is not empty, if both are short.</summary>
    public void Set(ReadOnlySpan<char> word, ReadOnlySpan<int> ids)
    {
        if (word.Length > LongestWord || ids.Length > MostIds)
            return;
        Key key = Key.Of(word);
        ref Entry entry = ref _entries[key.Hash() >> (64 - SlotBits)];
        (entry.Key, entry.Count) = (key, ids.Length);
        for (int i = 0; i < ids.Length; i++)
            entry.Ids[i] = ids[i];
    }

    private struct Entry
    {
        public Key Key;
        public int Count;
        public IdList Ids;
    }

    [InlineArray(MostIds)]
    private struct IdList
    {
        private int _first;
    }

    /// <summary>
    /// A word of 1 to 16 units, whole: four units from each end, and of longer words four more from each. That they overlap
    /// does not matter, since the length is part of the key.
    /// </summary>
    private readonly record struct Key(ulong Head, ulong Tail, ulong InnerHead, ulong InnerTail, int Length)
    {
        public static Key Of(ReadOnlySpan<char> word)
        {
            int length = word.Length;
            if (length < 4)
                return new(Short(word), 0, 0, 0, length);
            return length <= 8
                ? new(FourAt(word, 0), FourAt(word, length - 4), 0, 0, length)
                : new(FourAt(word, 0), FourAt(word, length - 4), FourAt(word, 4), FourAt(word, length - 8), length);
        }

        public ulong Hash()
        {
            const ulong Odd = 0x9E3779B97F4A7C15;
            ulong hash = (Head * Odd ^ Tail) + (uint)Length;
            hash = (hash ^ hash >> 32) * 0xD6E8FEB86659FD93;
            return Length <= 8 ? hash : ((hash ^ InnerHead) * Odd ^ InnerTail) * 0xD6E8FEB86659FD93;
        }

        private static ulong Short(ReadOnlySpan<char> word)
        {
            ulong units = 0;
            foreach (char c in word)
                units = units << 16 | c;
            return units;
        }

        private static ulong FourAt(ReadOnlySpan<char> word, int at) =>
            MemoryMarshal.Read<ulong>(MemoryMarshal.AsBytes(word.Slice(at, 4)));
    }
}

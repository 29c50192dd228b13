using System.Runtime.InteropServices;

namespace Weft.Text.WordPiece;

/// <summary>
/// The last word of each hash with its ids. Words and ids lie in fixed places, so the cache never grows, allocates or needs to
/// be emptied; longer words are quicker found anew than kept.
/// </summary>
internal sealed class WordCache
{
    private const int Slots = 1 << 14, LongestWord = 16, MostIds = 4;

    // Four characters to a number; what a word leaves free is zero.
    private const int NumbersPerWord = LongestWord / 4;

    private readonly ulong[] _words = new ulong[Slots * NumbersPerWord];
    private readonly int[] _ids = new int[Slots * MostIds];
    private readonly Sizes[] _sizes = new Sizes[Slots];

    /// <summary>The ids of a word that was set and not replaced since; valid until the next <see cref="Set"/>.</summary>
    public bool TryGet(ReadOnlySpan<char> word, out ReadOnlySpan<int> ids)
    {
        ids = default;
        if (word.Length > LongestWord)
            return false;
        Span<ulong> key = stackalloc ulong[NumbersPerWord];
        int slot = SlotOf(word, key);
        Sizes sizes = _sizes[slot];
        if (sizes.Length != word.Length || !_words.AsSpan(slot * NumbersPerWord, NumbersPerWord).SequenceEqual(key))
            return false;
        ids = _ids.AsSpan(slot * MostIds, sizes.Count);
        return true;
    }

    /// <summary>Keeps the ids of a word if it is not empty and both are short.</summary>
    public void Set(ReadOnlySpan<char> word, ReadOnlySpan<int> ids)
    {
        if (word.Length > LongestWord || word.IsEmpty || ids.Length > MostIds)
            return;
        Span<ulong> key = stackalloc ulong[NumbersPerWord];
        int slot = SlotOf(word, key);
        key.CopyTo(_words.AsSpan(slot * NumbersPerWord));
        ids.CopyTo(_ids.AsSpan(slot * MostIds));
        _sizes[slot] = new Sizes((byte)word.Length, (byte)ids.Length);
    }

    private static int SlotOf(ReadOnlySpan<char> word, Span<ulong> key)
    {
        key.Clear();
        word.CopyTo(MemoryMarshal.Cast<ulong, char>(key));
        ulong hash = 0;
        foreach (ulong number in key)
            hash = (hash ^ number) * 0x9E3779B97F4A7C15 ^ hash >> 29;
        return (int)(hash * 0xD6E8FEB86659FD93 >> 50);
    }

    private readonly record struct Sizes(byte Length, byte Count);
}

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Weft.Text;

/// <summary>
/// The ids of short words, for text repeats its words. Two places for each hash in a table of fixed size: a new word takes the
/// first, and the one that stood there moves to the second. A word takes 64 bytes, as much as a processor fetches at once.
/// </summary>
internal sealed class WordCache
{
    /// <summary>Ids of the word with most.</summary>
    public const int MostIds = 7;

    private const int Bits = 15;

    private readonly Word[] _words = new Word[1 << Bits];

    /// <summary>The ids of a word that was added and has not been pushed out; otherwise none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadOnlySpan<int> Find(scoped in WordKey key)
    {
        int slot = key.Hash(Bits);
        ref Word word = ref _words[slot];
        if (!word.Is(key))
        {
            word = ref _words[slot ^ 1];
            if (!word.Is(key))
                return default;
        }
        return ((ReadOnlySpan<int>)word.Ids)[..word.Count];
    }

    /// <summary>Appends the ids of a word that is not empty; false when it is not kept here.</summary>
    public bool TryAppend(ReadOnlySpan<char> word, TokenList output)
    {
        ReadOnlySpan<int> ids = word.Length > WordKey.Longest ? default : Find(WordKey.Of(word, word.Length));
        if (ids.Length == 1)
            output.Add(ids[0]);
        else
            output.AddRange(ids);
        return ids.Length > 0;
    }

    /// <summary>Keeps a word that is not empty, if it and its ids are few enough.</summary>
    public void Add(ReadOnlySpan<char> word, ReadOnlySpan<int> ids)
    {
        if (word.Length <= WordKey.Longest && ids.Length is > 0 and <= MostIds)
            Add(WordKey.Of(word, word.Length), ids);
    }

    /// <summary>Keeps a word of at most <see cref="MostIds"/> ids.</summary>
    public void Add(in WordKey key, ReadOnlySpan<int> ids)
    {
        int slot = key.Hash(Bits);
        _words[slot ^ 1] = _words[slot];
        ref Word word = ref _words[slot];
        (word.Units, word.Length, word.Count) = (key.Units, (short)key.Length, (short)ids.Length);
        ids.CopyTo(word.Ids);
    }

    [InlineArray(MostIds)]
    private struct IdList
    {
        private int _first;
    }

    private struct Word
    {
        public Vector256<ushort> Units;
        public short Length, Count;
        public IdList Ids;

        // The length tells a word from one with NULs after it.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly bool Is(in WordKey key) => Units == key.Units && Length == key.Length;
    }
}

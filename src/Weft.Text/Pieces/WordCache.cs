using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Weft.Text;

/// <summary>
/// The ids of short words, for text repeats its words. A table with two places for each hash, side by side in the 64 bytes that a processor
/// fetches at once: a new word takes the first, and the one that stood there moves to the second. Words of more than two ids have these in a row of
/// their own. The table begins small, for most texts are, and begins anew with a larger one when it has been filled.
/// </summary>
internal sealed class WordCache
{
    /// <summary>Ids of the word with most.</summary>
    public const int MostIds = 8;

    private const int SmallestBits = 9, LargestBits = 16, GrowthBits = 2, LineBytes = 64, LineWords = 2, IdsWithin = 2;

    // Pinned, so that the lines stay where they begin with a place that the processor fetches at once.
    private byte[] _memory = [];
    private int[] _rows = [];
    private nint _start;
    private int _bits, _added;

    public WordCache() => Begin(SmallestBits);

    /// <summary>Appends the ids of a word that was added and has not been pushed out; false for others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryAppend(scoped in WordKey key, TokenList output)
    {
        int line = key.Hash(_bits);
        ref Word first = ref Line(line);
        int place = first.Is(key) ? 0 : 1;
        ref Word word = ref Unsafe.Add(ref first, place);
        if (!word.Is(key))
            return false;
        int count = word.Count;
        if (count > IdsWithin)
            output.AddRange(Row(line * LineWords + place)[..count]);
        else
            output.AddPair(word.Ids, count);
        return true;
    }

    /// <inheritdoc cref="TryAppend(in WordKey, TokenList)"/>
    public bool TryAppend(in Piece word, TokenList output) => WordKey.TryMake(word.Rest, word.Length, out WordKey key) && TryAppend(key, output);

    /// <summary>Keeps a word that is not empty, if it and its ids are few enough.</summary>
    public void Add(in Piece word, ReadOnlySpan<int> ids)
    {
        if (WordKey.TryMake(word.Rest, word.Length, out WordKey key))
            Add(key, ids);
    }

    /// <inheritdoc cref="Add(in Piece, ReadOnlySpan{int})"/>
    public void Add(in WordKey key, ReadOnlySpan<int> ids)
    {
        if (ids.Length is 0 or > MostIds)
            return;
        if (++_added > 1 << _bits && _bits < LargestBits)
            Begin(Math.Min(_bits + GrowthBits, LargestBits));
        int line = key.Hash(_bits);
        ref Word first = ref Line(line);
        Span<int> row = Row(line * LineWords);
        if (first.Count > IdsWithin)
            row.CopyTo(Row(line * LineWords + 1));
        Unsafe.Add(ref first, 1) = first;
        first = new Word(key, ids);
        if (ids.Length > IdsWithin)
            ids.CopyTo(row);
    }

    private unsafe void Begin(int bits)
    {
        (_bits, _added) = (bits, 0);
        _memory = GC.AllocateArray<byte>((1 << bits) * LineBytes + LineBytes, pinned: true);
        _rows = new int[(1 << bits) * LineWords * MostIds];
        _start = LineBytes - (nint)((ulong)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_memory)) % LineBytes);
    }

    private ref Word Line(int line) =>
        ref Unsafe.As<byte, Word>(ref Unsafe.AddByteOffset(ref MemoryMarshal.GetArrayDataReference(_memory), _start + (nint)line * LineBytes));

    private Span<int> Row(int word) => _rows.AsSpan(word * MostIds, MostIds);

    private readonly struct Word(in WordKey key, ReadOnlySpan<int> ids)
    {
        private const int CountBits = 4;

        private readonly Vector128<byte> _letters = key.Letters;
        private readonly ulong _shapeAndCount = key.Shape << CountBits | (uint)ids.Length;

        /// <summary>The first two, where there are no more than that.</summary>
        public readonly ulong Ids = (uint)ids[0] | (ulong)(uint)ids[^1] << 32;

        /// <summary>0 where there is no word.</summary>
        public int Count => (int)(_shapeAndCount & ((1 << CountBits) - 1));

        // An empty place looks like a NUL without ids.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public bool Is(scoped in WordKey key) => _letters == key.Letters && _shapeAndCount >> CountBits == key.Shape && _shapeAndCount != 0;
    }
}

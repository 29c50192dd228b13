using System.Runtime.CompilerServices;
using System.Text;

namespace Weft.Text.Bpe;

/// <summary>Words to ids by cache and <see cref="TokenSearch"/>, with the buffers of one thread.</summary>
/// <param name="search">Finds the ids of words that are not in the cache.</param>
/// <param name="output">Receives the ids.</param>
/// <param name="merge">Finds those that the search does not, and returns how many there are; null where the caller does it.</param>
internal sealed class WordEncoder(TokenSearch search, TokenList output, WordEncoder.Merge? merge = null)
{
    private const int KeptBytes = 1 << 16;

    /// <summary>Puts the ids of a word of bytes into a span as long as the word.</summary>
    public delegate int Merge(ReadOnlySpan<byte> word, Span<int> ids);

    private readonly WordCache _cache = new();
    private byte[] _bytes = new byte[256];
    private int[] _ids = new int[256];
    private ulong[] _dead = new ulong[8];

    /// <summary>Appends the ids of a word; false when the search cannot find them.</summary>
    public bool TryEncode(in Piece word)
    {
        if (!word.IsTracked)
            return TryEncode(word.Rest, word.Length);
        ReadOnlySpan<int> ids = Search(word.Text);
        AddTracked(word, ids);
        return ids.Length > 0;
    }

    /// <summary>The same without origins for the first units of a text.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryEncode(ReadOnlySpan<char> rest, int length)
    {
        if (!WordKey.TryMake(rest, length, out WordKey key))
            return TrySearch(rest[..length]);
        return _cache.TryAppend(key, output) || TrySearch(rest[..length], key);
    }

    private bool TrySearch(ReadOnlySpan<char> word)
    {
        ReadOnlySpan<int> ids = Search(word);
        output.AddRange(ids);
        return ids.Length > 0;
    }

    private bool TrySearch(ReadOnlySpan<char> word, in WordKey key)
    {
        ReadOnlySpan<int> ids = Search(word);
        output.AddRange(ids);
        _cache.Add(key, ids);
        return ids.Length > 0;
    }

    private ReadOnlySpan<int> Search(ReadOnlySpan<char> word)
    {
        Reserve(word.Length);
        int length = Encoding.UTF8.GetBytes(word, _bytes);
        if (search.MarksEnd)
            _bytes[length++] = TokenSearch.EndOfWord;
        Span<ulong> dead = _dead.AsSpan(0, length / 64 + 1);
        dead.Clear();
        int count = search.Find(_bytes.AsSpan(0, length), _ids, dead);
        if (count < 0 && merge is not null)
            count = merge(_bytes.AsSpan(0, length), _ids);
        return _ids.AsSpan(0, Math.Max(0, count));
    }

    private void Reserve(int units)
    {
        int bytes = checked(units * 3 + 1);
        // One very long word must not pin its buffers for the life of the tokenizer.
        if (bytes > _bytes.Length || _bytes.Length > KeptBytes && bytes < KeptBytes)
        {
            int size = Math.Max(bytes, bytes < KeptBytes ? KeptBytes : 0);
            (_bytes, _ids, _dead) = (new byte[size], new int[size], new ulong[size / 64 + 1]);
        }
    }

    // Tokens tile the bytes of the word; one that ends within a character stands for all of it.
    private void AddTracked(in Piece word, ReadOnlySpan<int> ids)
    {
        int at = 0, taken = 0;
        foreach (int id in ids)
        {
            int start = at;
            for (int bytes = ids.Length == 1 ? int.MaxValue : search.Lengths[id]; bytes > 0 && at < word.Length;)
            {
                int left = WidthAt(word.Text, at, out int units) - taken;
                (taken, at) = bytes >= left ? (0, at + units) : (taken + bytes, at);
                bytes -= left;
            }
            int end = taken > 0 && char.IsHighSurrogate(word.Text[at]) ? at + 2 : taken > 0 ? at + 1 : at;
            output.Add(id, word.OriginOf(start, end));
        }
    }

    private static int WidthAt(ReadOnlySpan<char> text, int at, out int units)
    {
        char c = text[at];
        units = char.IsHighSurrogate(c) ? 2 : 1;
        return units == 2 ? 4 : c < 0x80 ? 1 : c < 0x800 ? 2 : 3;
    }
}

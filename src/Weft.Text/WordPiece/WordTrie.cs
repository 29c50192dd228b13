using System.Numerics;

namespace Weft.Text.WordPiece;

/// <summary>
/// All tokens as one tree of UTF-16 units. Its edges lie in one open-addressing table, so that a step is a table read. The tokens that
/// continue a word hang below the node of their prefix.
/// </summary>
internal sealed class WordTrie
{
    private const long Empty = -1;

    private readonly long[] _keys;
    private readonly int[] _children;
    private readonly int[] _ids;
    private readonly int _shift, _continuation;

    public WordTrie(IReadOnlyDictionary<string, int> tokens, string prefix)
    {
        var edges = new Dictionary<long, int>();
        var ids = new List<int> { -1 };
        foreach ((string token, int id) in tokens)
            ids[AddPath(token, edges, ids)] = id;
        int capacity = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, edges.Count * 2));
        (_keys, _children, _ids) = (new long[capacity], new int[capacity], [.. ids]);
        _shift = 64 - BitOperations.Log2((uint)capacity);
        Array.Fill(_keys, Empty);
        foreach ((long key, int child) in edges)
        {
            int slot = Slot(key);
            while (_keys[slot] != Empty)
                slot = (slot + 1) & (capacity - 1);
            (_keys[slot], _children[slot]) = (key, child);
        }
        foreach (char c in prefix)
            _continuation = _continuation < 0 ? -1 : Follow(_continuation, c);
    }

    /// <summary>Id of the longest token at the start of a text, or -1.</summary>
    /// <param name="text">What is left of a word.</param>
    /// <param name="continues">The text continues the word, so that tokens with the prefix count.</param>
    /// <param name="length">UTF-16 units of the token.</param>
    public int Longest(ReadOnlySpan<char> text, bool continues, out int length)
    {
        int node = continues ? _continuation : 0, found = -1;
        length = 0;
        for (int i = 0; i < text.Length && node >= 0 && (node = Follow(node, text[i])) >= 0; i++)
            if (_ids[node] is int id and >= 0)
                (found, length) = (id, i + 1);
        return found;
    }

    private static int AddPath(string token, Dictionary<long, int> edges, List<int> ids)
    {
        int node = 0;
        foreach (char c in token)
        {
            long key = Key(node, c);
            if (!edges.TryGetValue(key, out node))
            {
                edges.Add(key, node = ids.Count);
                ids.Add(-1);
            }
        }
        return node;
    }

    private int Follow(int node, char c)
    {
        long key = Key(node, c);
        long[] keys = _keys;
        int slot = Slot(key);
        while (keys[slot] != key)
        {
            if (keys[slot] == Empty)
                return -1;
            slot = (slot + 1) & (keys.Length - 1);
        }
        return _children[slot];
    }

    private static long Key(int node, char c) => ((long)node << 16) | c;

    private int Slot(long key) => (int)((ulong)key * 0x9E3779B97F4A7C15 >> _shift);
}

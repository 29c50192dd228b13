using System.Text;
using Weft.Text.PreTokenizers;

namespace Weft.Text.Bpe;

/// <summary>
/// Finds the tokens of a piece without merging: at each place the longest token that may stand beside the one before, and where none may,
/// back to the one before and a shorter one for it. The tokens up to a place do not depend on the way to it, so a place that led nowhere is never
/// tried again, and the time is proportional to the length of the piece.
/// </summary>
internal sealed class TokenSearch
{
    /// <summary>Stands for the end of a word where the vocabulary marks it. No byte of UTF-8.</summary>
    public const byte EndOfWord = 0xFF;

    private readonly LiveMerges _merges;
    private readonly TokenTrie _trie;
    private readonly int[] _lengths, _shorter;

    // Where merges are ignored: the node of each token that no merge makes.
    private readonly Dictionary<int, int> _wholeOnly = [];
    private readonly int _ids;
    private readonly bool _ignoreMerges;

    private TokenSearch(BpeDefinition definition, LiveMerges merges, List<(byte[] Bytes, int Id)> tokens)
    {
        _merges = merges;
        _ids = definition.Ids.Values.DefaultIfEmpty(-1).Max() + 1;
        _ignoreMerges = definition.IgnoreMerges;
        MarksEnd = definition.EndOfWordSuffix.Length > 0;
        (_lengths, _shorter, _trie) = (new int[_ids], new int[_ids], new TokenTrie(_ids));
        foreach ((byte[] bytes, int id) in tokens.OrderBy(token => token.Bytes.Length))
        {
            _lengths[id] = bytes.Length;
            if (merges.CanBeMade(id))
            {
                _shorter[id] = bytes.Length > 1 ? _trie.Longest(bytes.AsSpan(0, bytes.Length - 1), out _) : -1;
                _trie.Add(bytes, id);
            }
            else if (_ignoreMerges)
                _wholeOnly[_trie.Add(bytes, -1)] = id;
        }
    }

    /// <summary>Whether a piece must end with <see cref="EndOfWord"/>.</summary>
    public bool MarksEnd { get; }

    /// <summary>Bytes of each token.</summary>
    public ReadOnlySpan<int> Lengths => _lengths;

    /// <summary>For pieces of characters, as the vocabulary spells them. Null where the vocabulary is not for it.</summary>
    public static TokenSearch? OfCharacters(BpeDefinition definition) => Of(definition, static token => Encoding.UTF8.GetBytes(token));

    /// <summary>For pieces of bytes, whose names the vocabulary spells. Null where it lacks a byte.</summary>
    public static TokenSearch? OfBytes(BpeDefinition definition)
    {
        for (int b = 0; b < 256; b++)
            foreach (string suffix in new[] { "", definition.EndOfWordSuffix })
                if (!definition.Ids.ContainsKey(ByteAlphabet.ToCharacter((byte)b) + suffix))
                    return null;
        return Of(definition, ByteAlphabet.ToBytes);
    }

    private static TokenSearch? Of(BpeDefinition definition, Func<string, byte[]?> spell)
    {
        if (LiveMerges.Of(definition) is not LiveMerges merges)
            return null;
        string suffix = definition.EndOfWordSuffix;
        var tokens = new List<(byte[], int)>(definition.Ids.Count);
        foreach ((string token, int id) in definition.Ids)
        {
            bool ends = suffix.Length > 0 && token.Length > suffix.Length && token.EndsWith(suffix, StringComparison.Ordinal);
            // A byte that is no part of UTF-8 never comes, but its name must not pass for the end of a word.
            if (spell(ends ? token[..^suffix.Length] : token) is { Length: > 0 } bytes && !(suffix.Length > 0 && bytes.Contains(EndOfWord)))
                tokens.Add((ends ? [.. bytes, EndOfWord] : bytes, id));
        }
        return new TokenSearch(definition, merges, tokens);
    }

    /// <summary>Finds the tokens of a piece.</summary>
    /// <param name="piece">At least one byte.</param>
    /// <param name="ids">Receives them; as long as the piece.</param>
    /// <param name="dead">Zeros, one bit for each end of a token and more.</param>
    /// <returns>How many there are, or -1 when part of the piece is in no token, or when only merging tells.</returns>
    public int Find(ReadOnlySpan<byte> piece, Span<int> ids, Span<ulong> dead)
    {
        if (_ignoreMerges && FindWhole(piece) is int whole and >= 0)
        {
            ids[0] = whole;
            return 1;
        }
        int count = 0, at = 0;
        int token = _trie.Longest(piece, out int length);
        while (true)
        {
            Neighbours neighbours = token < 0 || (dead[(at + length) >> 6] >> (at + length) & 1) != 0 ? Neighbours.Merge
                : _merges.IsUnsure(token) ? Neighbours.Unsure
                : count == 0 ? Neighbours.Stay : _merges.Meet(ids[count - 1], token);
            if (neighbours == Neighbours.Unsure)
                return -1;
            if (neighbours == Neighbours.Stay)
            {
                ids[count++] = token;
                at += length;
                if (at == piece.Length)
                    return count;
                token = _trie.Longest(piece[at..], out length);
                continue;
            }
            if (token >= 0 && (token = _shorter[token]) >= 0)
            {
                length = _lengths[token];
                continue;
            }
            if (count == 0)
                return -1;
            dead[at >> 6] |= 1UL << at;
            token = ids[--count];
            length = _lengths[token];
            at -= length;
        }
    }

    private int FindWhole(ReadOnlySpan<byte> piece)
    {
        if (MarksEnd)
            piece = piece[..^1];
        int node = _trie.Whole(piece);
        return node < _ids ? node : _wholeOnly.GetValueOrDefault(node, -1);
    }
}

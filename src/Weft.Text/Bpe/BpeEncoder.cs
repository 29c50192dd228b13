using System.Text;
using Weft.Text.PreTokenizers;

namespace Weft.Text.Bpe;

/// <summary>
/// Turns pieces into ids with the buffers and the word cache of one thread: text repeats its words, so most are looked up
/// rather than merged again.
/// </summary>
internal sealed class BpeEncoder(BpeModel model) : IPieceSink
{
    private const int LongestCachedWord = 48;
    private const int CachedWords = 1 << 16;

    private readonly PairMerger _merger = new(model.Merges);
    private readonly Dictionary<string, int[]> _cache = new(StringComparer.Ordinal);
    private int[] _symbols = new int[256];

    /// <summary>The ids since the last <see cref="Reset"/>.</summary>
    public List<int> Output { get; private set; } = [];

    public void Accept(ReadOnlySpan<char> piece)
    {
        if (model.Cuts is not CutPoints cuts || piece.Length <= LongestCachedWord)
        {
            EncodeWord(piece);
            return;
        }
        int start = 0, at = 0, left = -1;
        while (at < piece.Length)
        {
            _ = Rune.DecodeFromUtf16(piece[at..], out Rune rune, out int width);
            int right = model.Scalars[rune.Value] >= 0 ? rune.Value : -1;
            if (left >= 0 && right >= 0 && cuts.CanCut(left, right))
            {
                EncodeWord(piece[start..at]);
                start = at;
            }
            left = right;
            at += width;
        }
        EncodeWord(piece[start..]);
    }

    /// <summary>Empties the output and gives back what an unusually long text made it hold.</summary>
    public void Reset()
    {
        if (Output.Capacity > 1 << 20)
            Output = [];
        Output.Clear();
        if (_symbols.Length > 1 << 16)
            _symbols = new int[256];
    }

    private void EncodeWord(ReadOnlySpan<char> word)
    {
        if (word.Length > LongestCachedWord)
        {
            Output.AddRange(Merge(word));
            return;
        }
        var lookup = _cache.GetAlternateLookup<ReadOnlySpan<char>>();
        if (!lookup.TryGetValue(word, out int[]? ids))
        {
            ids = Merge(word).ToArray();
            if (_cache.Count >= CachedWords)
                _cache.Clear();
            lookup[word] = ids;
        }
        if (ids.Length == 1)
            Output.Add(ids[0]);
        else
            Output.AddRange(ids);
    }

    private ReadOnlySpan<int> Merge(ReadOnlySpan<char> word)
    {
        if (model.Definition.IgnoreMerges && model.Definition.Ids.TryGetValue(word.ToString(), out int whole))
            return new int[] { whole };
        // A scalar of n UTF-16 units gives at most 3n byte tokens.
        int most = model.Definition.ByteFallback ? word.Length * 3 : word.Length;
        if (_symbols.Length < most)
            _symbols = new int[Math.Max(most, _symbols.Length * 2)];
        Span<int> symbols = _symbols.AsSpan(0, Split(word));
        return symbols[.._merger.Merge(symbols)];
    }

    // One symbol per character of the vocabulary; for the others their bytes, the unknown token or nothing.
    private int Split(ReadOnlySpan<char> word)
    {
        int count = 0;
        bool previousIsUnknown = false;
        for (int at = 0, width; at < word.Length; at += width)
        {
            _ = Rune.DecodeFromUtf16(word[at..], out Rune rune, out width);
            int id = model.Scalars[rune.Value];
            if (id >= 0)
                _symbols[count++] = id;
            else if (model.Definition.ByteFallback && TryAddBytes(rune, ref count))
                continue;
            else if (model.UnknownId >= 0 && !(previousIsUnknown && model.Definition.FuseUnknown))
                _symbols[count++] = model.UnknownId;
            previousIsUnknown = id < 0;
        }
        return count;
    }

    private bool TryAddBytes(Rune rune, ref int count)
    {
        Span<byte> utf8 = stackalloc byte[4];
        utf8 = utf8[..rune.EncodeToUtf8(utf8)];
        foreach (byte b in utf8)
            if (model.ByteIds[b] < 0)
                return false;
        foreach (byte b in utf8)
            _symbols[count++] = model.ByteIds[b];
        return true;
    }
}

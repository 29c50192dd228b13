using System.Text;

namespace Weft.Text.Bpe;

/// <summary>
/// Turns pieces into ids with the buffers and the word cache of one thread: text repeats its words, so most are looked up
/// rather than merged again. Where offsets are wanted every word is merged, since they depend on the way the merges went.
/// </summary>
internal sealed class BpeEncoder(BpeModel model) : PieceEncoder
{
    private const int LongestCachedWord = 48;
    private const int CachedWords = 1 << 16;
    private const int KeptSymbols = 1 << 16;

    private readonly PairMerger _merger = new(model.Merges);
    private readonly Dictionary<string, int[]> _cache = new(StringComparer.Ordinal);
    private int[] _symbols = new int[256];

    // The part of the word that each symbol covers; the bytes of a character all cover it. Only filled for offsets.
    private Origin[] _places = [];

    public override void Accept(in Piece piece)
    {
        ReadOnlySpan<char> text = piece.Text;
        if (model.Cuts is not CutPoints cuts || text.Length <= LongestCachedWord)
        {
            EncodeWord(piece);
            return;
        }
        int start = 0, at = 0, left = -1;
        while (at < text.Length)
        {
            _ = Rune.DecodeFromUtf16(text[at..], out Rune rune, out int width);
            int right = model.Scalars[rune.Value] >= 0 ? rune.Value : -1;
            if (left >= 0 && right >= 0 && cuts.CanCut(left, right))
            {
                EncodeWord(piece.Slice(start, at - start));
                start = at;
            }
            left = right;
            at += width;
        }
        EncodeWord(piece.Slice(start, text.Length - start));
    }

    private void EncodeWord(in Piece word)
    {
        if (word.IsTracked)
            EncodeTracked(word);
        else if (word.Length > LongestCachedWord)
            Output.AddRange(Merge(word.Text));
        else
            Output.AddRange(EncodeCached(word.Text));
        // One very long word must not pin its buffers for the life of the tokenizer.
        if (_symbols.Length > KeptSymbols)
            (_symbols, _places) = (new int[256], []);
    }

    private int[] EncodeCached(ReadOnlySpan<char> word)
    {
        var lookup = _cache.GetAlternateLookup<ReadOnlySpan<char>>();
        if (!lookup.TryGetValue(word, out int[]? ids))
        {
            ids = Merge(word).ToArray();
            if (_cache.Count >= CachedWords)
                _cache.Clear();
            lookup[word] = ids;
        }
        return ids;
    }

    private void EncodeTracked(in Piece word)
    {
        if (FindWhole(word.Text) is int whole)
        {
            Output.Add(whole, word.OriginOf(0, word.Length));
            return;
        }
        int count = Split(word.Text, withPlaces: true);
        count = _merger.MergeTracked(_symbols.AsSpan(0, count), _places.AsSpan(0, count));
        for (int i = 0; i < count; i++)
            Output.Add(_symbols[i], word.OriginOf(_places[i].Start, _places[i].End));
    }

    private ReadOnlySpan<int> Merge(ReadOnlySpan<char> word)
    {
        if (FindWhole(word) is int whole)
            return new int[] { whole };
        int count = Split(word, withPlaces: false);
        Span<int> symbols = _symbols.AsSpan(0, count);
        return symbols[.._merger.Merge(symbols)];
    }

    private int? FindWhole(ReadOnlySpan<char> word) =>
        model.Definition.IgnoreMerges && model.Definition.Ids.TryGetValue(word.ToString(), out int id) ? id : null;

    // One symbol per character of the vocabulary; for the others their bytes, the unknown token or nothing.
    private int Split(ReadOnlySpan<char> word, bool withPlaces)
    {
        Reserve(word.Length, withPlaces);
        int count = 0;
        bool previousIsUnknown = false;
        for (int at = 0, width; at < word.Length; at += width)
        {
            _ = Rune.DecodeFromUtf16(word[at..], out Rune rune, out width);
            int first = count, id = model.Scalars[rune.Value];
            if (id >= 0)
            {
                _symbols[count++] = id;
                previousIsUnknown = false;
            }
            else if (!(model.Definition.ByteFallback && TryAddBytes(rune, ref count)))
            {
                if (model.UnknownId >= 0 && !(previousIsUnknown && model.Definition.FuseUnknown))
                    _symbols[count++] = model.UnknownId;
                else if (withPlaces && count > 0 && previousIsUnknown)
                    _places[count - 1] = _places[count - 1] with { End = at + width };
                previousIsUnknown = true;
            }
            if (withPlaces)
                _places.AsSpan(first, count - first).Fill(new Origin(at, at + width));
        }
        return count;
    }

    private void Reserve(int length, bool withPlaces)
    {
        // A scalar of n UTF-16 units gives at most 3n byte tokens.
        int most = model.Definition.ByteFallback ? length * 3 : length;
        if (_symbols.Length < most)
            _symbols = new int[Math.Max(most, _symbols.Length * 2)];
        if (withPlaces && _places.Length < _symbols.Length)
            _places = new Origin[_symbols.Length];
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

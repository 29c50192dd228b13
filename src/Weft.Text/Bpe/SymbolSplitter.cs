using System.Text;

namespace Weft.Text.Bpe;

/// <summary>
/// A word as the symbols that merging begins with: one per character of the vocabulary; for the others their bytes, the unknown
/// token or nothing. Holds buffers, so one thread at a time.
/// </summary>
internal sealed class SymbolSplitter(BpeModel model)
{
    private const int KeptSymbols = 1 << 16, LongestUtf8 = 4;

    private readonly BpeDefinition _definition = model.Definition;
    private readonly bool _marks = model.Definition.ContinuingSubwordPrefix.Length + model.Definition.EndOfWordSuffix.Length > 0;
    private int[] _symbols = new int[256];
    private Origin[] _places = [];
    private int _count;
    private bool _previousIsUnknown, _tracked;

    /// <summary>The symbols of the last word.</summary>
    public Span<int> Symbols => _symbols.AsSpan(0, _count);

    /// <summary>The part of the word that each covers, if they were asked for; the bytes of a character all cover it.</summary>
    public Span<Origin> Places => _tracked ? _places.AsSpan(0, _count) : default;

    public void Split(ReadOnlySpan<char> word, bool tracked)
    {
        (_count, _previousIsUnknown, _tracked) = (0, false, tracked);
        for (int at = 0, width; at < word.Length; at += width)
        {
            _ = Rune.DecodeFromUtf16(word[at..], out Rune rune, out width);
            int first = _count;
            Reserve(first + LongestUtf8, word.Length);
            int id = _marks ? FindMarked(rune, at == 0, at + width == word.Length) : model.Scalars[rune.Value];
            if (id >= 0)
            {
                _symbols[_count++] = id;
                _previousIsUnknown = false;
            }
            else if (!(_definition.ByteFallback && TryAddBytes(rune)))
                AddUnknown(at + width);
            if (_tracked)
                _places.AsSpan(first, _count - first).Fill(new Origin(at, at + width));
        }
    }

    /// <summary>Gives back what an unusually long word made it hold.</summary>
    public void Release()
    {
        if (_symbols.Length > KeptSymbols)
            (_symbols, _places, _count) = (new int[256], [], 0);
    }

    private int FindMarked(Rune rune, bool isFirst, bool isLast)
    {
        string symbol = (isFirst ? "" : _definition.ContinuingSubwordPrefix) + rune + (isLast ? _definition.EndOfWordSuffix : "");
        return _definition.Ids.TryGetValue(symbol, out int id) ? id : -1;
    }

    private void AddUnknown(int end)
    {
        if (model.UnknownId >= 0 && !(_previousIsUnknown && _definition.FuseUnknown))
            _symbols[_count++] = model.UnknownId;
        else if (_previousIsUnknown && _count > 0 && _tracked)
            _places[_count - 1] = _places[_count - 1] with { End = end };
        _previousIsUnknown = true;
    }

    private bool TryAddBytes(Rune rune)
    {
        Span<byte> utf8 = stackalloc byte[4];
        utf8 = utf8[..rune.EncodeToUtf8(utf8)];
        foreach (byte b in utf8)
            if (model.ByteIds[b] < 0)
                return false;
        foreach (byte b in utf8)
            _symbols[_count++] = model.ByteIds[b];
        return true;
    }

    private void Reserve(int count, int likely)
    {
        if (_symbols.Length < count)
            Array.Resize(ref _symbols, Math.Max(likely + LongestUtf8, checked(count * 2)));
        if (_tracked && _places.Length < _symbols.Length)
            Array.Resize(ref _places, _symbols.Length);
    }
}

using System.Runtime.CompilerServices;
using Weft.Text.PreTokenizers;

namespace Weft.Text.Bpe;

/// <summary>
/// Turns pieces into ids with the buffers and the word cache of one thread. Long pieces are cut where no token crosses; what
/// <see cref="TokenSearch"/> cannot do, characters outside the vocabulary first of all, is left to merging.
/// </summary>
internal sealed class BpeEncoder(BpeModel model) : PieceEncoder
{
    private readonly PairMerger _merger = new(model.Merges);
    private readonly SymbolSplitter _splitter = new(model);
    private WordEncoder? _words;

    /// <summary>Takes the pieces of a byte-level vocabulary as they are in the text. Null where the vocabulary is not one.</summary>
    public IPieceSink? OpenBytes() =>
        model.ByteSearch is TokenSearch search ? new ByteLevelSink(new WordEncoder(search, Output, MergeBytes)) : null;

    public override void Accept(in Piece piece)
    {
        if (model.Cuts is not CutPoints cuts || piece.Length <= WordKey.Longest)
        {
            EncodeWord(piece);
            return;
        }
        for (int start = 0, end; start < piece.Length; start = end)
        {
            end = NextCut(cuts, piece.Text, start, out int last);
            EncodePart(piece, start, end, last);
        }
    }

    // A method of its own, since the compiler improves what is called often, and the loop around it may run once for a whole book.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int NextCut(CutPoints cuts, ReadOnlySpan<char> text, int start, out int last)
    {
        last = ScalarAt(text, start, out int width);
        int at = start + width;
        while (at < text.Length)
        {
            int next = ScalarAt(text, at, out width);
            if (cuts.CanCut(last, next))
                break;
            last = next;
            at += width;
        }
        return at;
    }

    private static int ScalarAt(ReadOnlySpan<char> text, int at, out int width)
    {
        width = char.IsHighSurrogate(text[at]) ? 2 : 1;
        return width == 2 ? char.ConvertToUtf32(text[at], text[at + 1]) : text[at];
    }

    private void EncodePart(in Piece piece, int start, int end, int lastScalar)
    {
        int id = model.Scalars[lastScalar];
        // A single character needs no search, unknown ones find nothing.
        if (id >= 0 && end - start == (lastScalar > char.MaxValue ? 2 : 1))
            Output.Add(id, piece.OriginOf(start, end));
        else if (id < 0 && model.UnknownIsApart)
            MergeWord(piece.Slice(start, end - start));
        else if (piece.IsTracked || _words is null || !_words.TryEncode(piece.Text[start..], end - start))
            EncodeWord(piece.Slice(start, end - start));
    }

    private void EncodeWord(in Piece word)
    {
        if (model.CharacterSearch is TokenSearch search && (_words ??= new WordEncoder(search, Output)).TryEncode(word))
            return;
        if (model.Definition.IgnoreMerges && model.Definition.Ids.TryGetValue(word.Text.ToString(), out int whole))
        {
            Output.Add(whole, word.OriginOf(0, word.Length));
            return;
        }
        MergeWord(word);
    }

    private void MergeWord(in Piece word)
    {
        _splitter.Split(word.Text, word.IsTracked);
        Span<int> symbols = _splitter.Symbols;
        Span<Origin> places = _splitter.Places;
        int count = word.IsTracked ? _merger.MergeTracked(symbols, places) : _merger.Merge(symbols);
        for (int i = 0; i < count; i++)
            Output.Add(symbols[i], word.IsTracked ? word.OriginOf(places[i].Start, places[i].End) : default);
        _splitter.Release();
    }

    private int MergeBytes(ReadOnlySpan<byte> word, Span<int> ids)
    {
        ReadOnlySpan<int> symbols = model.ByteSymbols, ends = model.LastByteSymbols;
        bool marksEnd = model.Definition.EndOfWordSuffix.Length > 0;
        int count = marksEnd ? word.Length - 1 : word.Length;
        for (int i = 0; i < count; i++)
            ids[i] = symbols[word[i]];
        if (marksEnd)
            ids[count - 1] = ends[word[count - 1]];
        return _merger.Merge(ids[..count]);
    }
}

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
        model.ByteSearch is TokenSearch search ? new ByteLevelSink(new WordEncoder(search, Output)) : null;

    public override void Accept(in Piece piece)
    {
        if (model.Cuts is not CutPoints cuts || piece.Length <= WordKey.Longest)
        {
            EncodeWord(piece);
            return;
        }
        ReadOnlySpan<char> text = piece.Text;
        int start = 0, at = 0, left = -1;
        while (at < text.Length)
        {
            int scalar = text[at], width = 1;
            if (char.IsHighSurrogate(text[at]))
                (scalar, width) = (char.ConvertToUtf32(text[at], text[at + 1]), 2);
            int right = model.Scalars[scalar] >= 0 ? scalar : -1;
            if (at > start && (left >= 0 && right >= 0 ? cuts.CanCut(left, right) : model.UnknownIsApart && left != right))
            {
                EncodePart(piece, start, at, left);
                start = at;
            }
            left = right;
            at += width;
        }
        EncodePart(piece, start, text.Length, left);
    }

    private void EncodePart(in Piece piece, int start, int end, int lastScalar)
    {
        // A single character needs no search.
        if (lastScalar >= 0 && end - start == (lastScalar > char.MaxValue ? 2 : 1))
            Output.Add(model.Scalars[lastScalar], piece.OriginOf(start, end));
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
        _splitter.Split(word.Text);
        Span<int> symbols = _splitter.Symbols;
        Span<Origin> places = _splitter.Places;
        int count = word.IsTracked ? _merger.MergeTracked(symbols, places) : _merger.Merge(symbols);
        for (int i = 0; i < count; i++)
            Output.Add(symbols[i], word.IsTracked ? word.OriginOf(places[i].Start, places[i].End) : default);
        _splitter.Release();
    }
}

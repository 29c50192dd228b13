using System.Text;
using Weft.Text.Unigram;

namespace Weft.Text.Bpe;

/// <summary>
/// SentencePiece's own merging, over strings: for models with unused pieces, or with pieces of characters that are none
/// themselves, which a table of merges cannot express. O(n log n), slower than merging by table.
/// </summary>
internal sealed class ScoreMergeEncoder : PieceEncoder
{
    private readonly SentencePieceBpeModel _model;
    private readonly Dictionary<string, int> _mergeable;
    private readonly PriorityQueue<(int Left, int Right, int Length), (double NegativeScore, int Left)> _queue = new();
    private readonly Dictionary<string, int> _divisions = new(StringComparer.Ordinal);
    private readonly Stack<(int Start, int End)> _open = new();
    private Symbol[] _symbols = [];

    public ScoreMergeEncoder(SentencePieceBpeModel model)
    {
        _model = model;
        _mergeable = model.Ids.Where(entry => model.Pieces[entry.Value].Type is PieceType.Normal or PieceType.Unused)
            .ToDictionary(entry => entry.Key, entry => entry.Value, StringComparer.Ordinal);
    }

    public override void Accept(in Piece piece)
    {
        _divisions.Clear();
        int count = Split(piece.Text);
        for (int i = 1; i < count; i++)
            Offer(piece.Text, i - 1, i);
        while (_queue.TryDequeue(out var pair, out _))
            Merge(piece.Text, pair.Left, pair.Right, pair.Length);
        bool unknownBefore = false;
        for (int i = 0; i >= 0; i = _symbols[i].Next)
            AddSymbol(piece, _symbols[i].Start, _symbols[i].Start + _symbols[i].Length, ref unknownBefore);
    }

    private int Split(ReadOnlySpan<char> text)
    {
        if (_symbols.Length < text.Length)
            _symbols = new Symbol[text.Length];
        int count = 0;
        for (int at = 0, width; at < text.Length; at += width, count++)
        {
            width = char.IsHighSurrogate(text[at]) ? 2 : 1;
            _symbols[count] = new Symbol { Start = at, Length = width, Previous = count - 1, Next = at + width < text.Length ? count + 1 : -1 };
        }
        return count;
    }

    private void Offer(ReadOnlySpan<char> text, int left, int right)
    {
        if (left < 0 || right < 0)
            return;
        int length = _symbols[left].Length + _symbols[right].Length;
        ReadOnlySpan<char> piece = text.Slice(_symbols[left].Start, length);
        if (!_mergeable.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(piece, out int id))
            return;
        _queue.Enqueue((left, right, length), (-_model.Pieces[id].Score, left));
        // The latest way to divide an unused piece counts for all of its occurrences.
        if (_model.Pieces[id].Type == PieceType.Unused)
            _divisions[_model.Pieces[id].Text] = _symbols[left].Length;
    }

    private void Merge(ReadOnlySpan<char> text, int left, int right, int length)
    {
        // One of the two has merged with another neighbour since.
        if (_symbols[left].Length == 0 || _symbols[right].Length == 0 || _symbols[left].Length + _symbols[right].Length != length)
            return;
        _symbols[left].Length = length;
        _symbols[right].Length = 0;
        int next = _symbols[left].Next = _symbols[right].Next;
        if (next >= 0)
            _symbols[next].Previous = left;
        Offer(text, _symbols[left].Previous, left);
        Offer(text, left, next);
    }

    private void AddSymbol(in Piece piece, int start, int end, ref bool unknownBefore)
    {
        _open.Push((start, end));
        while (_open.TryPop(out var part))
        {
            string text = piece.Text[part.Start..part.End].ToString();
            int id = _model.Ids.TryGetValue(text, out int found) ? found : _model.UnknownId;
            if (_model.Pieces[id].Type == PieceType.Unused && _divisions.TryGetValue(text, out int at))
            {
                _open.Push((part.Start + at, part.End));
                _open.Push((part.Start, part.Start + at));
                continue;
            }
            Origin origin = piece.OriginOf(part.Start, part.End);
            bool isUnknown = id == _model.UnknownId;
            if (isUnknown && _model.ByteFallback)
                foreach (byte b in Encoding.UTF8.GetBytes(text))
                    Output.Add(_model.ByteIds[b], origin);
            else if (!(isUnknown && unknownBefore))
                Output.Add(id, origin);
            unknownBefore = isUnknown;
        }
    }

    private struct Symbol
    {
        public int Start, Length, Previous, Next;
    }
}

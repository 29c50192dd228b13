namespace Weft.Text.Bpe;

/// <summary>Encodes with merges left out at random. The same text always gives the same ids for one seed.</summary>
internal sealed class DropoutEncoder(BpeModel model, int seed) : PieceEncoder
{
    private readonly SymbolSplitter _splitter = new(model);
    private readonly PriorityQueue<int, (int Rank, int Left)> _queue = new();
    private readonly List<(int Left, (int Rank, int Left) Priority)> _left = [];
    private int[] _previous = [], _next = [];
    private Random _random = new(seed);

    public override void Accept(in Piece piece)
    {
        // The first piece of a text.
        if (Output.Count == 0)
            _random = new Random(seed);
        _splitter.Split(piece.Text, piece.IsTracked);
        Span<int> symbols = _splitter.Symbols;
        Span<Origin> places = _splitter.Places;
        Merge(symbols);
        for (int i = 0; i < symbols.Length; i = _next[i])
            Output.Add(symbols[i], piece.IsTracked ? piece.OriginOf(places[i].Start, places[_next[i] - 1].End) : default);
        _splitter.Release();
    }

    private void Merge(Span<int> symbols)
    {
        (_previous, _next) = (new int[symbols.Length], new int[symbols.Length]);
        for (int i = 0; i < symbols.Length; i++)
            (_previous[i], _next[i]) = (i - 1, i + 1);
        for (int i = 0; i + 1 < symbols.Length; i++)
            Offer(symbols, i);
        while (_queue.TryDequeue(out int left, out var priority))
        {
            if (!IsCurrent(symbols, left, priority, out int result))
                continue;
            if (_random.NextDouble() < model.Definition.Dropout)
            {
                _left.Add((left, priority));
                continue;
            }
            // What was left out may happen after all, later.
            _queue.EnqueueRange(_left);
            _left.Clear();
            Replace(symbols, left, result);
        }
        _left.Clear();
    }

    private void Replace(Span<int> symbols, int left, int result)
    {
        int right = _next[left], after = _next[right];
        (symbols[left], symbols[right], _next[left]) = (result, -1, after);
        if (after < symbols.Length)
        {
            _previous[after] = left;
            Offer(symbols, left);
        }
        if (_previous[left] >= 0)
            Offer(symbols, _previous[left]);
    }

    private void Offer(ReadOnlySpan<int> symbols, int left)
    {
        if (model.Merges.Find(symbols[left], symbols[_next[left]]) is ulong merge and not MergeTable.None)
            _queue.Enqueue(left, ((int)(merge >> 32), left));
    }

    // A queued pair is out of date when one of its symbols has merged with another neighbour.
    private bool IsCurrent(ReadOnlySpan<int> symbols, int left, (int Rank, int Left) priority, out int result)
    {
        ulong merge = symbols[left] < 0 || _next[left] >= symbols.Length ? MergeTable.None : model.Merges.Find(symbols[left], symbols[_next[left]]);
        result = (int)(uint)merge;
        return merge != MergeTable.None && (int)(merge >> 32) == priority.Rank;
    }
}

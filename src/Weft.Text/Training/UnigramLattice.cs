namespace Weft.Text;

/// <summary>All ways to cut a word into pieces, summed or compared. Holds buffers, so one thread at a time.</summary>
/// <param name="trie">The pieces and their indices; every character is one.</param>
/// <param name="scores">The log probability of each.</param>
internal sealed class UnigramLattice(CharTrie trie, double[] scores)
{
    // Edge of the lattice: a piece from Start to End.
    private readonly List<(int Start, int End, int Piece)> _edges = [];
    private double[] _before = [], _after = [];
    private int[] _bestEdge = [];

    /// <summary>How often each piece is expected in every part-th word (the forward-backward algorithm).</summary>
    public double[] Expect((string Word, long Count)[] words, int part, int parts)
    {
        double[] expected = new double[scores.Length];
        for (int w = part; w < words.Length; w += parts)
        {
            (string word, long count) = words[w];
            FindEdges(word);
            Begin(word.Length);
            foreach ((int start, int end, int piece) in _edges)
                _before[end] = AddLogs(_before[end], _before[start] + scores[piece]);
            _after[word.Length] = 0;
            for (int i = _edges.Count - 1; i >= 0; i--)
                _after[_edges[i].Start] = AddLogs(_after[_edges[i].Start], _after[_edges[i].End] + scores[_edges[i].Piece]);
            foreach ((int start, int end, int piece) in _edges)
                expected[piece] += count * Math.Exp(_before[start] + scores[piece] + _after[end] - _before[word.Length]);
        }
        return expected;
    }

    /// <summary>How often each piece stands in the best cuts of every part-th word.</summary>
    public double[] CountBest((string Word, long Count)[] words, int part, int parts)
    {
        double[] counts = new double[scores.Length];
        for (int w = part; w < words.Length; w += parts)
            foreach (int piece in Best(words[w].Word, except: -1, out _))
                counts[piece] += words[w].Count;
        return counts;
    }

    /// <summary>The best cut of a piece into others.</summary>
    public List<int> BestWithout(string text, int piece, out double score) => Best(text, piece, out score);

    private List<int> Best(string word, int except, out double score)
    {
        FindEdges(word);
        Begin(word.Length);
        for (int i = 0; i < _edges.Count; i++)
        {
            (int start, int end, int piece) = _edges[i];
            if (piece != except && _before[start] + scores[piece] is double candidate && candidate > _before[end])
                (_before[end], _bestEdge[end]) = (candidate, i);
        }
        score = _before[word.Length];
        var best = new List<int>();
        for (int at = word.Length; at > 0; at = _edges[_bestEdge[at]].Start)
            best.Add(_edges[_bestEdge[at]].Piece);
        return best;
    }

    private void Begin(int length)
    {
        if (_before.Length <= length)
            (_before, _after, _bestEdge) = (new double[length * 2 + 1], new double[length * 2 + 1], new int[length * 2 + 1]);
        _before.AsSpan(0, length + 1).Fill(double.NegativeInfinity);
        _after.AsSpan(0, length + 1).Fill(double.NegativeInfinity);
        _before[0] = 0;
    }

    // From left to right by start, so that whatever ends at a place is known before anything begins there.
    private void FindEdges(string word)
    {
        _edges.Clear();
        for (int start = 0; start < word.Length; start++)
        {
            if (char.IsLowSurrogate(word[start]))
                continue;
            for (int end = start, node = 0; end < word.Length && (node = trie.Step(node, word[end])) >= 0;)
                if (trie.Values[node] is int piece and >= 0)
                    _edges.Add((start, ++end, piece));
                else
                    end++;
        }
    }

    private static double AddLogs(double a, double b)
    {
        if (double.IsNegativeInfinity(a))
            return b;
        double high = Math.Max(a, b), low = Math.Min(a, b);
        return high - low > 50 ? high : high + Math.Log(1 + Math.Exp(low - high));
    }
}

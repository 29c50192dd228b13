using System.Text;
using Weft.Text.WordPiece;

namespace Weft.Text.Unigram;

/// <summary>
/// The best cut of a piece of text by Viterbi's algorithm: for each place the best way to get there, found from left to right. Time
/// is the length of the text times that of the longest piece.
/// </summary>
internal sealed class UnigramEncoder(UnigramModel model) : PieceEncoder
{
    private const int KeptLength = 1 << 16, NoNode = -1;

    private readonly CharTrie _trie = model.Trie;
    private readonly WordCache _cache = new();
    private Step[] _best = new Step[64];
    private int[] _ends = new int[64];

    public override void Accept(in Piece piece)
    {
        // Rounded sums depend on what stands before, so that SentencePiece's text is one word of which nothing can be kept.
        bool cached = !piece.IsTracked && !model.Definition.AsSentencePiece;
        if (cached && _cache.TryGet(piece.Text, out ReadOnlySpan<int> ids))
        {
            if (ids is [int only])
                Output.Add(only);
            else
                Output.AddRange(ids);
            return;
        }
        int before = Output.Count;
        Encode(piece);
        if (cached && Output.Count > before)
            _cache.Set(piece.Text, Output.Ids[before..]);
    }

    private void Encode(in Piece piece)
    {
        Reserve(piece.Length + 1);
        FindPaths(piece.Text, _best);
        int count = 0;
        for (int at = piece.Length; at > 0; at = _best[at].From)
            _ends[count++] = at;
        int start = 0;
        while (count > 0)
        {
            int end = _ends[--count];
            if (!IsUnknown(end))
            {
                Output.Add(_trie.Values[_best[end].Node], piece.OriginOf(start, end));
                start = end;
                continue;
            }
            bool isRun = false;
            for (; count > 0 && IsUnknown(_ends[count - 1]); isRun = true)
                end = _ends[--count];
            AddUnknown(piece.Slice(start, end - start), isRun || _best[end].Node == NoNode);
            start = end;
        }
        if (_best.Length > KeptLength)
            (_best, _ends) = (new Step[64], new int[64]);
    }

    private bool IsUnknown(int end) => _best[end].Node == NoNode || _trie.Values[_best[end].Node] == model.Definition.UnknownId;

    /// <summary>Fills the best way to each place where a character ends.</summary>
    private void FindPaths(ReadOnlySpan<char> text, Span<Step> best)
    {
        ReadOnlySpan<ushort> codes = _trie.Codes;
        ReadOnlySpan<UnigramModel.Node> nodes = model.Nodes;
        bool rounds = model.Definition.AsSentencePiece;
        best[1..(text.Length + 1)].Fill(new Step(double.NegativeInfinity, 0, NoNode));
        best[0] = default;
        for (int start = 0, width; start < text.Length; start += width)
        {
            width = char.IsHighSurrogate(text[start]) ? 2 : 1;
            double here = best[start].Score;
            bool alone = false;
            for (int end = start, node = 0; end < text.Length;)
            {
                int next = nodes[node].Base + codes[text[end]];
                if (nodes[next].Parent != node)
                    break;
                node = next;
                double score = here + nodes[node].Score;
                if (++end == start + width)
                    alone = !double.IsNaN(score);
                // Of equal ways the first, which begins furthest to the left.
                if (score > best[end].Score)
                    best[end] = new Step(rounds ? (float)score : score, start, node);
            }
            if (alone)
                continue;
            double unknown = rounds ? (float)(here + model.UnknownScore) : here + model.UnknownScore;
            if (unknown > best[start + width].Score)
                best[start + width] = new Step(unknown, start, NoNode);
        }
    }

    // As in Hugging Face tokenizers a run that happens to be a piece itself is that piece.
    private void AddUnknown(in Piece run, bool lookUp)
    {
        Origin origin = run.OriginOf(0, run.Length);
        if (!lookUp && model.Definition.UnknownId is int exact)
            Output.Add(exact, origin);
        else if (!model.Definition.AsSentencePiece && _trie.Find(run.Text) is int id and >= 0)
            Output.Add(id, origin);
        else if (!(model.Definition.ByteFallback && TryAddBytes(run)) && model.Definition.UnknownId is int unknown)
            Output.Add(unknown, origin);
    }

    private bool TryAddBytes(in Piece run)
    {
        Span<byte> utf8 = stackalloc byte[4];
        foreach (Rune rune in run.Text.EnumerateRunes())
            foreach (byte b in utf8[..rune.EncodeToUtf8(utf8)])
                if (model.ByteIds[b] < 0)
                    return false;
        for (int at = 0, width; at < run.Length; at += width)
        {
            _ = Rune.DecodeFromUtf16(run.Text[at..], out Rune rune, out width);
            foreach (byte b in utf8[..rune.EncodeToUtf8(utf8)])
                Output.Add(model.ByteIds[b], run.OriginOf(at, at + width));
        }
        return true;
    }

    private void Reserve(int length)
    {
        if (_best.Length < length)
            (_best, _ends) = (new Step[Math.Max(length, _best.Length * 2)], new int[Math.Max(length, _best.Length * 2)]);
    }

    /// <summary>The best way to a place: its score, where its last piece begins, and the node where that ends.</summary>
    private readonly record struct Step(double Score, int From, int Node);
}

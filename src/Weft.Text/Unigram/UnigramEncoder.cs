using System.Text;

namespace Weft.Text.Unigram;

/// <summary>
/// The best cut of a piece of text by Viterbi's algorithm: for each place the best way to get there, found from left to right. Time
/// is the length of the text times that of the longest piece.
/// </summary>
internal sealed class UnigramEncoder(UnigramModel model) : PieceEncoder
{
    private const int KeptLength = 1 << 16, NoNode = -1;

    private static readonly Step Unreached = new(double.NegativeInfinity, 0, NoNode);

    private readonly CharTrie _trie = model.Trie;
    private readonly WordCache _cache = new();

    // The best way to each place since the last cut; those not reached yet are as bad as can be.
    private Step[] _best = [default];
    private int[] _ends = [];

    public override void Accept(in Piece piece)
    {
        // Rounded sums depend on what stands before, so that SentencePiece's text is one word of which nothing can be kept.
        bool cached = !piece.IsTracked && !model.Definition.AsSentencePiece;
        if (cached && _cache.TryAppend(piece, Output))
            return;
        int before = Output.Count;
        Encode(piece);
        if (cached)
            _cache.Add(piece, Output.Ids[before..]);
    }

    private void Encode(in Piece piece)
    {
        ReadOnlySpan<char> text = piece.Text;
        int cut = 0, reach = 0;
        for (int start = 0, width; start < text.Length; start += width)
        {
            // Where no piece reaches further, every way passes: what lies before is decided. Runs of unknown characters stay whole.
            if (start == reach && start > cut && !IsUnknown(start - cut))
            {
                AddPath(piece.Slice(cut, start - cut));
                Restart(start - cut, _best[start - cut].Score);
                cut = start;
            }
            Reserve(start - cut + model.LongestPiece + 3);
            width = char.IsHighSurrogate(text[start]) ? 2 : 1;
            reach = Math.Max(reach, start + Extend(text[start..], width, start - cut));
        }
        AddPath(piece.Slice(cut, piece.Length - cut));
        Restart(piece.Length - cut, 0);
        if (_best.Length > KeptLength)
            (_best, _ends) = ([default], []);
    }

    /// <summary>Tries all pieces that the text begins with on top of the best way to its place; returns how far the furthest that wins goes.</summary>
    private int Extend(ReadOnlySpan<char> text, int width, int place)
    {
        ReadOnlySpan<ushort> codes = _trie.Codes;
        ReadOnlySpan<UnigramModel.Node> nodes = model.Nodes;
        Span<Step> best = _best.AsSpan(place);
        bool rounds = model.Definition.AsSentencePiece, alone = false;
        double here = best[0].Score;
        int reach = 0;
        for (int end = 0, node = 0; end < text.Length;)
        {
            int next = nodes[node].Base + codes[text[end]];
            if (nodes[next].Parent != node)
                break;
            node = next;
            double score = here + nodes[node].Score;
            if (++end == width)
                alone = !double.IsNaN(score);
            // Of equal ways the first, which begins furthest to the left.
            if (score > best[end].Score)
            {
                best[end] = new Step(rounds ? (float)score : score, place, node);
                reach = end;
            }
        }
        double unknown = rounds ? (float)(here + model.UnknownScore) : here + model.UnknownScore;
        if (alone || unknown <= best[width].Score)
            return reach;
        best[width] = new Step(unknown, place, NoNode);
        return Math.Max(reach, width);
    }

    private void AddPath(in Piece piece)
    {
        int count = 0;
        for (int at = piece.Length; at > 0; at = _best[at].From)
            _ends[count++] = at;
        int start = 0;
        while (count > 0)
        {
            int end = _ends[--count];
            if (!IsUnknown(end))
            {
                Output.Add(model.IdOf(_trie.Values[_best[end].Node]), piece.OriginOf(start, end));
                start = end;
                continue;
            }
            bool isRun = false;
            for (; count > 0 && IsUnknown(_ends[count - 1]); isRun = true)
                end = _ends[--count];
            AddUnknown(piece.Slice(start, end - start), isRun || _best[end].Node == NoNode);
            start = end;
        }
    }

    private bool IsUnknown(int end) => _best[end].Node == NoNode || _trie.Values[_best[end].Node] == model.Definition.UnknownId;

    // Nothing was written beyond the length.
    private void Restart(int length, double score)
    {
        _best.AsSpan(0, length + 1).Fill(Unreached);
        _best[0] = new Step(score, 0, NoNode);
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
        int held = _best.Length;
        if (held >= length)
            return;
        Array.Resize(ref _best, Math.Max(length, 2 * held));
        Array.Resize(ref _ends, _best.Length);
        _best.AsSpan(held).Fill(Unreached);
    }

    /// <summary>The best way to a place: its score, where its last piece begins, and the node where that ends.</summary>
    private readonly record struct Step(double Score, int From, int Node);
}

using System.Text;
using System.Text.Json;
using Weft.Text.Files;
using Weft.Text.Unigram;

namespace Weft.Text.Bpe;

/// <summary>
/// SentencePiece's byte-pair encoding: two neighbours merge where together they are a piece, that of the highest score first. In terms
/// of merges: every way to divide a piece, all ways with the rank of its score. User-defined pieces stand for themselves and
/// unused ones are taken apart again.
/// </summary>
internal sealed class SentencePieceBpeModel : TokenizerModel
{
    private readonly BpeModel _merging;
    private readonly CharTrie? _userDefined;
    private readonly bool _byScores;

    public SentencePieceBpeModel(IReadOnlyList<ScoredPiece> pieces, int unknownId, bool byteFallback)
    {
        (Pieces, UnknownId) = (pieces, unknownId);
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int id = 0; id < pieces.Count; id++)
            ids.Add(pieces[id].Text, id);
        _merging = new BpeModel(new BpeDefinition(ids, MergesOf(pieces, ids))
        {
            UnknownToken = pieces[unknownId].Text,
            FuseUnknown = true,
            ByteFallback = byteFallback,
        });
        string[] symbols = [.. pieces.Where(piece => piece.Type == PieceType.UserDefined).Select(piece => piece.Text)];
        if (symbols.Length > 0)
            _userDefined = new CharTrie(symbols.Select(symbol => (symbol, ids[symbol])));
        _byScores = pieces.Any(piece => piece.Type == PieceType.Unused || piece.Type == PieceType.Normal && HasUnknownCharacter(piece.Text));
    }

    public IReadOnlyList<ScoredPiece> Pieces { get; }

    public int UnknownId { get; }

    public override IReadOnlyDictionary<string, int> Ids => _merging.Ids;

    /// <summary>Unknown characters become the pieces of their bytes.</summary>
    public bool ByteFallback => _merging.Definition.ByteFallback;

    /// <summary>Id of each byte's piece, where unknown characters become these.</summary>
    public int[] ByteIds => _merging.ByteIds;

    public override PieceEncoder Open()
    {
        PieceEncoder encoder = _byScores ? new ScoreMergeEncoder(this) : _merging.Open();
        return _userDefined is null ? encoder : new UserDefinedEncoder(_userDefined, encoder);
    }

    public override void Write(Utf8JsonWriter writer)
    {
        BpeWriter.Write(writer, _merging.Definition);
        SentencePieceBpeFields.Write(writer, Pieces);
    }

    private static List<BpeMerge> MergesOf(IReadOnlyList<ScoredPiece> pieces, Dictionary<string, int> ids)
    {
        double[] scores = [.. pieces.Where(CanMerge).Select(piece => piece.Score).Distinct().OrderDescending()];
        Dictionary<double, int> ranks = scores.Select((score, rank) => (score, rank)).ToDictionary();
        var merges = new List<BpeMerge>();
        var lookup = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        for (int id = 0; id < pieces.Count; id++)
        {
            string text = pieces[id].Text;
            for (int at = 1; CanMerge(pieces[id]) && at < text.Length; at++)
                if (!char.IsLowSurrogate(text[at]) && lookup.TryGetValue(text.AsSpan(0, at), out int left) && CanMerge(pieces[left])
                    && lookup.TryGetValue(text.AsSpan(at), out int right) && CanMerge(pieces[right]))
                    merges.Add(new BpeMerge(left, right, id, ranks[pieces[id].Score]));
        }
        merges.Sort((a, b) => (a.Rank, a.Left, a.Right).CompareTo((b.Rank, b.Left, b.Right)));
        return merges;
    }

    private static bool CanMerge(ScoredPiece piece) => piece.Type is PieceType.Normal or PieceType.Unused;

    private bool HasUnknownCharacter(string piece)
    {
        foreach (Rune rune in piece.EnumerateRunes())
            if (_merging.Scalars[rune.Value] is int id && (id < 0 || !CanMerge(Pieces[id])))
                return true;
        return false;
    }
}

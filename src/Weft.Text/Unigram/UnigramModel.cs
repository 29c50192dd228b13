using System.Text;
using System.Text.Json;
using Weft.Text.Bpe;
using Weft.Text.Files;

namespace Weft.Text.Unigram;

/// <summary>A unigram model ready to run: a trie whose nodes carry the scores, shared by all threads.</summary>
internal sealed class UnigramModel : TokenizerModel
{
    // What an unknown character costs beyond the worst piece, in SentencePiece and in Hugging Face tokenizers.
    private const double UnknownPenalty = 10;

    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly Lazy<(CharTrie Trie, Node[] Nodes)> _tables;

    public UnigramModel(UnigramDefinition definition)
    {
        Definition = definition;
        for (int id = 0; id < definition.Pieces.Count; id++)
            if (definition.Pieces[id].Type != PieceType.Unlisted)
                _ids.Add(definition.Pieces[id].Text, id);
        ByteIds = new int[256];
        for (int b = 0; b < 256; b++)
            ByteIds[b] = definition.ByteFallback && _ids.TryGetValue(BpeModel.ByteToken((byte)b), out int id) ? id : -1;
        UnknownScore = UnknownScoreOf(definition);
        LongestPiece = definition.Pieces.Select(piece => piece.Text.Length).DefaultIfEmpty(0).Max();
        _tables = new(MakeTables);
    }

    public UnigramDefinition Definition { get; }

    public override IReadOnlyDictionary<string, int> Ids => _ids;

    /// <summary>Finds the places in <see cref="UnigramDefinition.Pieces"/> of those that text can become.</summary>
    public CharTrie Trie => _tables.Value.Trie;

    /// <summary>The nodes of the trie with their scores.</summary>
    public ReadOnlySpan<Node> Nodes => _tables.Value.Nodes;

    public double UnknownScore { get; }

    /// <summary>UTF-16 units of the longest piece.</summary>
    public int LongestPiece { get; }

    /// <summary>Id of each byte's piece, -1 where there is none.</summary>
    public int[] ByteIds { get; }

    /// <summary>The id of a piece by its place.</summary>
    public int IdOf(int piece) => piece < _ids.Count ? piece : Definition.UnknownId ?? piece;

    public override PieceEncoder Open() => new UnigramEncoder(this);

    public override TokenizerModel WithoutMatching(IReadOnlySet<int> ids) =>
        new UnigramModel(Definition with { Unmatched = Definition.Unmatched.Union(ids).ToHashSet() });

    public override void Write(Utf8JsonWriter writer) => UnigramWriter.Write(writer, Definition);

    private (CharTrie Trie, Node[] Nodes) MakeTables()
    {
        double[] scores = MatchedScores(Definition);
        var trie = new CharTrie(Definition.Pieces.Select((piece, place) => (piece.Text, place)).Where(entry => !double.IsNaN(scores[entry.place])));
        var nodes = new Node[trie.Units.Length];
        for (int i = 0; i < nodes.Length; i++)
            nodes[i] = new Node(trie.Units[i].Base, trie.Units[i].Parent, trie.Values[i] is int place and >= 0 ? scores[place] : double.NaN);
        return (trie, nodes);
    }

    private static double UnknownScoreOf(UnigramDefinition definition)
    {
        double lowest = definition.Pieces.Where(piece => !definition.AsSentencePiece || piece.Type is PieceType.Normal or PieceType.Unlisted)
            .Select(piece => piece.Score).DefaultIfEmpty(0).Min();
        return definition.AsSentencePiece ? (float)(lowest - UnknownPenalty) : lowest - UnknownPenalty;
    }

    // Not a number for pieces that text cannot become: no comparison with it is ever true.
    private static double[] MatchedScores(UnigramDefinition definition)
    {
        IReadOnlyList<ScoredPiece> pieces = definition.Pieces;
        float highest = pieces.Where(piece => piece.Type is PieceType.Normal or PieceType.Unlisted).Select(piece => (float)piece.Score).Append(SmallestNormal).Max();
        double[] scores = new double[pieces.Count];
        for (int id = 0; id < scores.Length; id++)
            scores[id] = definition.Unmatched.Contains(id) ? double.NaN
                : !definition.AsSentencePiece || pieces[id].Type is PieceType.Normal or PieceType.Unlisted ? pieces[id].Score
                : pieces[id].Type == PieceType.UserDefined ? Encoding.UTF8.GetByteCount(pieces[id].Text) * highest - 0.1
                : double.NaN;
        return scores;
    }

    // SentencePiece begins its maximum at FLT_MIN.
    private const float SmallestNormal = 1.17549435e-38f;

    /// <summary>A node of the trie with the score of the piece that ends there, not a number where none does.</summary>
    public readonly record struct Node(int Base, int Parent, double Score);
}

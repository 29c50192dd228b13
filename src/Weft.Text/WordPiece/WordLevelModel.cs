using System.Text.Json;
using Weft.Text.Files;

namespace Weft.Text.WordPiece;

/// <summary>Whole words: a piece is a token of the vocabulary or unknown.</summary>
internal sealed class WordLevelModel(IReadOnlyDictionary<string, int> ids, string unknownToken) : TokenizerModel
{
    private readonly Dictionary<string, int> _ids = new(ids, StringComparer.Ordinal);
    private readonly UnknownWord _unknown = new(ids, unknownToken);

    public string UnknownToken => unknownToken;

    public override IReadOnlyDictionary<string, int> Ids => _ids;

    public override PieceEncoder Open() => new Encoder(this);

    public override void Write(Utf8JsonWriter writer) => WordModelWriter.Write(writer, this);

    private sealed class Encoder(WordLevelModel model) : PieceEncoder
    {
        private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _ids = model._ids.GetAlternateLookup<ReadOnlySpan<char>>();

        public override void Accept(in Piece piece) => Output.Add(
            _ids.TryGetValue(piece.Text, out int id) ? id : model._unknown.IdFor(piece.Text), piece.OriginOf(0, piece.Length));
    }
}

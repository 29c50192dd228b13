using System.Text.Json;
using Weft.Text.Files;

namespace Weft.Text.WordPiece;

/// <summary>A WordPiece vocabulary ready to run, shared by all threads.</summary>
internal sealed class WordPieceModel : TokenizerModel
{
    public WordPieceModel(WordPieceDefinition definition)
    {
        Definition = definition;
        Trie = new WordTrie(definition.Ids, definition.Prefix);
        Unknown = new UnknownWord(definition.Ids, definition.UnknownToken);
    }

    public WordPieceDefinition Definition { get; }

    public WordTrie Trie { get; }

    public UnknownWord Unknown { get; }

    public override IReadOnlyDictionary<string, int> Ids => Definition.Ids;

    public override PieceEncoder Open() => new WordPieceEncoder(this);

    public override void Write(Utf8JsonWriter writer) => WordModelWriter.Write(writer, Definition);
}

using System.Text.Json;
using Weft.Text.Files;

namespace Weft.Text.WordPiece;

/// <summary>A WordPiece vocabulary ready to run, shared by all threads.</summary>
internal sealed class WordPieceModel : TokenizerModel
{
    private readonly CharTrie _trie;

    // Where the tokens that continue a word hang, below their prefix; negative where there are none.
    private readonly int _continuation;

    public WordPieceModel(WordPieceDefinition definition)
    {
        Definition = definition;
        _trie = new CharTrie(definition.Ids.Where(entry => entry.Key.Length > 0).Select(entry => (entry.Key, entry.Value)));
        _continuation = _trie.Walk(definition.Prefix);
        Unknown = new UnknownWord(definition.Ids, definition.UnknownToken);
    }

    public WordPieceDefinition Definition { get; }

    public UnknownWord Unknown { get; }

    public override IReadOnlyDictionary<string, int> Ids => Definition.Ids;

    /// <summary>Id of the longest token at the start of a text, or -1.</summary>
    /// <param name="text">What is left of a word.</param>
    /// <param name="continues">The text continues the word, so that tokens with the prefix count.</param>
    /// <param name="length">UTF-16 units of the token.</param>
    public int Longest(ReadOnlySpan<char> text, bool continues, out int length)
    {
        int start = continues ? _continuation : 0;
        if (start >= 0)
            return _trie.Longest(text, out length, start);
        length = 0;
        return CharTrie.None;
    }

    public override PieceEncoder Open() => new WordPieceEncoder(this);

    public override void Write(Utf8JsonWriter writer) => WordModelWriter.Write(writer, Definition);
}

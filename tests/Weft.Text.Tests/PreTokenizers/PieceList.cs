using Weft.Text.PreTokenizers;

namespace Weft.Text.Tests.PreTokenizers;

/// <summary>The pieces into which a pre-tokenizer splits a text.</summary>
internal sealed class PieceList : IPieceSink
{
    private readonly List<string> _pieces = [];

    public static string[] Of(PreTokenizer preTokenizer, string text)
    {
        var list = new PieceList();
        preTokenizer.Open(list).Accept(new Piece(text));
        return [.. list._pieces];
    }

    public void Accept(in Piece piece) => _pieces.Add(piece.Text.ToString());
}

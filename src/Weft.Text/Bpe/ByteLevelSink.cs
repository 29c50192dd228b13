using Weft.Text.PreTokenizers;

namespace Weft.Text.Bpe;

/// <summary>Takes pieces as they are in the text, for a vocabulary of bytes: the same ids as for their bytes' names, without writing these.</summary>
internal sealed class ByteLevelSink(WordEncoder words) : IPieceSink
{
    public void Accept(in Piece piece) => words.TryEncode(piece);
}

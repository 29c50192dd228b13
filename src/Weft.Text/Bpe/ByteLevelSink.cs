using Weft.Text.PreTokenizers;

namespace Weft.Text.Bpe;

/// <summary>Takes pieces as they are in the text, for a vocabulary of bytes: the same ids as for their bytes' names, without writing these.</summary>
internal sealed class ByteLevelSink(WordEncoder words) : IPieceSink
{
    /// <summary>For a stage before this one that encodes its pieces itself.</summary>
    public WordEncoder Words => words;

    public void Accept(in Piece piece) => words.TryEncode(piece);
}

namespace Weft.Text.PreTokenizers;

/// <summary>Hugging Face's <c>FixedLength</c>: pieces of equally many characters, the last may be shorter.</summary>
internal sealed class FixedLengthPreTokenizer(int length) : PreTokenizer
{
    public override IPieceSink Open(IPieceSink next) => new Stage(length, next);

    private sealed class Stage(int length, IPieceSink next) : IPieceSink
    {
        public void Accept(in Piece piece)
        {
            int start = 0, characters = 0;
            for (int at = 0; at < piece.Length; at += char.IsHighSurrogate(piece.Text[at]) ? 2 : 1)
            {
                if (characters++ < length)
                    continue;
                next.Accept(piece.Slice(start, at - start));
                (start, characters) = (at, 1);
            }
            if (start < piece.Length)
                next.Accept(piece.Slice(start, piece.Length - start));
        }
    }
}

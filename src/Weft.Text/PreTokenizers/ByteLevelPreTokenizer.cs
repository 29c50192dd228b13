namespace Weft.Text.PreTokenizers;

/// <summary>
/// Hugging Face's <c>ByteLevel</c>: an optional leading space, an optional split by GPT-2's pattern, bytes as characters.
/// </summary>
internal sealed class ByteLevelPreTokenizer(bool addPrefixSpace, bool usePattern) : PreTokenizer
{
    public override IPieceSink Open(IPieceSink next) => new Stage(addPrefixSpace, usePattern, next);

    private sealed class Stage(bool addPrefixSpace, bool usePattern, IPieceSink next) : IPieceSink
    {
        private char[] _mapped = new char[256];

        public void Accept(ReadOnlySpan<char> piece)
        {
            if (addPrefixSpace && piece.Length > 0 && piece[0] != ' ')
                piece = string.Concat(" ", piece);
            while (usePattern && piece.Length > 0)
            {
                int length = Gpt2Pattern.MatchLength(piece);
                Emit(piece[..length]);
                piece = piece[length..];
            }
            if (piece.Length > 0)
                Emit(piece);
        }

        private void Emit(ReadOnlySpan<char> piece)
        {
            if (_mapped.Length < piece.Length * 3)
                _mapped = new char[Math.Max(_mapped.Length * 2, piece.Length * 3)];
            next.Accept(_mapped.AsSpan(0, ByteAlphabet.Map(piece, _mapped)));
        }
    }
}

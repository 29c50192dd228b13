using System.Text;

namespace Weft.Text.PreTokenizers;

/// <summary>
/// Hugging Face's <c>ByteLevel</c>: an optional leading space, an optional split by GPT-2's pattern, bytes as characters.
/// </summary>
internal sealed class ByteLevelPreTokenizer(bool addPrefixSpace, bool usePattern) : PreTokenizer
{
    public override IPieceSink Open(IPieceSink next) => new Stage(addPrefixSpace, usePattern, next);

    private sealed class Stage(bool addPrefixSpace, bool usePattern, IPieceSink next) : IPieceSink
    {
        private readonly AlignedText _spaced = new(), _mapped = new();

        public void Accept(in Piece piece)
        {
            Piece rest = piece;
            if (addPrefixSpace && piece.Length > 0 && piece.Text[0] != ' ')
            {
                _spaced.Begin(piece);
                _spaced.Append(' ', piece.OriginOf(0, 1));
                _spaced.Append(piece);
                rest = _spaced.Piece;
            }
            while (usePattern && rest.Length > 0)
            {
                int length = Gpt2Pattern.MatchLength(rest.Text);
                Emit(rest.Slice(0, length));
                rest = rest.Slice(length, rest.Length - length);
            }
            if (rest.Length > 0)
                Emit(rest);
        }

        private void Emit(in Piece piece)
        {
            _mapped.Begin(piece);
            Span<byte> utf8 = stackalloc byte[4];
            for (int at = 0, length; at < piece.Length; at += length)
            {
                char c = piece.Text[at];
                length = char.IsSurrogate(c) ? 2 : 1;
                Rune rune = length == 1 ? new Rune(c) : new Rune(c, piece.Text[at + 1]);
                Origin origin = piece.OriginOf(at, at + length);
                foreach (byte b in utf8[..rune.EncodeToUtf8(utf8)])
                    _mapped.Append(ByteAlphabet.ToCharacter(b), origin);
            }
            next.Accept(_mapped.Piece);
        }
    }
}

using System.Text;
using Weft.Text.Bpe;

namespace Weft.Text.PreTokenizers;

/// <summary>
/// Hugging Face's <c>ByteLevel</c>: an optional leading space, an optional split by GPT-2's pattern, bytes as characters. A model of bytes
/// that comes next takes the pieces as they are and spares the way through characters.
/// </summary>
internal sealed class ByteLevelPreTokenizer(bool addPrefixSpace, bool usePattern) : PreTokenizer
{
    private static readonly ScannerPreTokenizer Pattern = ScannerPreTokenizer.Of(default(Gpt2Pattern));

    public override IPieceSink Open(IPieceSink next)
    {
        next = (next as BpeEncoder)?.OpenBytes() ?? new Mapping(next);
        if (usePattern)
            next = Pattern.Open(next);
        return addPrefixSpace ? new Prefixing(next) : next;
    }

    private sealed class Prefixing(IPieceSink next) : IPieceSink
    {
        private readonly AlignedText _spaced = new();

        public void Accept(in Piece piece)
        {
            if (piece.Length == 0 || piece.Text[0] == ' ')
            {
                next.Accept(piece);
                return;
            }
            _spaced.Begin(piece);
            _spaced.Append(' ', piece.OriginOf(0, 1));
            _spaced.Append(piece);
            next.Accept(_spaced.Piece);
        }
    }

    private sealed class Mapping(IPieceSink next) : IPieceSink
    {
        private readonly AlignedText _mapped = new();

        public void Accept(in Piece piece)
        {
            if (piece.Length == 0)
                return;
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

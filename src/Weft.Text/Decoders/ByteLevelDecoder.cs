using System.Text;
using Weft.Text.PreTokenizers;

namespace Weft.Text.Decoders;

/// <summary>
/// Byte-level characters back to bytes and those to text; bytes that are no UTF-8 give U+FFFD. A token with a character outside
/// the byte alphabet, such as an added token with a space, stands for its own UTF-8 bytes.
/// </summary>
internal sealed class ByteLevelDecoder : TokenDecoder
{
    public override bool Fuses => true;

    public override ITokenSink Open(ITokenSink next, bool fused) => new Stage(next);

    public override TokenContent? DecodeAlone(TokenContent token, bool fused) =>
        token.Text is { } text ? new(null, ByteAlphabet.ToBytes(text) ?? token.ToBytes()) : null;

    private sealed class Stage(ITokenSink next) : ITokenSink
    {
        // Keeps the bytes of an unfinished character until the next token brings the rest.
        private readonly System.Text.Decoder _utf8 = new UTF8Encoding(false).GetDecoder();
        private byte[] _bytes = new byte[64];
        private char[] _characters = new char[64];

        public void Push(ReadOnlySpan<char> token)
        {
            if (_bytes.Length < token.Length * 3)
                _bytes = new byte[token.Length * 3];
            int count = 0;
            foreach (char c in token)
            {
                int value = ByteAlphabet.ToByte(c);
                if (value < 0)
                {
                    count = Encoding.UTF8.GetBytes(token, _bytes);
                    break;
                }
                _bytes[count++] = (byte)value;
            }
            Emit(_bytes.AsSpan(0, count), flush: false);
        }

        public void Complete()
        {
            Emit([], flush: true);
            next.Complete();
        }

        private void Emit(ReadOnlySpan<byte> bytes, bool flush)
        {
            int most = _utf8.GetCharCount(bytes, flush);
            if (_characters.Length < most)
                _characters = new char[most];
            int written = _utf8.GetChars(bytes, _characters, flush);
            if (written > 0)
                next.Push(_characters.AsSpan(0, written));
        }
    }
}

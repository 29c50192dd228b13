using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace Weft.Text.Decoders;

/// <summary>
/// Runs of byte tokens (<c>&lt;0xE2&gt;</c>) to the text of their bytes. As in Hugging Face a run that is not valid UTF-8 as a
/// whole gives one U+FFFD per byte, so nothing of a run is known before its end.
/// </summary>
internal sealed class ByteFallbackDecoder : TokenDecoder
{
    public override ITokenSink Open(ITokenSink next, bool fused) => new Stage(next);

    public override TokenContent? DecodeAlone(TokenContent token, bool fused) => TryReadByte(token.Text, out byte value) ? new(null, [value]) : token;

    private static bool TryReadByte(ReadOnlySpan<char> token, out byte value)
    {
        value = 0;
        return token is ['<', '0', 'x', _, _, '>'] && byte.TryParse(token[3..5], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
    }

    private sealed class Stage(ITokenSink next) : ITokenSink
    {
        private readonly ArrayBufferWriter<byte> _run = new();

        public void Push(ReadOnlySpan<char> token)
        {
            if (TryReadByte(token, out byte value))
            {
                _run.Write([value]);
                return;
            }
            EndRun();
            next.Push(token);
        }

        public void Complete()
        {
            EndRun();
            next.Complete();
        }

        private void EndRun()
        {
            if (_run.WrittenCount == 0)
                return;
            if (Utf8.IsValid(_run.WrittenSpan))
                next.Push(Encoding.UTF8.GetString(_run.WrittenSpan));
            else
                for (int i = 0; i < _run.WrittenCount; i++)
                    next.Push("\uFFFD");
            _run.ResetWrittenCount();
        }
    }
}

namespace Weft.Text.Decoders;

/// <summary>
/// Takes up to <c>start</c> occurrences of a character from the left end and up to <c>stop</c> from the right, of every token,
/// or of the text where an earlier step has fused the tokens.
/// </summary>
internal sealed class StripDecoder(char content, int start, int stop) : TokenDecoder
{
    public override ITokenSink Open(ITokenSink next, bool fused) =>
        fused ? new FusedStage(content, start, stop, next) : new TokenStage(content, start, stop, next);

    public override TokenContent? DecodeAlone(TokenContent token, bool fused) =>
        fused ? (stop == 0 ? token : null)
        : token.Text is { } text ? new(Strip(text, content, start, stop).ToString(), null)
        : null;

    private static ReadOnlySpan<char> Strip(ReadOnlySpan<char> token, char content, int start, int stop)
    {
        token = token[Math.Min(start, token.Length - token.TrimStart(content).Length)..];
        return token[..^Math.Min(stop, token.Length - token.TrimEnd(content).Length)];
    }

    private sealed class TokenStage(char content, int start, int stop, ITokenSink next) : ITokenSink
    {
        public void Push(ReadOnlySpan<char> token) => next.Push(Strip(token, content, start, stop));

        public void Complete() => next.Complete();
    }

    private sealed class FusedStage(char content, int start, int stop, ITokenSink next) : ITokenSink
    {
        private int _left = start;
        private int _held;

        public void Push(ReadOnlySpan<char> token)
        {
            int left = Math.Min(_left, token.Length - token.TrimStart(content).Length);
            token = token[left..];
            _left = token.Length > 0 ? 0 : _left - left;
            // Characters at the end may be the end of the text; they wait until something else follows.
            ReadOnlySpan<char> kept = token.TrimEnd(content);
            if (kept.Length > 0)
            {
                PushContent(_held);
                next.Push(kept);
                _held = 0;
            }
            _held += token.Length - kept.Length;
            int surplus = Math.Max(0, _held - stop);
            PushContent(surplus);
            _held -= surplus;
        }

        public void Complete() => next.Complete();

        private void PushContent(int count)
        {
            for (int i = 0; i < count; i++)
                next.Push([content]);
        }
    }
}

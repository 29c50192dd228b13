namespace Weft.Text.Decoders;

/// <summary>
/// Takes up to <c>start</c> occurrences of a character from the left end and up to <c>stop</c> from the right, of every token,
/// or of the text where an earlier step has fused the tokens.
/// </summary>
internal sealed class StripDecoder(char content, int start, int stop) : TokenDecoder
{
    public override ITokenSink Open(ITokenSink next, bool fused) => new Stage(content, start, stop, fused, next);

    private sealed class Stage(char content, int start, int stop, bool fused, ITokenSink next) : ITokenSink
    {
        private int _stripped;
        private int _held;

        public void Push(ReadOnlySpan<char> token)
        {
            while (_stripped < start && token.Length > 0 && token[0] == content)
            {
                token = token[1..];
                _stripped++;
            }
            if (token.Length > 0)
                _stripped = start;
            PushHoldingEnd(token);
            if (!fused)
                (_stripped, _held) = (0, 0);
        }

        public void Complete() => next.Complete();

        // Characters at the end may be the end of the text; they wait until something else follows.
        private void PushHoldingEnd(ReadOnlySpan<char> token)
        {
            int trailing = token.Length - token.TrimEnd(content).Length;
            if (trailing == token.Length)
            {
                _held += trailing;
            }
            else
            {
                PushHeld(_held);
                next.Push(token[..^trailing]);
                _held = trailing;
            }
            int surplus = Math.Max(0, _held - stop);
            PushHeld(surplus);
            _held -= surplus;
        }

        private void PushHeld(int count)
        {
            for (int i = 0; i < count; i++)
                next.Push([content]);
        }
    }
}

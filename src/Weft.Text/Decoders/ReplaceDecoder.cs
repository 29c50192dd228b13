namespace Weft.Text.Decoders;

/// <summary>Replaces a fixed string in every token, or in the text where an earlier step has fused the tokens.</summary>
internal sealed class ReplaceDecoder(string pattern, string content) : TokenDecoder
{
    public override ITokenSink Open(ITokenSink next, bool fused) =>
        fused ? new FusedStage(pattern, content, next) : new TokenStage(pattern, content, next);

    // In a fused text the pattern may begin in one token and end in another.
    public override TokenContent? DecodeAlone(TokenContent token, bool fused) =>
        token.Text is { } text && !fused ? new(text.Replace(pattern, content, StringComparison.Ordinal), null) : null;

    private sealed class TokenStage(string pattern, string content, ITokenSink next) : ITokenSink
    {
        public void Push(ReadOnlySpan<char> token)
        {
            if (token.IndexOf(pattern, StringComparison.Ordinal) < 0)
                next.Push(token);
            else
                next.Push(token.ToString().Replace(pattern, content, StringComparison.Ordinal));
        }

        public void Complete() => next.Complete();
    }

    private sealed class FusedStage(string pattern, string content, ITokenSink next) : ITokenSink
    {
        // The end of the text so far, which together with what follows may be the pattern.
        private string _held = "";

        public void Push(ReadOnlySpan<char> token)
        {
            string text = string.Concat(_held, token);
            int at = 0;
            while (text.IndexOf(pattern, at, StringComparison.Ordinal) is int found and >= 0)
            {
                next.Push(text.AsSpan(at, found - at));
                next.Push(content);
                at = found + pattern.Length;
            }
            int keep = Math.Min(pattern.Length - 1, text.Length - at);
            while (keep > 0 && !pattern.StartsWith(text[^keep..], StringComparison.Ordinal))
                keep--;
            next.Push(text.AsSpan(at, text.Length - at - keep));
            _held = text[^keep..];
        }

        public void Complete()
        {
            next.Push(_held);
            next.Complete();
        }
    }
}

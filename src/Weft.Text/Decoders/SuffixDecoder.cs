namespace Weft.Text.Decoders;

/// <summary>
/// Hugging Face's <c>BPEDecoder</c>: the mark of a word's end becomes a space, and nothing in the last token, which therefore waits.
/// </summary>
internal sealed class SuffixDecoder(string suffix) : TokenDecoder
{
    public override ITokenSink Open(ITokenSink next, bool fused) => new Stage(suffix, next);

    private sealed class Stage(string suffix, ITokenSink next) : ITokenSink
    {
        private string? _held;

        public void Push(ReadOnlySpan<char> token)
        {
            Release(" ");
            if (token.Contains(suffix, StringComparison.Ordinal))
                _held = token.ToString();
            else
                next.Push(token);
        }

        public void Complete()
        {
            Release("");
            next.Complete();
        }

        private void Release(string replacement)
        {
            if (_held is not null)
                next.Push(_held.Replace(suffix, replacement, StringComparison.Ordinal));
            _held = null;
        }
    }
}

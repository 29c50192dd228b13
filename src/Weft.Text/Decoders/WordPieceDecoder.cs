namespace Weft.Text.Decoders;

/// <summary>A space before every token that does not continue a word, and the prefix of those that do taken off.</summary>
internal sealed class WordPieceDecoder(string prefix, bool cleanUp) : TokenDecoder
{
    public override ITokenSink Open(ITokenSink next, bool fused) => new Stage(prefix, cleanUp, next);

    private sealed class Stage(string prefix, bool cleanUp, ITokenSink next) : ITokenSink
    {
        private bool _started;

        public void Push(ReadOnlySpan<char> token)
        {
            if (_started)
                token = token.StartsWith(prefix, StringComparison.Ordinal) ? token[prefix.Length..] : string.Concat(" ", token);
            _started = true;
            next.Push(cleanUp ? EnglishSpacing.Clean(token) : token);
        }

        public void Complete() => next.Complete();
    }
}

namespace Weft.Text.Decoders;

/// <summary>
/// Marks of <see cref="PreTokenizers.MetaspacePreTokenizer"/> to spaces. The first token loses its marks where encoding may have added one.
/// </summary>
internal sealed class MetaspaceDecoder(char mark, bool dropsFirst) : TokenDecoder
{
    public override ITokenSink Open(ITokenSink next, bool fused) => new Stage(mark, dropsFirst, next);

    public override TokenContent? DecodeAlone(TokenContent token, bool fused) => token.Text is { } text ? new(text.Replace(mark, ' '), null) : null;

    private sealed class Stage(char mark, bool dropsFirst, ITokenSink next) : ITokenSink
    {
        private bool _drops = dropsFirst;

        public void Push(ReadOnlySpan<char> token)
        {
            if (!token.Contains(mark))
                next.Push(token);
            else
                next.Push(_drops ? token.ToString().Replace(mark.ToString(), "", StringComparison.Ordinal) : token.ToString().Replace(mark, ' '));
            _drops = false;
        }

        public void Complete() => next.Complete();
    }
}

namespace Weft.Text.Decoders;

/// <summary>
/// The labels of speech frames to text (Graves et al. 2006, "Connectionist Temporal Classification"): repeated tokens count once,
/// the padding between them goes, and the delimiter of words becomes a space.
/// </summary>
internal sealed class CtcDecoder(string padding, string delimiter, bool cleanUp) : TokenDecoder
{
    public override ITokenSink Open(ITokenSink next, bool fused) => new Stage(padding, delimiter, cleanUp, next);

    private sealed class Stage(string padding, string delimiter, bool cleanUp, ITokenSink next) : ITokenSink
    {
        private string? _previous;

        public void Push(ReadOnlySpan<char> token)
        {
            if (_previous is not null && token.SequenceEqual(_previous))
                return;
            _previous = token.ToString();
            string text = _previous.Replace(padding, "", StringComparison.Ordinal);
            // As in the original, the delimiter stays where nothing is cleaned up.
            if (cleanUp)
                text = EnglishSpacing.Clean(text).ToString().Replace(delimiter, " ", StringComparison.Ordinal);
            if (text.Length > 0)
                next.Push(text);
        }

        public void Complete() => next.Complete();
    }
}

namespace Weft.Text.Decoders;

/// <summary>What Hugging Face does where the file names no decoder: tokens joined by a space.</summary>
internal sealed class SpaceJoinDecoder : TokenDecoder
{
    public override bool Fuses => true;

    public override ITokenSink Open(ITokenSink next, bool fused) => new Stage(next);

    private sealed class Stage(ITokenSink next) : ITokenSink
    {
        private bool _started;

        public void Push(ReadOnlySpan<char> token)
        {
            if (_started)
                next.Push(" ");
            _started = true;
            next.Push(token);
        }

        public void Complete() => next.Complete();
    }
}

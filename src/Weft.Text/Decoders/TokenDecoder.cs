namespace Weft.Text.Decoders;

/// <summary>
/// Receives tokens, or after a fusing decoder the fragments of one text, in order. <see cref="Complete"/> ends the text and
/// passes the end on.
/// </summary>
internal interface ITokenSink
{
    void Push(ReadOnlySpan<char> token);

    void Complete();
}

/// <summary>One step from tokens to text, in a form that streams: a stage emits what later tokens cannot change.</summary>
internal abstract class TokenDecoder
{
    /// <summary>Whether the output is one text rather than tokens, so that later steps see across token borders.</summary>
    public virtual bool Fuses => false;

    /// <param name="next">Receives the output.</param>
    /// <param name="fused">Whether the input is fragments of one text.</param>
    public abstract ITokenSink Open(ITokenSink next, bool fused);

    /// <summary>What a token becomes wherever it stands, except at the beginning of a text.</summary>
    /// <param name="token">As the steps before have it.</param>
    /// <param name="fused">As for <see cref="Open"/>.</param>
    /// <returns>Null where that depends on its neighbours.</returns>
    public virtual TokenContent? DecodeAlone(TokenContent token, bool fused) => null;
}

/// <summary>Hugging Face's decoder <c>Sequence</c>.</summary>
internal sealed class DecoderSequence(IReadOnlyList<TokenDecoder> steps) : TokenDecoder
{
    public override bool Fuses => steps.Any(step => step.Fuses);

    public override ITokenSink Open(ITokenSink next, bool fused)
    {
        for (int i = steps.Count - 1; i >= 0; i--)
            next = steps[i].Open(next, fused || steps.Take(i).Any(step => step.Fuses));
        return next;
    }

    public override TokenContent? DecodeAlone(TokenContent token, bool fused)
    {
        TokenContent? content = token;
        foreach (TokenDecoder step in steps)
        {
            content = content is { } known ? step.DecodeAlone(known, fused) : null;
            fused |= step.Fuses;
        }
        return content;
    }
}

/// <summary>Joins tokens into one text; every decoder ends by doing so.</summary>
internal sealed class FuseDecoder : TokenDecoder
{
    public override bool Fuses => true;

    public override ITokenSink Open(ITokenSink next, bool fused) => next;

    public override TokenContent? DecodeAlone(TokenContent token, bool fused) => token;
}

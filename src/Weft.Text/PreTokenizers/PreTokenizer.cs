namespace Weft.Text.PreTokenizers;

/// <summary>Receives pieces of text in order. A piece is only valid during the call.</summary>
internal interface IPieceSink
{
    void Accept(in Piece piece);
}

/// <summary>
/// Splits text into pieces that no token crosses. Immutable; <see cref="Open"/> gives the stage with its buffers.
/// </summary>
internal abstract class PreTokenizer
{
    /// <summary>A stage that splits what it is given and hands on the pieces that are not empty. One thread at a time.</summary>
    public abstract IPieceSink Open(IPieceSink next);
}

/// <summary>Each pre-tokenizer splits the pieces of the one before it.</summary>
internal sealed class PreTokenizerSequence(IReadOnlyList<PreTokenizer> steps) : PreTokenizer
{
    public override IPieceSink Open(IPieceSink next)
    {
        for (int i = steps.Count - 1; i >= 0; i--)
            next = steps[i].Open(next);
        return next;
    }
}

namespace Weft.Inference;

/// <summary>Consecutive new tokens of one sequence.</summary>
/// <param name="Cache">Keys and values of the sequence so far.</param>
/// <param name="Row">The first token's row in the batch.</param>
/// <param name="Start">Position of the first token.</param>
/// <param name="Tokens">How many tokens.</param>
internal readonly record struct SequencePiece(StackCache Cache, int Row, int Start, int Tokens)
{
    /// <summary>Tokens of the sequence once all pieces of this call are through.</summary>
    public int Total { get; init; }

    /// <summary>What the encoder made of the source; null where there is none.</summary>
    public StackCache? Source { get; init; }
}

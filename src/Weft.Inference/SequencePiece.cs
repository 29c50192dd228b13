using Weft.Inference.Threading;

namespace Weft.Inference;

/// <summary>Consecutive new tokens of one sequence, on their way through the blocks of a stack.</summary>
/// <param name="Team">Who computes.</param>
/// <param name="Workspace">The piece's activations.</param>
/// <param name="Cache">Keys and values of the sequence so far.</param>
/// <param name="Start">Position of the first token.</param>
/// <param name="Tokens">How many tokens.</param>
internal readonly record struct SequencePiece(Team Team, Workspace Workspace, StackCache Cache, int Start, int Tokens)
{
    /// <summary>Tokens of the sequence once all pieces of this call are through.</summary>
    public int Total { get; init; }

    /// <summary>What the encoder made of the source; null where there is none.</summary>
    public StackCache? Source { get; init; }
}

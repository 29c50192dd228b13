using Weft.Inference.Weights;
using Weft.Model.Spec;

namespace Weft.Inference;

// T tokens, D hidden.

/// <summary>An encoder or a decoder: embedding, blocks, final norm.</summary>
internal sealed unsafe class Stack
{
    private readonly TokenEmbedding _embedding;
    private readonly Norm? _finalNorm;

    /// <param name="spec">What is computed.</param>
    /// <param name="embedding">Of the model.</param>
    /// <param name="store">Where the weights are.</param>
    /// <param name="table">The tokens, [V, D].</param>
    /// <param name="prefix">Of the stack's weights.</param>
    public Stack(StackSpec spec, EmbeddingSpec embedding, WeightStore store, RowTable table, string prefix)
    {
        Spec = spec;
        _embedding = new(embedding, store, table, prefix);
        var biases = new PositionBiases(store, prefix);
        Blocks = [.. spec.Blocks.Select((block, i) => new Block(block, store, ModelParameters.Block(prefix, i), i, biases))];
        _finalNorm = spec.FinalNorm is null ? null : new(spec.FinalNorm, store, prefix + ModelParameters.FinalNorm);
    }

    /// <summary>What is computed.</summary>
    public StackSpec Spec { get; }

    /// <summary>In their order.</summary>
    public Block[] Blocks { get; }

    /// <summary>Embeds a piece and runs it through the first blocks; the residual line is left in the workspace.</summary>
    public void Forward(in SequencePiece piece, ReadOnlySpan<int> ids, ReadOnlySpan<int> types, int blocks)
    {
        _embedding.Forward(piece.Team, ids, types, piece.Start, piece.Workspace.Hidden);
        for (int i = 0; i < blocks; i++)
            Blocks[i].Forward(piece);
    }

    /// <summary>The states that a head or a decoder reads, of the piece's tokens from <paramref name="first"/> on.</summary>
    /// <returns>[tokens, D], in the workspace.</returns>
    public float* Finish(in SequencePiece piece, int first, int hiddenSize)
    {
        float* hidden = piece.Workspace.Hidden + ((nint)first * hiddenSize);
        if (_finalNorm is null)
            return hidden;
        _finalNorm.Apply(piece.Team, hidden, piece.Workspace.Normed, piece.Tokens - first);
        return piece.Workspace.Normed;
    }
}

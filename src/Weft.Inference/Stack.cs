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

    /// <summary>Embeds the tokens of a batch and runs them through the first blocks; the residual line is left in the workspace.</summary>
    /// <param name="batch">Its pieces.</param>
    /// <param name="ids">[T].</param>
    /// <param name="types">[T], or empty for type 0.</param>
    /// <param name="blocks">How many.</param>
    /// <exception cref="OperationCanceledException">It was cancelled between two blocks.</exception>
    public void Forward(Batch batch, ReadOnlySpan<int> ids, ReadOnlySpan<int> types, int blocks)
    {
        float* hidden = batch.Workspace.Hidden;
        foreach (ref readonly SequencePiece piece in batch.Pieces)
            _embedding.Forward(batch.Team, ids.Slice(piece.Row, piece.Tokens), types.IsEmpty ? types : types.Slice(piece.Row, piece.Tokens), piece.Start,
                hidden + ((nint)piece.Row * _embedding.HiddenSize));
        for (int i = 0; i < blocks; i++)
        {
            batch.Cancellation.ThrowIfCancellationRequested();
            Blocks[i].Forward(batch);
        }
    }

    /// <summary>The states that a head or a decoder reads, of the batch's rows from <paramref name="first"/> on, in place of the residual line.</summary>
    /// <returns>[rows, D], in the workspace.</returns>
    public float* Finish(Batch batch, int first)
    {
        float* hidden = batch.Workspace.Hidden + ((nint)first * _embedding.HiddenSize);
        _finalNorm?.Apply(batch.Team, hidden, batch.Tokens - first);
        return hidden;
    }
}

using Weft.Inference.Weights;
using Weft.Model.Spec;

namespace Weft.Inference;

/// <summary>One pre-norm Transformer block: two residual lines.</summary>
internal sealed unsafe class Block(BlockSpec spec, WeightStore store, int layer)
{
    private readonly Norm _attentionNorm = new(spec.AttentionNorm, store, ModelParameters.Block(layer) + "attention_norm");
    private readonly SelfAttention _attention = new(spec.Attention, store, layer);
    private readonly Norm _feedForwardNorm = new(spec.FeedForwardNorm, store, ModelParameters.Block(layer) + "feed_forward_norm");
    private readonly FeedForward _feedForward = new(spec.FeedForward, store, layer);

    /// <summary>hidden += attention(norm(hidden)); hidden += feed-forward(norm(hidden)).</summary>
    public void Forward(in SequencePiece piece)
    {
        Workspace space = piece.Workspace;
        _attentionNorm.Apply(piece.Team, space.Hidden, space.Normed, piece.Tokens);
        _attention.Forward(piece);
        _feedForwardNorm.Apply(piece.Team, space.Hidden, space.Normed, piece.Tokens);
        _feedForward.Forward(piece);
    }

    /// <summary>Attention probabilities of one head; the block goes no further.</summary>
    /// <inheritdoc cref="SelfAttention.ComputeProbabilities"/>
    public void ComputeProbabilities(in SequencePiece piece, int head, Span<float> rows, int width)
    {
        Workspace space = piece.Workspace;
        _attentionNorm.Apply(piece.Team, space.Hidden, space.Normed, piece.Tokens);
        _attention.ComputeProbabilities(piece, head, rows, width);
    }
}

using System.Numerics.Tensors;
using Weft.Inference.Kernels;
using Weft.Inference.Threading;
using Weft.Inference.Weights;
using Weft.Model.Spec;

namespace Weft.Inference;

// T tokens, D hidden.

/// <summary>One Transformer block: residual lines around attention, cross attention where it has one, and the feed-forward part.</summary>
internal sealed unsafe class Block
{
    private readonly BlockSpec _spec;
    private readonly int _hiddenSize;
    private readonly NormPair _attentionNorm, _feedForwardNorm;
    private readonly NormPair? _crossNorm;
    private readonly Attention _attention;
    private readonly Attention? _crossAttention;
    private readonly FeedForward _feedForward;

    /// <param name="spec">What is computed.</param>
    /// <param name="store">Where the weights are.</param>
    /// <param name="prefix">Of the block's weights.</param>
    /// <param name="layer">Index in the stack.</param>
    /// <param name="biases">Of the stack.</param>
    public Block(BlockSpec spec, WeightStore store, string prefix, int layer, PositionBiases biases)
    {
        _spec = spec;
        bool sandwich = spec.Placement switch
        {
            NormPlacement.Sandwich => true,
            NormPlacement.Pre or NormPlacement.Post or NormPlacement.Parallel => false,
            _ => throw new NotSupportedException($"norm placement {spec.Placement} is unknown to the engine"),
        };
        NormPair Norms(NormSpec norm, string part) =>
            new(new(norm, store, $"{prefix}{part}_norm"), sandwich ? new(norm, store, $"{prefix}{part}_output_norm") : null);
        _hiddenSize = (int)store.Shape($"{prefix}attention_norm.weight")[0];
        _attentionNorm = Norms(spec.AttentionNorm, "attention");
        _attention = new(spec.Attention, store, prefix + "attention.", layer, biases);
        if (spec.CrossAttention is { } cross)
        {
            _crossNorm = Norms(cross.Norm, "cross_attention");
            _crossAttention = new(cross.Attention, store, prefix + "cross_attention.", layer, biases);
        }
        _feedForwardNorm = Norms(spec.FeedForwardNorm, "feed_forward");
        _feedForward = FeedForward.Of(spec.FeedForward, store, prefix + "feed_forward.");
    }

    private delegate void Part(Block block, Batch batch, in RowSource input, float* output, bool accumulate);

    /// <summary>Updates the residual line of the batch.</summary>
    public void Forward(Batch batch)
    {
        if (_spec.Placement == NormPlacement.Parallel)
        {
            // Both parts read the line as it came.
            Workspace space = batch.Workspace;
            new RowSource(space.Hidden, _feedForwardNorm.Inner).WriteTo(batch.Team, space.Normed, batch.Tokens);
            AddTo(batch, Attend, new(space.Hidden, _attentionNorm.Inner), null);
            AddTo(batch, Transform, new(space.Normed, _hiddenSize), null);
            return;
        }
        Run(batch, _attentionNorm, Attend);
        if (_crossAttention is not null)
            Run(batch, _crossNorm!, AttendToSource);
        Run(batch, _feedForwardNorm, Transform);
    }

    /// <summary>Places an encoder's states where the block's cross attention reads them.</summary>
    /// <inheritdoc cref="Attention.PlaceSource"/>
    public void PlaceSource(Team team, Workspace space, float* states, StackCache source) => _crossAttention!.PlaceSource(team, space, states, source);

    /// <summary>Attention probabilities of one head; the block goes no further.</summary>
    public void ComputeProbabilities(Batch batch, int head, Span<float> rows, int width)
    {
        float* hidden = batch.Workspace.Hidden;
        RowSource input = _spec.Placement == NormPlacement.Post ? new(hidden, _hiddenSize) : new(hidden, _attentionNorm.Inner);
        _attention.ComputeProbabilities(batch, input, head, rows, width);
    }

    private static void Attend(Block block, Batch batch, in RowSource input, float* output, bool accumulate) =>
        block._attention.Forward(batch, input, output, accumulate);

    private static void AttendToSource(Block block, Batch batch, in RowSource input, float* output, bool accumulate) =>
        block._crossAttention!.ForwardToSource(batch, input, output, accumulate);

    private static void Transform(Block block, Batch batch, in RowSource input, float* output, bool accumulate) =>
        block._feedForward.Forward(batch.Team, batch.Workspace, input, new((nint)output, batch.Tokens, accumulate));

    private void Run(Batch batch, NormPair norms, Part part)
    {
        Workspace space = batch.Workspace;
        if (_spec.Placement == NormPlacement.Post)
        {
            AddTo(batch, part, new(space.Hidden, _hiddenSize), null);
            norms.Inner.Apply(batch.Team, space.Hidden, batch.Tokens);
            return;
        }
        AddTo(batch, part, new(space.Hidden, norms.Inner), norms.Outer);
    }

    /// <summary>Adds scale · norm(part(input)) to the residual line.</summary>
    private void AddTo(Batch batch, Part part, in RowSource input, Norm? outer)
    {
        Workspace space = batch.Workspace;
        // What a part writes must not be what it still reads.
        if (outer is null && _spec.ResidualScale == 1 && (input.Rows != space.Hidden || _feedForward.ReadsBeforeItWrites))
        {
            part(this, batch, input, space.Hidden, accumulate: true);
            return;
        }
        part(this, batch, input, space.Branch, accumulate: false);
        outer?.Apply(batch.Team, space.Branch, batch.Tokens);
        int count = batch.Tokens * _hiddenSize;
        var line = new Span<float>(space.Hidden, count);
        TensorPrimitives.MultiplyAdd(new ReadOnlySpan<float>(space.Branch, count), (float)_spec.ResidualScale, line, line);
    }

    /// <summary>The norm of what a part reads or, in post placement, of the line after it; and that of what a part gives, in a sandwich.</summary>
    private sealed record NormPair(Norm Inner, Norm? Outer);
}

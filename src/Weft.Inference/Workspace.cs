using Weft.Inference.Weights;
using Weft.Model.Spec;

namespace Weft.Inference;

// T tokens, D hidden, H heads, K key-value heads, S head size, F inner size.

/// <summary>The activations of one piece of a sequence, allocated once for the longest piece and used by every block in turn.</summary>
internal sealed unsafe class Workspace
{
    private readonly AlignedBuffer _hidden, _normed, _query, _key, _value, _attended, _gate, _up, _rowStates, _cosine, _sine;
    private (PositionSpec.Rotary? Spec, int HeadSize, int Start, int Tokens) _angles;

    public Workspace(ModelSpec spec, int tokens)
    {
        BlockSpec[] blocks = [.. spec.Stack.Blocks];
        AlignedBuffer Rows(Func<BlockSpec, long> width, string purpose) => new(tokens * blocks.Max(width), $"the workspace for {purpose}");
        Tokens = tokens;
        _hidden = Rows(_ => spec.HiddenSize, "hidden states");
        _normed = Rows(_ => spec.HiddenSize, "normalised states");
        _query = Rows(block => block.Attention.QuerySize, "queries");
        _attended = Rows(block => block.Attention.QuerySize, "attention");
        _key = Rows(block => block.Attention.KeyValueSize, "keys");
        _value = Rows(block => block.Attention.KeyValueSize, "values");
        _gate = Rows(block => block.FeedForward is FeedForwardSpec.Gated ? block.FeedForward.InnerSize : 0, "gates");
        _up = Rows(block => block.FeedForward.InnerSize, "the feed-forward part");
        _rowStates = Rows(block => 2 * block.Attention.Heads, "attention sums");
        _cosine = Rows(block => block.Attention.HeadSize / 2, "cosines");
        _sine = Rows(block => block.Attention.HeadSize / 2, "sines");
    }

    /// <summary>The longest piece.</summary>
    public int Tokens { get; }

    /// <summary>[T, D]: the residual line.</summary>
    public float* Hidden => _hidden.Pointer;

    /// <summary>[T, D].</summary>
    public float* Normed => _normed.Pointer;

    /// <summary>[T, H, S].</summary>
    public float* Query => _query.Pointer;

    /// <summary>[T, K, S].</summary>
    public float* Key => _key.Pointer;

    /// <summary>[T, K, S].</summary>
    public float* Value => _value.Pointer;

    /// <summary>[T, H, S].</summary>
    public float* Attended => _attended.Pointer;

    /// <summary>[T, F]; only where a block is gated.</summary>
    public float* Gate => _gate.Pointer;

    /// <summary>[T, F].</summary>
    public float* Up => _up.Pointer;

    /// <summary>[T, H, 2]: greatest score and sum of weights.</summary>
    public float* RowStates => _rowStates.Pointer;

    /// <summary>[T, S/2].</summary>
    public float* Cosine => _cosine.Pointer;

    /// <summary>[T, S/2].</summary>
    public float* Sine => _sine.Pointer;

    /// <summary>Prepares <see cref="Cosine"/> and <see cref="Sine"/>; blocks that rotate alike share the work.</summary>
    public void PrepareAngles(RotaryAngles angles, int start, int tokens)
    {
        (PositionSpec.Rotary?, int, int, int) wanted = (angles.Spec, angles.HeadSize, start, tokens);
        if (_angles == wanted)
            return;
        angles.Fill(start, tokens, Cosine, Sine);
        _angles = wanted;
    }
}

using Weft.Inference.Weights;
using Weft.Model.Spec;

namespace Weft.Inference;

// T tokens, D hidden, H heads, K key-value heads, S head size, F inner size.

/// <summary>The activations of a batch, allocated once for the longest and used by every block in turn.</summary>
internal sealed unsafe class Workspace
{
    private readonly AlignedBuffer _hidden, _normed, _second, _branch, _query, _key, _value, _attended, _gate, _up, _cosine, _sine;
    private (PositionSpec.Rotary? Spec, int HeadSize, int Batch) _angles;

    /// <param name="spec">Whose stacks use it.</param>
    /// <param name="tokens">Of the longest batch.</param>
    public Workspace(ModelSpec spec, int tokens)
    {
        BlockSpec[] blocks = [.. spec.Encoder?.Blocks ?? [], .. spec.Decoder?.Blocks ?? []];
        AttentionSpec[] attentions = [.. blocks.Select(block => block.Attention), .. blocks.Select(block => block.CrossAttention?.Attention).OfType<AttentionSpec>()];
        AlignedBuffer Make(long width, string purpose) => new(tokens * width, $"the workspace for {purpose}");
        AlignedBuffer Rows(Func<AttentionSpec, long> width, string purpose) => Make(attentions.Max(width), purpose);
        long inner = blocks.Max(block => InnerSize(block.FeedForward));
        Tokens = tokens;
        _hidden = Make(spec.HiddenSize, "hidden states");
        _normed = Make(spec.HiddenSize, "normalised states");
        _second = Make(blocks.Any(block => block.Placement == NormPlacement.Parallel) ? spec.HiddenSize : 0, "normalised states");
        _branch = Make(spec.HiddenSize, "what parts add");
        _query = Rows(attention => attention.QuerySize, "queries");
        _attended = Rows(attention => attention.QuerySize, "attention");
        _key = Rows(attention => attention.KeyValueSize, "keys");
        _value = Rows(attention => attention.KeyValueSize, "values");
        _gate = Make(blocks.All(block => block.FeedForward is FeedForwardSpec.Dense) ? 0 : inner, "gates");
        _up = Make(inner, "the feed-forward part");
        _cosine = Rows(attention => attention.HeadSize / 2, "cosines");
        _sine = Rows(attention => attention.HeadSize / 2, "sines");
    }

    /// <summary>Tokens of the longest batch.</summary>
    public int Tokens { get; }

    /// <summary>[T, D]: the residual line.</summary>
    public float* Hidden => _hidden.Pointer;

    /// <summary>[T, D].</summary>
    public float* Normed => _normed.Pointer;

    /// <summary>[T, D]; only where a block is parallel.</summary>
    public float* SecondNormed => _second.Pointer;

    /// <summary>[T, D]: what a part of a block is about to add to the residual line.</summary>
    public float* Branch => _branch.Pointer;

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

    /// <summary>[T, S/2].</summary>
    public float* Cosine => _cosine.Pointer;

    /// <summary>[T, S/2].</summary>
    public float* Sine => _sine.Pointer;

    /// <summary>Prepares <see cref="Cosine"/> and <see cref="Sine"/> of a batch; blocks that rotate alike share the work.</summary>
    public void PrepareAngles(RotaryAngles angles, Batch batch)
    {
        (PositionSpec.Rotary?, int, int) wanted = (angles.Spec, angles.HeadSize, batch.Number);
        if (_angles == wanted)
            return;
        foreach (ref readonly SequencePiece piece in batch.Pieces)
        {
            nint row = (nint)piece.Row * (angles.RotatedSize / 2);
            angles.Fill(piece.Start, piece.Tokens, piece.Total, Cosine + row, Sine + row);
        }
        _angles = wanted;
    }

    /// <summary>Prepares them for other positions than the batch's.</summary>
    public void PrepareAngles(RotaryAngles angles, int start, int tokens, int length)
    {
        angles.Fill(start, tokens, length, Cosine, Sine);
        _angles = default;
    }

    private static long InnerSize(FeedForwardSpec spec) =>
        Math.Max(spec.InnerSize, spec is FeedForwardSpec.MixtureOfExperts { Shared: { } shared } ? shared.InnerSize : 0);
}

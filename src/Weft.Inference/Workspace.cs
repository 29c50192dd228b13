using Weft.Inference.Kernels.Panels;
using Weft.Inference.Weights;
using Weft.Model.Spec;

namespace Weft.Inference;

// T tokens, D hidden, H heads, K key-value heads, S head size, F inner size.

/// <summary>The activations of a batch, allocated once for the longest and used by every block in turn.</summary>
internal sealed unsafe class Workspace
{
    /// <summary>More tokens go through the feed-forward part in turns: what lies between its projections is the widest of all.</summary>
    private const int MostInnerTokens = 192;

    /// <summary>Columns of the feed-forward part that all tokens go through together, where weights are unpacked: whole panels and pairs of blocks.</summary>
    public const int InnerColumns = 512;

    private readonly AlignedBuffer _hidden, _normed, _inner, _cosine, _sine;
    private readonly Lazy<AlignedBuffer> _branch;
    private AlignedBuffer? _partials;
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
        InnerTokens = Math.Min(tokens, MostInnerTokens);
        _hidden = Make(spec.HiddenSize, "hidden states");
        _normed = Make(blocks.Any(block => block.Placement == NormPlacement.Parallel) ? spec.HiddenSize : 0, "normalised states");
        _branch = new(() => Make(spec.HiddenSize, "what parts add"), isThreadSafe: false);
        long attended = tokens * Padded(attentions.Max(attention => attention.QuerySize)), placed = tokens * Padded(attentions.Max(attention => attention.KeyValueSize));
        long upper = InnerTokens * Padded(inner);
        long gates = blocks.All(block => block.FeedForward is FeedForwardSpec.Dense) ? 0 : upper;
        // Attention and the feed-forward part run one after the other, in the same memory.
        long columns = (long)tokens * InnerColumns, codes = RowPacking.CodeBytes(tokens, checked((int)inner)) / sizeof(float);
        _inner = new(Math.Max(Math.Max(attended + (2 * placed), gates + upper), (2 * columns) + codes), "the workspace for what is within parts");
        Query = Up = _inner.Pointer;
        Key = Query + attended;
        Value = Key + placed;
        Gate = Up + upper;
        GateColumns = UpColumns + columns;
        InnerCodes = (byte*)(GateColumns + columns);
        _cosine = Rows(attention => attention.HeadSize / 2, "cosines");
        _sine = Rows(attention => attention.HeadSize / 2, "sines");
    }

    /// <summary>Tokens of the longest batch.</summary>
    public int Tokens { get; }

    /// <summary>Tokens that go through the feed-forward part together.</summary>
    public int InnerTokens { get; }

    /// <summary>[T, D]: the residual line.</summary>
    public float* Hidden => _hidden.Pointer;

    /// <summary>[T, D]: what the feed-forward part reads; only where a block is parallel.</summary>
    public float* Normed => _normed.Pointer;

    /// <summary>[T, D]: what a part of a block is about to add to the residual line, where that is not added at once.</summary>
    public float* Branch => _branch.Value.Pointer;

    /// <summary>[T, H, S]: queries, then what they attended to.</summary>
    public float* Query { get; }

    /// <summary>[T, K, S].</summary>
    public float* Key { get; }

    /// <summary>[T, K, S].</summary>
    public float* Value { get; }

    /// <summary>[inner tokens, F]; only where a block is gated.</summary>
    public float* Gate { get; }

    /// <summary>[inner tokens, F].</summary>
    public float* Up { get; }

    /// <summary>[T, columns of a turn].</summary>
    public float* UpColumns => Up;

    /// <summary>[T, columns of a turn].</summary>
    public float* GateColumns { get; }

    /// <summary>The inner part of all tokens and columns in codes, see <see cref="RowPacking"/>.</summary>
    public byte* InnerCodes { get; }

    /// <summary>[T, S/2].</summary>
    public float* Cosine => _cosine.Pointer;

    /// <summary>[T, S/2].</summary>
    public float* Sine => _sine.Pointer;

    /// <summary>Room for what attention gathers from spans of the keys; the same memory at each call.</summary>
    public float* Partials(long count)
    {
        if (_partials is null || _partials.Count < count)
            _partials = new(count, "the workspace for attention by spans");
        return _partials.Pointer;
    }

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

    /// <summary>Whole cache lines.</summary>
    private static long Padded(long count) => (count + 15) / 16 * 16;

    private static long InnerSize(FeedForwardSpec spec) =>
        Math.Max(spec.InnerSize, spec is FeedForwardSpec.MixtureOfExperts { Shared: { } shared } ? shared.InnerSize : 0);
}

using Weft.Model.Spec;
using Weft.Training.Kernels;

using static TorchSharp.torch;

namespace Weft.Training.Modules;

/// <summary>How scores come from products and weights from scores.</summary>
/// <param name="Scale">Multiplies the products of queries and keys.</param>
/// <param name="Pairs">Masks and biases.</param>
internal sealed record Scoring(double Scale, Pairs Pairs)
{
    /// <summary>Scaled products become c·tanh(product/c) before masks and biases; null for none.</summary>
    public double? SoftCap { get; init; }

    /// <summary>One more score a head, without a value, [H]; null for none.</summary>
    public Tensor? Sinks { get; init; }

    /// <summary>Shaw's vectors of distances that are added to keys, [rows, S]; null for none.</summary>
    public Tensor? RelativeKeys { get; init; }

    /// <summary>Shaw's vectors of distances that are added to values, [rows, S]; null for none.</summary>
    public Tensor? RelativeValues { get; init; }
}

/// <summary>
/// softmax(scale · Q·Kᵀ)·V and what the specification puts around it. Torch's fused kernel, which never materialises the scores, wherever
/// it can express them. Legend: B windows, H query heads, K key-value heads, T queries, U keys, S head size.
/// </summary>
internal static class AttentionFunction
{
    /// <summary>The fused kernel cannot express it.</summary>
    public static bool NeedsScores(AttentionSpec spec) =>
        spec is { SoftCap: not null } or { Sinks: AttentionSinks.Learned } or { Position: PositionSpec.Shaw };

    /// <summary>[B, H, T, S], [B, K, U, S] and [B, K, U, any] to [B, H, T, any], in the type of <paramref name="query"/>.</summary>
    public static Tensor Attend(Tensor query, Tensor key, Tensor value, Scoring scoring)
    {
        if (key.shape[1] != query.shape[1])
            (key, value) = (Repeat(key, query.shape[1]), Repeat(value, query.shape[1]));
        if (scoring is { SoftCap: null, Sinks: null, RelativeKeys: null })
            return scoring.Pairs.Groups is { } groups
                ? groups.Apply(query, key, value, (q, k, v) => Fused(q, k, v, scoring))
                : Fused(query, key, value, scoring);
        Tensor products = query.matmul(key.transpose(-1, -2)); // [B, H, T, U]
        if (scoring.RelativeKeys is { } relativeKeys)
            products = products.Plus(AtRows(query.matmul(relativeKeys.to(query.dtype).t()), scoring.Pairs.ShawRows!));
        Tensor scores = products.to(Wide(query)).Times(scoring.Scale);
        if (scoring.SoftCap is { } cap)
            scores = scores.SoftCap(cap);
        if (scoring.Pairs.Bias is { } bias)
            scores = scores.Plus(bias);
        Tensor weights = Softmax(scores, scoring.Sinks).to(query.dtype);
        Tensor mixed = weights.matmul(value);
        return scoring.RelativeValues is { } relativeValues
            ? mixed.Plus(ByRows(weights, scoring.Pairs.ShawRows!, relativeValues.shape[0]).matmul(relativeValues.to(query.dtype)))
            : mixed;
    }

    /// <summary>The type of scores and biases: fp32, unless the computation itself is wider.</summary>
    public static ScalarType Wide(Tensor x) => Wide(x.dtype);

    /// <inheritdoc cref="Wide(Tensor)"/>
    public static ScalarType Wide(ScalarType type) => type == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;

    /// <summary>Each key-value head serves H/K neighbouring query heads.</summary>
    private static Tensor Repeat(Tensor x, long heads) => x.repeat_interleave(heads / x.shape[1], 1);

    private static Tensor Fused(Tensor query, Tensor key, Tensor value, Scoring scoring)
    {
        if (BlockedAttention.Fits(query, scoring))
            return BlockedAttention.Attend(query, key, value, scoring);
        // The kernel scales by the root of the head size; whatever else is wanted goes into the queries.
        double extra = scoring.Scale * Math.Sqrt(query.shape[^1]);
        // Kernels of other devices want the bias in the queries' type: masks lose nothing by it, distances as much as in other programs.
        ScalarType type = query.device.type == TorchSharp.DeviceType.CPU ? Wide(query) : query.dtype;
        return nn.functional.scaled_dot_product_attention(Math.Abs(extra - 1) < 1e-12 ? query : query.Times(extra), key, value,
            scoring.Pairs.Bias?.to(type), is_casual: scoring.Pairs.IsCausal);
    }

    private static Tensor Softmax(Tensor scores, Tensor? sinks)
    {
        if (sinks is null)
            return scores.softmax(-1);
        (long batch, long length, long keys) = (scores.shape[0], scores.shape[2], scores.shape[3]);
        Tensor column = sinks.view(1, -1, 1, 1).expand(batch, -1, length, 1);
        return cat([scores, column], -1).softmax(-1).narrow(-1, 0, keys);
    }

    /// <summary>A number for each query and row, [B, H, T, rows], to one for each query and key, [B, H, T, U].</summary>
    private static Tensor AtRows(Tensor x, Tensor rows) => x.gather(-1, rows.expand(x.shape[0], x.shape[1], -1, -1));

    /// <summary>Weights of keys, [B, H, T, U], summed over those that have the same row, [B, H, T, rows].</summary>
    private static Tensor ByRows(Tensor weights, Tensor rows, long count) =>
        zeros([.. weights.shape[..3], count], weights.dtype, weights.device).scatter_add(-1, rows.expand(weights.shape), weights);
}

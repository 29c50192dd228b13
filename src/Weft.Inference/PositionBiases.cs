using Weft.Inference.Weights;
using Weft.Model.Spec;

namespace Weft.Inference;

/// <summary>The biases by distance of one stack, of which blocks with equal positions share one.</summary>
/// <param name="store">Where the weights are.</param>
/// <param name="stack">The stack's prefix.</param>
internal sealed unsafe class PositionBiases(WeightStore store, string stack)
{
    private readonly Dictionary<(PositionSpec, int, bool), PositionBias> _biases = [];

    /// <summary>The bias of an attention; null where its positions need none.</summary>
    /// <exception cref="NotSupportedException">The engine does not know these positions.</exception>
    public PositionBias? For(AttentionSpec spec)
    {
        if (spec.Position is PositionSpec.None or PositionSpec.Rotary or PositionSpec.Shaw)
            return null;
        (PositionSpec, int, bool) key = (spec.Position, spec.Heads, spec.Mask is AttentionMask.Bidirectional);
        if (!_biases.TryGetValue(key, out PositionBias? bias))
            _biases.Add(key, bias = spec.Position switch
            {
                PositionSpec.Alibi => PositionBias.Alibi(spec),
                PositionSpec.Buckets => PositionBias.Buckets(spec, store.Load(stack + ModelParameters.RelativeBias)),
                _ => throw new NotSupportedException($"{spec.Position.GetType().Name} positions in attention are unknown to the engine"),
            });
        return bias;
    }
}

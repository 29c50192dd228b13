using Weft.Inference.Kernels;
using Weft.Inference.Threading;
using Weft.Inference.Weights;
using Weft.Model.Spec;

namespace Weft.Inference;

// T tokens, D hidden.

/// <summary>Normalisation of hidden states, with its weights.</summary>
internal sealed unsafe class Norm
{
    private readonly NormSpec _spec;

    /// <exception cref="NotSupportedException">The engine does not know this normalisation.</exception>
    public Norm(NormSpec spec, WeightStore store, string prefix)
    {
        _spec = spec;
        Gain = spec is NormSpec.RmsNorm { UnitOffset: true } ? store.LoadPlusOne($"{prefix}.weight") : store.Load($"{prefix}.weight");
        Size = (int)store.Shape($"{prefix}.weight")[0];
        Bias = spec switch
        {
            NormSpec.LayerNorm norm => norm.Bias ? store.Load($"{prefix}.bias") : null,
            NormSpec.RmsNorm => null,
            _ => throw new NotSupportedException($"normalisation {spec.GetType().Name} is unknown to the engine"),
        };
    }

    /// <summary>[D].</summary>
    public float* Gain { get; }

    /// <summary>[D], or null.</summary>
    public float* Bias { get; }

    /// <summary>D.</summary>
    public int Size { get; }

    /// <summary>Added to the mean of squares.</summary>
    public float Epsilon => (float)_spec.Epsilon;

    /// <summary>The mean is taken off before.</summary>
    public bool IsCentered => _spec is NormSpec.LayerNorm;

    /// <summary>Normalises each of T rows of D in place.</summary>
    public void Apply(Team team, float* x, int tokens) => new RowSource(x, this).WriteTo(team, x, tokens);
}

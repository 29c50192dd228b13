using Weft.Inference.Kernels;

namespace Weft.Inference.Weights;

// T tokens, I inputs, O outputs.

/// <summary>The weights of one projection.</summary>
/// <param name="store">Where the weights are.</param>
/// <param name="prefix">Name without <c>.weight</c> and <c>.bias</c>.</param>
/// <param name="hasBias">Whether there is a bias.</param>
internal sealed unsafe class Linear(WeightStore store, string prefix, bool hasBias)
{
    private readonly WeightMatrix _weight = store.LoadMatrix($"{prefix}.weight");
    private readonly float* _bias = hasBias ? store.Load($"{prefix}.bias") : null;

    /// <summary>O.</summary>
    public int Outputs => _weight.Outputs;

    /// <summary>How the product is computed.</summary>
    public Arithmetic Arithmetic => _weight.Arithmetic;

    /// <summary>I.</summary>
    public int Inputs => _weight.Inputs;

    /// <summary>The product to compute into <paramref name="output"/>, [T, O], or to add to what is there.</summary>
    public Projection Into(float* output, bool accumulate = false) => _weight.Into(output, _bias) with { Accumulate = accumulate };
}

using Weft.Inference.Kernels;

namespace Weft.Inference.Weights;

// T tokens, I inputs, O outputs.

/// <summary>The weights of one projection.</summary>
/// <param name="store">Where the weights are.</param>
/// <param name="prefix">Name without <c>.weight</c> and <c>.bias</c>.</param>
/// <param name="hasBias">Whether there is a bias.</param>
internal sealed unsafe class Linear(WeightStore store, string prefix, bool hasBias)
{
    private readonly float* _weight = store.Load($"{prefix}.weight");
    private readonly float* _bias = hasBias ? store.Load($"{prefix}.bias") : null;
    private readonly int _outputs = (int)store.Shape($"{prefix}.weight")[0];

    /// <summary>O.</summary>
    public int Outputs => _outputs;

    /// <summary>I.</summary>
    public int Inputs { get; } = (int)store.Shape($"{prefix}.weight")[1];

    /// <summary>The product to compute into <paramref name="output"/>, [T, O].</summary>
    public Projection Into(float* output) => new() { Weight = _weight, Bias = _bias, Outputs = _outputs, Output = output };

    /// <summary>The product to add to <paramref name="output"/>, [T, O].</summary>
    public Projection AddedTo(float* output) => Into(output) with { Accumulate = true };
}

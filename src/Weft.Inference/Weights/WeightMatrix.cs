using Weft.Inference.Kernels;
using Weft.Inference.Kernels.Panels;
using Weft.Model.Checkpoints;

namespace Weft.Inference.Weights;

// T tokens, I inputs, O outputs.

/// <summary>A matrix that inputs are multiplied with, packed in panels of its own element type.</summary>
internal sealed unsafe class WeightMatrix
{
    private readonly byte* _panels;
    private readonly ElementType _type;

    /// <param name="type">How the weights are stored.</param>
    /// <param name="arithmetic">How products are computed.</param>
    /// <param name="outputs">O.</param>
    /// <param name="inputs">I.</param>
    /// <param name="panels">The packed weights; valid while their store is.</param>
    public WeightMatrix(ElementType type, Arithmetic arithmetic, int outputs, int inputs, byte* panels)
    {
        _type = type;
        Arithmetic = arithmetic;
        Outputs = outputs;
        Inputs = inputs;
        _panels = panels;
    }

    /// <summary>How the product is computed.</summary>
    public Arithmetic Arithmetic { get; }

    /// <summary>O.</summary>
    public int Outputs { get; }

    /// <summary>I.</summary>
    public int Inputs { get; }

    /// <summary>The product to compute into <paramref name="output"/>, [T, O].</summary>
    /// <param name="output">Where it goes.</param>
    /// <param name="bias">[O], or null.</param>
    public Projection Into(float* output, float* bias) => new()
    {
        Panels = _panels,
        PanelBytes = PanelLayout.Of(_type).PanelBytes(Inputs),
        Type = _type,
        Arithmetic = Arithmetic,
        Bias = bias,
        Output = output,
        Outputs = Outputs,
    };
}

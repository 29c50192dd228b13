using Weft.Model.Checkpoints;

namespace Weft.Inference.Kernels;

// T tokens, I inputs, O outputs.

/// <summary>One matrix that an input is multiplied with, and where the product goes.</summary>
internal unsafe struct Projection
{
    /// <summary>The first of the panels, see <see cref="Panels.PanelLayout"/>.</summary>
    public byte* Panels;

    /// <summary>Bytes of a panel.</summary>
    public long PanelBytes;

    /// <summary>How the weights are stored.</summary>
    public ElementType Type;

    /// <summary>How the product is computed.</summary>
    public Arithmetic Arithmetic;

    /// <summary>[O], or null.</summary>
    public float* Bias;

    /// <summary>[T, O], rows adjacent.</summary>
    public float* Output;

    /// <summary>O.</summary>
    public int Outputs;

    /// <summary>The product is added to what the output holds: the residual line.</summary>
    public bool Accumulate;

    /// <summary>Some of the outputs, into an output of their own.</summary>
    /// <param name="first">The first, at the beginning of a panel.</param>
    /// <param name="count">How many.</param>
    public readonly Projection Part(int first, int count) => this with
    {
        Panels = Panels + (first / Weft.Inference.Kernels.Panels.PanelLayout.Width * (nint)PanelBytes),
        Bias = Bias == null ? null : Bias + first,
        Outputs = count,
    };
}

/// <summary>How a product with a matrix is computed.</summary>
internal enum Arithmetic
{
    /// <summary>Inputs and weights in fp32, whatever the weights are stored as.</summary>
    Float32,

    /// <summary>Inputs rounded to bf16, sums in fp32.</summary>
    BFloat16,

    /// <summary>Inputs quantized to 8 bits in blocks of 32; sums of a block in whole numbers, those over blocks in fp32.</summary>
    Codes,
}

namespace Weft.Inference.Kernels.Assembled;

/// <summary>What a kernel of a tile works on.</summary>
internal unsafe struct TileArguments
{
    /// <summary>The panel's weights, in the form that the kernel reads.</summary>
    public byte* Weights;

    /// <summary>The tile's rows, as <see cref="Panels.RowPacking"/> leaves them.</summary>
    public byte* Rows;

    /// <summary>Receives the sums, fp32, 16 for each row and panel; aligned to 64 bytes.</summary>
    public float* Sums;

    /// <summary>Steps along the inputs.</summary>
    public long Steps;

    /// <summary>Weights of a second panel, where the kernel reads two.</summary>
    public byte* SecondWeights;

    /// <summary>Bytes from a row to the next, where the kernel reads rows as they are.</summary>
    public long RowStep;
}

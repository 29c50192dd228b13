namespace Weft.Inference.Kernels.Assembled;

/// <summary>What a kernel of a tile works on.</summary>
internal unsafe struct TileArguments
{
    /// <summary>The panel's weights, in the form that the kernel reads.</summary>
    public byte* Weights;

    /// <summary>The tile's rows, as <see cref="Panels.RowPacking"/> leaves them.</summary>
    public byte* Rows;

    /// <summary>Receives the sums, fp32, 16 for each row and panel.</summary>
    public float* Sums;

    /// <summary>Steps along the inputs.</summary>
    public long Steps;

    /// <summary>Weights of a second panel, where the kernel reads two.</summary>
    public byte* SecondWeights;

    /// <summary>Bytes from a row to the next, where the kernel reads rows one after the other; in a tile of codes, bytes from weights to those of the next call.</summary>
    public long RowStep;

    /// <summary>Bytes from the sums of a row to those of the next. Kernels in C# write rows of two panels without a gap.</summary>
    public long SumStep;

    /// <summary>Not 0: the sums are added to what is there. Kernels in C# do not.</summary>
    public long Accumulates;

    /// <summary>Added to the sums of each row, or null. Kernels in C# do not.</summary>
    public float* Bias;
}

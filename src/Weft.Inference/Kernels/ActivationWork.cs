using Weft.Inference.Threading;

namespace Weft.Inference.Kernels;

/// <summary>A nonlinearity over rows, multiplied by other rows where they are given.</summary>
internal unsafe struct ActivationWork : IWork
{
    private const int RowsPerItem = 4;

    /// <summary>[rows, size].</summary>
    public float* Input;

    /// <summary>[rows, size]; null for factors of one.</summary>
    public float* Factor;

    /// <summary>[rows, size]; may be either operand.</summary>
    public float* Output;

    /// <summary>See <see cref="ActivationKernel.Of"/>.</summary>
    public delegate*<float*, float*, float*, int, void> Activation;

    public int Size;
    public int Rows;

    public readonly int Items => (Rows + RowsPerItem - 1) / RowsPerItem;

    public readonly void Run(int item)
    {
        int end = Math.Min(Rows, (item + 1) * RowsPerItem);
        for (int r = item * RowsPerItem; r < end; r++)
        {
            nint row = (nint)r * Size;
            Activation(Input + row, Factor == null ? null : Factor + row, Output + row, Size);
        }
    }
}

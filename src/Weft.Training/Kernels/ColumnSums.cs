using System.Runtime.Intrinsics;

using Weft.Inference.Threading;

using static Weft.Training.Kernels.BFloat16Vectors;

namespace Weft.Training.Kernels;

// C rows, V columns.

/// <summary>Adds rows of bf16 up in fp32: the gradient of a bias from those of its sums. An item is a run of columns, whose rows are added in order.</summary>
internal unsafe struct ColumnSums : IWork
{
    /// <summary>Columns of an item.</summary>
    private const int Columns = 4 * Step;

    /// <summary>[C, <see cref="RowStep"/>], behind the columns zeros.</summary>
    public ushort* Rows;

    /// <summary>Numbers from a row to the next, a multiple of 32.</summary>
    public int RowStep;

    /// <summary>C.</summary>
    public int RowCount;

    /// <summary>V.</summary>
    public int ColumnCount;

    /// <summary>[V]; the sums are added to what is there.</summary>
    public float* Sums;

    /// <summary>Items of all columns.</summary>
    public readonly int Items => (RowStep + Columns - 1) / Columns;

    public readonly void Run(int item)
    {
        float* sums = stackalloc float[Step];
        for (int column = item * Columns; column < Math.Min(RowStep, (item + 1) * Columns); column += Step)
        {
            Vector512<float> first = default, second = default;
            ushort* row = Rows + column;
            for (int i = 0; i < RowCount; i++, row += RowStep)
            {
                (Vector512<float> left, Vector512<float> right) = Load(row);
                first += left;
                second += right;
            }
            first.Store(sums);
            second.Store(sums + Vector512<float>.Count);
            for (int i = 0; i < Math.Min(Step, ColumnCount - column); i++)
                Sums[column + i] += sums[i];
        }
    }
}

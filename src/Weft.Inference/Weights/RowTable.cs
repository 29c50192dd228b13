using Weft.Model.Checkpoints;

namespace Weft.Inference.Weights;

// D hidden.

/// <summary>A table whose rows are looked up by their index: in the mapped file, or in a copy where the file has no such rows.</summary>
internal sealed unsafe class RowTable
{
    private readonly TensorRows _rows;
    private readonly float* _copy;

    /// <summary>Rows of a mapped file.</summary>
    public RowTable(TensorRows rows) => _rows = rows;

    /// <summary>Rows of a copy in fp32, [rows, D].</summary>
    public RowTable(float* copy) => _copy = copy;

    /// <summary>Copies a row, [D], widened to fp32.</summary>
    public void Read(int row, Span<float> destination)
    {
        if (_copy == null)
            _rows.Read(row, destination);
        else
            new ReadOnlySpan<float>(_copy + ((nint)row * destination.Length), destination.Length).CopyTo(destination);
    }
}

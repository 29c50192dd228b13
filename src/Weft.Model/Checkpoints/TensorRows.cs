using Weft.Model.Architectures;
using Weft.Model.Quantization;

namespace Weft.Model.Checkpoints;

/// <summary>
/// The rows of a parameter where they lie in the mapped file, each of them whole, in whatever order the checkpoint has them. Valid until the checkpoint is
/// disposed.
/// </summary>
public readonly struct TensorRows
{
    private readonly nint _address;
    private readonly WeightLocation _location;
    private readonly long _rows, _columns;

    internal TensorRows(TensorView view, WeightLocation location, long rows, long columns)
    {
        _address = view.Address;
        _location = location;
        _rows = rows;
        _columns = columns;
        View = view;
        RowBytes = view.Type.ByteCount(columns);
    }

    /// <summary>The tensor, which may hold other parameters too.</summary>
    public TensorView View { get; }

    /// <summary>Element type.</summary>
    public ElementType Type => View.Type;

    /// <summary>Bytes of a row.</summary>
    public long RowBytes { get; }

    /// <summary>Address of a row of the parameter, in the mapped file.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    public nint Address(long row) => _address + (nint)(Stored(row) * RowBytes);

    /// <summary>Copies a row, widened to fp32.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    /// <exception cref="ObjectDisposedException">The file is closed.</exception>
    public void Read(long row, Span<float> destination) => View.ReadFloats(Stored(row) * _columns, destination);

    private long Stored(long row)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((ulong)row, (ulong)_rows, nameof(row));
        return _location.StoredRow(row, _rows);
    }
}

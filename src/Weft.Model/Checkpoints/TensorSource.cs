using Weft.Model.Quantization;

namespace Weft.Model.Checkpoints;

/// <summary>A tensor to be written.</summary>
/// <param name="Name">Name in the file.</param>
/// <param name="Type">Element type in the file.</param>
/// <param name="Shape">Sizes, slowest dimension first.</param>
/// <param name="Write">Writes exactly the tensor's bytes, little-endian; called once.</param>
public sealed record TensorSource(string Name, ElementType Type, IReadOnlyList<long> Shape, Action<Stream> Write)
{
    /// <summary>Number of bytes in the file.</summary>
    /// <exception cref="OverflowException">There are more than 2^63 of them.</exception>
    public long ByteCount => Type.ByteCount(Shape.Aggregate(1L, (product, size) => checked(product * size)));

    /// <summary>Calls <see cref="Write"/> and counts.</summary>
    internal void WriteTo(Stream stream)
    {
        long start = stream.Position;
        Write(stream);
        if (stream.Position - start != ByteCount)
            throw new InvalidOperationException($"tensor '{Name}' wrote {stream.Position - start} bytes instead of {ByteCount}");
    }
}

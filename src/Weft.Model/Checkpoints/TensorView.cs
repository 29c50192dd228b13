using System.Collections.Immutable;
using System.Numerics;
using System.Runtime.InteropServices;
using Weft.Model.Quantization;

namespace Weft.Model.Checkpoints;

/// <summary>One tensor inside a memory-mapped file. Valid until its file is disposed; nothing is copied until it is read.</summary>
public sealed unsafe class TensorView
{
    private readonly MappedFile _file;
    private readonly byte* _address;

    internal TensorView(MappedFile file, string name, ElementType type, ImmutableArray<long> shape, byte* address)
    {
        _file = file;
        Name = name;
        Type = type;
        Shape = shape;
        _address = address;
        Count = shape.Aggregate(1L, (product, size) => product * size);
    }

    /// <summary>Name in the file.</summary>
    public string Name { get; }

    /// <summary>Element type in the file.</summary>
    public ElementType Type { get; }

    /// <summary>Sizes, slowest dimension first.</summary>
    public ImmutableArray<long> Shape { get; }

    /// <summary>Number of elements.</summary>
    public long Count { get; }

    /// <summary>Number of bytes.</summary>
    public long ByteCount => Type.ByteCount(Count);

    /// <summary>First byte, in the mapped file. For runtimes that use the weights where they lie.</summary>
    /// <exception cref="ObjectDisposedException">The file is closed, so that nothing lies there any more.</exception>
    public nint Address => (nint)Open();

    /// <summary>Copies elements, widened to fp32, starting at element <paramref name="start"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range is not inside the tensor.</exception>
    /// <exception cref="NotSupportedException">The elements are neither floating-point nor block-quantized.</exception>
    /// <exception cref="ObjectDisposedException">The file is closed.</exception>
    public void ReadFloats(long start, Span<float> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, Count - destination.Length);
        if (Type.IsBlockQuantized())
        {
            Dequantizer.Read(Type, Open(), start, destination);
            return;
        }
        byte* source = Open() + (start * Type.Size());
        switch (Type)
        {
            case ElementType.F32:
                new ReadOnlySpan<byte>(source, checked(destination.Length * 4)).CopyTo(MemoryMarshal.AsBytes(destination));
                break;
            case ElementType.F16:
                Convert(new ReadOnlySpan<Half>(source, destination.Length), destination);
                break;
            case ElementType.BF16:
                ReadBFloat16((ushort*)source, destination);
                break;
            case ElementType.F64:
                Convert(new ReadOnlySpan<double>(source, destination.Length), destination);
                break;
            default:
                throw new NotSupportedException($"tensor '{Name}' holds {Type}, which is no floating-point type");
        }
    }

    /// <summary>Copies raw bytes, starting at byte <paramref name="start"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range is not inside the tensor.</exception>
    /// <exception cref="ObjectDisposedException">The file is closed.</exception>
    public void ReadBytes(long start, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, ByteCount - destination.Length);
        new ReadOnlySpan<byte>(Open() + start, destination.Length).CopyTo(destination);
    }

    /// <summary>Reading unmapped memory would end the process, so every access asks first.</summary>
    private byte* Open()
    {
        ObjectDisposedException.ThrowIf(_file.IsDisposed, _file);
        return _address;
    }

    private static void ReadBFloat16(ushort* source, Span<float> destination)
    {
        for (int i = 0; i < destination.Length; i++)
            destination[i] = BitConverter.Int32BitsToSingle(source[i] << 16);
    }

    private static void Convert<T>(ReadOnlySpan<T> source, Span<float> destination)
        where T : unmanaged, INumberBase<T>
    {
        for (int i = 0; i < source.Length; i++)
            destination[i] = float.CreateTruncating(source[i]);
    }
}

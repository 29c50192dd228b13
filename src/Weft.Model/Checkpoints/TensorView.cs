using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Quantization;

namespace Weft.Model.Checkpoints;

/// <summary>One tensor inside a memory-mapped file. Valid until its file is disposed; nothing is copied until it is read.</summary>
public sealed unsafe class TensorView
{
    /// <summary>Elements of a strided tensor that are gathered before they are widened; the widest has 8 bytes.</summary>
    private const int GatherBlock = 256;

    private readonly MappedFile _file;
    private readonly byte* _address;
    private readonly StridedLayout? _layout;
    private readonly PackedLinear? _packed;

    /// <param name="file">Mapped.</param>
    /// <param name="name">In the file.</param>
    /// <param name="type">Of the elements.</param>
    /// <param name="layout">Checked: every element lies in the file.</param>
    /// <param name="address">The first element.</param>
    internal TensorView(MappedFile file, string name, ElementType type, StridedLayout layout, byte* address)
    {
        _file = file;
        Name = name;
        Type = type;
        Shape = layout.Shape;
        Count = layout.Count;
        _layout = layout.IsContiguous ? null : layout;
        _address = address;
    }

    /// <summary>A weight that is decoded from several tensors when it is read.</summary>
    /// <param name="codes">One of them.</param>
    /// <param name="name">The name that it would have.</param>
    /// <param name="packed">Decodes it.</param>
    internal TensorView(TensorView codes, string name, PackedLinear packed)
    {
        _file = codes._file;
        Name = name;
        Type = ElementType.F32;
        Shape = [packed.Outputs, packed.Inputs];
        Count = (long)packed.Outputs * packed.Inputs;
        _packed = packed;
    }

    /// <summary>Name in the file.</summary>
    public string Name { get; }

    /// <summary>The file, one of several where a checkpoint has shards.</summary>
    internal string FilePath => _file.Path;

    /// <summary>Element type in the file.</summary>
    public ElementType Type { get; }

    /// <summary>Sizes, slowest dimension first.</summary>
    public ImmutableArray<long> Shape { get; }

    /// <summary>Number of elements.</summary>
    public long Count { get; }

    /// <summary>Number of bytes.</summary>
    public long ByteCount => Type.ByteCount(Count);

    /// <summary>
    /// The elements lie one after another, the last dimension fastest. PyTorch also stores views that do not, such as a
    /// transposed weight; both ways of reading put those in order.
    /// </summary>
    public bool IsContiguous => _layout is null && _packed is null;

    /// <summary>It is decoded from other tensors, so that it has no place of its own.</summary>
    internal bool IsPacked => _packed is not null;

    /// <summary>First byte, in the mapped file. For runtimes that use the weights where they lie.</summary>
    /// <exception cref="InvalidOperationException">The tensor is not contiguous, so that it cannot be used where it lies.</exception>
    /// <exception cref="ObjectDisposedException">The file is closed, so that nothing lies there any more.</exception>
    public nint Address => IsContiguous
        ? (nint)Open()
        : throw new InvalidOperationException($"tensor '{Name}' is not contiguous; copy it with {nameof(ReadFloats)} or {nameof(ReadBytes)}");

    /// <summary>Copies elements, widened to fp32, starting at element <paramref name="start"/>. Floating-point numbers and bytes are read.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range is not inside the tensor.</exception>
    /// <exception cref="NotSupportedException">The elements are truth values or integers of more than 8 bits.</exception>
    /// <exception cref="ObjectDisposedException">The file is closed.</exception>
    public void ReadFloats(long start, Span<float> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, Count - destination.Length);
        byte* source = Open();
        if (_packed is not null)
        {
            _packed.Read(start, destination);
            return;
        }
        if (Type.IsBlockQuantized())
        {
            Dequantizer.Read(Type, source, start, destination);
            return;
        }
        if (!FloatWidening.Reads(Type))
            throw new NotSupportedException($"tensor '{Name}' holds {Type}, which is no floating-point type");
        if (_layout is null)
        {
            FloatWidening.Widen(Type, source + (start * Type.Size()), destination);
            return;
        }
        byte* block = stackalloc byte[GatherBlock * sizeof(ulong)];
        for (int done = 0; done < destination.Length; done += GatherBlock)
        {
            Span<float> part = destination[done..Math.Min(done + GatherBlock, destination.Length)];
            _layout.Gather(source, Type.Size(), start + done, new(block, part.Length * Type.Size()));
            FloatWidening.Widen(Type, block, part);
        }
    }

    /// <summary>Copies raw bytes of the elements in order, starting at byte <paramref name="start"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range is not inside the tensor.</exception>
    /// <exception cref="ObjectDisposedException">The file is closed.</exception>
    public void ReadBytes(long start, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, ByteCount - destination.Length);
        byte* source = Open();
        if (_packed is not null)
        {
            float[] elements = new float[((start + destination.Length + 3) / 4) - (start / 4)];
            _packed.Read(start / 4, elements);
            MemoryMarshal.AsBytes(elements.AsSpan()).Slice((int)(start % 4), destination.Length).CopyTo(destination);
            return;
        }
        if (_layout is null)
        {
            new ReadOnlySpan<byte>(source + start, destination.Length).CopyTo(destination);
            return;
        }
        // The range may begin and end inside an element.
        int size = Type.Size();
        Span<byte> element = stackalloc byte[size];
        for (int done = 0; done < destination.Length;)
        {
            (long index, long skipped) = Math.DivRem(start + done, size);
            _layout.Gather(source, size, index, element);
            int count = Math.Min(size - (int)skipped, destination.Length - done);
            element.Slice((int)skipped, count).CopyTo(destination[done..]);
            done += count;
        }
    }

    /// <summary>Reading unmapped memory would end the process, so every access asks first.</summary>
    private byte* Open()
    {
        ObjectDisposedException.ThrowIf(_file.IsDisposed, _file);
        return _address;
    }
}

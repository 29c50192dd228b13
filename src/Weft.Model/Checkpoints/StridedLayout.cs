using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Weft.Model.Checkpoints;

/// <summary>Where the elements of a tensor lie: element (i, j, …) is i·stride 0 + j·stride 1 + … elements behind the first.</summary>
internal sealed unsafe class StridedLayout
{
    private StridedLayout(ImmutableArray<long> shape, ImmutableArray<long> strides)
    {
        Shape = shape;
        Strides = strides;
        Count = shape.Aggregate(1L, (product, size) => product * size);
        IsContiguous = Count == 0 || FollowEachOther();
    }

    /// <summary>Sizes, slowest dimension first.</summary>
    public ImmutableArray<long> Shape { get; }

    /// <summary>Elements between neighbours of a dimension.</summary>
    public ImmutableArray<long> Strides { get; }

    /// <summary>Number of elements.</summary>
    public long Count { get; }

    /// <summary>The last dimension is the fastest, and nothing lies between.</summary>
    public bool IsContiguous { get; }

    /// <param name="shape">Not negative; the number of elements fits 64 bits.</param>
    public static StridedLayout Contiguous(ImmutableArray<long> shape)
    {
        long[] strides = new long[shape.Length];
        long stride = 1;
        for (int d = shape.Length - 1; d >= 0; d--)
        {
            strides[d] = stride;
            stride *= shape[d];
        }
        return new(shape, ImmutableCollectionsMarshal.AsImmutableArray(strides));
    }

    /// <summary>A layout that no file need be believed for: null unless all of its elements are among <paramref name="available"/>.</summary>
    /// <param name="shape">Sizes.</param>
    /// <param name="strides">One for each size.</param>
    /// <param name="available">Elements from the first one to the end of their memory.</param>
    public static StridedLayout? TryCreate(ImmutableArray<long> shape, ImmutableArray<long> strides, long available)
    {
        Int128 count = 1, last = 0;
        foreach ((long size, long stride) in shape.Zip(strides))
        {
            if (size < 0 || stride < 0)
                return null;
            count *= size;
            // The products of two 64-bit numbers fit; their sums and further products are stopped long before they do not.
            last += (Int128)Math.Max(size - 1, 0) * stride;
            if (count > long.MaxValue || last > long.MaxValue)
                return null;
        }
        return count == 0 || (last < available && count <= available) ? new(shape, strides) : null;
    }

    /// <summary>Copies elements in order.</summary>
    /// <param name="origin">The first element of the tensor.</param>
    /// <param name="size">Bytes of an element: 1, 2, 4 or 8.</param>
    /// <param name="start">Index of the first element to copy.</param>
    /// <param name="destination">Whole elements.</param>
    public void Gather(byte* origin, int size, long start, Span<byte> destination)
    {
        switch (size)
        {
            case 1:
                Gather(origin, start, destination);
                break;
            case 2:
                Gather((ushort*)origin, start, MemoryMarshal.Cast<byte, ushort>(destination));
                break;
            case 4:
                Gather((uint*)origin, start, MemoryMarshal.Cast<byte, uint>(destination));
                break;
            default:
                Gather((ulong*)origin, start, MemoryMarshal.Cast<byte, ulong>(destination));
                break;
        }
    }

    private void Gather<T>(T* origin, long start, Span<T> destination)
        where T : unmanaged
    {
        long columns = Shape[^1], step = Strides[^1];
        for (int done = 0; done < destination.Length;)
        {
            (long row, long column) = Math.DivRem(start + done, columns);
            T* source = origin + RowOffset(row) + (column * step);
            int count = (int)Math.Min(columns - column, destination.Length - done);
            for (int i = 0; i < count; i++)
                destination[done + i] = source[i * step];
            done += count;
        }
    }

    /// <summary>Elements before a row of the last dimension, the rows counted in order.</summary>
    private long RowOffset(long row)
    {
        long offset = 0;
        for (int d = Shape.Length - 2; d >= 0; d--)
        {
            (row, long index) = Math.DivRem(row, Shape[d]);
            offset += index * Strides[d];
        }
        return offset;
    }

    /// <summary>The stride of a dimension of one element is never taken, and PyTorch writes any value there.</summary>
    private bool FollowEachOther()
    {
        long expected = 1;
        for (int d = Shape.Length - 1; d >= 0; d--)
        {
            if (Shape[d] != 1 && Strides[d] != expected)
                return false;
            expected *= Shape[d];
        }
        return true;
    }
}

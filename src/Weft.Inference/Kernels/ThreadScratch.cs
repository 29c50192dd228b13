using Weft.Inference.Weights;

namespace Weft.Inference.Kernels;

/// <summary>Memory of a thread for what a kernel unpacks; it grows to the greatest need and is used again.</summary>
internal static unsafe class ThreadScratch
{
    [ThreadStatic]
    private static AlignedBuffer? _buffer;

    /// <summary>At least so many bytes, aligned to a cache line; valid until the next call on this thread.</summary>
    public static byte* Get(long bytes)
    {
        long count = (bytes + sizeof(float) - 1) / sizeof(float);
        if (_buffer is null || _buffer.Count < count)
            _buffer = new(count, "unpacked weights");
        return (byte*)_buffer.Pointer;
    }
}

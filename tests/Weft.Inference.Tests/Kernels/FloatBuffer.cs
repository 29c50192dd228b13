using CsCheck;
using Weft.Inference.Weights;

namespace Weft.Inference.Tests.Kernels;

/// <summary>Native memory with guards on both sides: a kernel that writes past its output is found.</summary>
internal sealed unsafe class FloatBuffer
{
    private const int Guard = 32;
    private const float GuardValue = 12345.678f;

    /// <summary>The latest buffers stay reachable: a kernel has only their pointers, which keep nothing alive.</summary>
    private static readonly FloatBuffer[] Latest = new FloatBuffer[1024];

    private static int _count;

    private readonly AlignedBuffer _memory;
    private readonly int _start;
    private readonly int _length;

    /// <param name="values">The contents.</param>
    /// <param name="misalignment">Elements by which the first is off a vector's boundary.</param>
    public FloatBuffer(float[] values, int misalignment = 0)
    {
        _memory = new(values.Length + (2 * Guard) + misalignment, "a test");
        _start = Guard + misalignment;
        _length = values.Length;
        _memory.Span.Fill(GuardValue);
        values.CopyTo(Span);
        Latest[(uint)Interlocked.Increment(ref _count) % Latest.Length] = this;
    }

    public static Gen<float[]> Values(int count) => Gen.Float[-2, 2].Array[count];

    public float* Pointer => _memory.Pointer + _start;

    public Span<float> Span => new(Pointer, _length);

    public void CheckGuards()
    {
        Assert.Equal(-1, _memory.Span[.._start].IndexOfAnyExcept(GuardValue));
        Assert.Equal(-1, _memory.Span[(_start + _length)..].IndexOfAnyExcept(GuardValue));
    }
}

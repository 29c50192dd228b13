namespace Weft.Inference.Weights;

/// <summary>Zeroed fp32 memory that neither moves nor splits a vector over two cache lines. The collector frees it.</summary>
internal sealed unsafe class AlignedBuffer
{
    private const int Alignment = 64, Padding = Alignment / sizeof(float);

    private readonly float[] _memory;

    /// <param name="count">Elements.</param>
    /// <param name="purpose">Names the buffer in the error.</param>
    /// <exception cref="NotSupportedException">More elements than one array holds.</exception>
    public AlignedBuffer(long count, string purpose)
    {
        CheckCount(count, purpose);
        _memory = GC.AllocateArray<float>((int)count + Padding, pinned: true);
        Count = count;
        nint address = (nint)System.Runtime.CompilerServices.Unsafe.AsPointer(ref System.Runtime.InteropServices.MemoryMarshal.GetArrayDataReference(_memory));
        Pointer = (float*)((address + Alignment - 1) & -Alignment);
    }

    /// <summary>Elements.</summary>
    public long Count { get; }

    /// <summary>The first element; valid while this object is reachable.</summary>
    public float* Pointer { get; }

    public Span<float> Span => new(Pointer, (int)Count);

    /// <summary>Refuses more elements than one buffer holds, where the memory is taken later only.</summary>
    /// <inheritdoc cref="AlignedBuffer(long, string)"/>
    public static void CheckCount(long count, string purpose)
    {
        if (count > Array.MaxLength - Padding)
            throw new NotSupportedException($"{purpose} needs {count} values, more than the {Array.MaxLength - Padding} of one buffer; use a smaller capacity or an F32 checkpoint");
    }
}

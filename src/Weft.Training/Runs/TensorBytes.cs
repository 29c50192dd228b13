namespace Weft.Training.Runs;

/// <summary>Bytes of tensors that come and go, and how many of them lie in the C library's heap rather than in mappings of their own.</summary>
/// <param name="All">Bytes.</param>
/// <param name="OnHeap">Those of tensors below <see cref="MappedFrom"/>.</param>
internal readonly record struct TensorBytes(long All, long OnHeap)
{
    /// <summary>glibc maps what is larger by itself, and gives it back at once (mallopt(3), M_MMAP_THRESHOLD: the most to which the threshold grows).</summary>
    private const long MappedFrom = 32 << 20;

    /// <summary>Of some equal tensors.</summary>
    public static TensorBytes Of(long bytes, long count = 1) => new(bytes * count, bytes < MappedFrom ? bytes * count : 0);

    /// <summary>Of memory that is no tensor's.</summary>
    public static TensorBytes Outside(long bytes) => new(bytes, 0);

    /// <summary>Together.</summary>
    public static TensorBytes Sum(IEnumerable<TensorBytes> all) => all.Aggregate(default(TensorBytes), (sum, one) => sum + one);

    /// <summary>What takes more.</summary>
    public static TensorBytes Max(TensorBytes a, TensorBytes b) => a.All >= b.All ? a : b;

    public static TensorBytes operator +(TensorBytes a, TensorBytes b) => new(a.All + b.All, a.OnHeap + b.OnHeap);

    public static TensorBytes operator -(TensorBytes a, TensorBytes b) => new(a.All - b.All, Math.Max(0, a.OnHeap - b.OnHeap));

    public static TensorBytes operator *(long count, TensorBytes a) => new(count * a.All, count * a.OnHeap);
}

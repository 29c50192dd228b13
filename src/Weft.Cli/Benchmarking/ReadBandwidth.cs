using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Weft.Cli.Benchmarking;

/// <summary>Memory that is far larger than any cache, read from one end to the other.</summary>
internal sealed unsafe partial class ReadBandwidth : IDisposable
{
    /// <summary>Bytes: a sixteenth of it at most is left in a cache of 32 MB.</summary>
    public const long Size = 512L << 20;

    private const int HugePage = 2 << 20, Unrolled = 8, Ahead = 4096, CacheLine = 64;

    private const int AdviseHugePages = 14, AdviseOrdinaryPages = 15;

    private readonly byte* _memory;

    private ReadBandwidth(byte* memory) => _memory = memory;

    private interface ISum<T>
    {
        static abstract T Add(T sum, T value);
    }

    /// <summary>Takes the memory, whose pages come when they are first written.</summary>
    /// <param name="hugePages">Pages of 2 MB rather than the system's usual ones.</param>
    /// <returns>Null where the system does not let a program choose.</returns>
    public static ReadBandwidth? TryCreate(bool hugePages)
    {
        var bandwidth = new ReadBandwidth((byte*)NativeMemory.AlignedAlloc((nuint)Size, HugePage));
        bool chosen = OperatingSystem.IsLinux() && madvise((nint)bandwidth._memory, (nint)Size, hugePages ? AdviseHugePages : AdviseOrdinaryPages) == 0;
        // Ordinary pages are what there is without a choice, too.
        if (chosen || !hugePages)
            return bandwidth;
        bandwidth.Dispose();
        return null;
    }

    /// <summary>Writes a thread's part.</summary>
    public void Touch(int thread, int threads) => new Span<byte>(_memory + Start(thread, threads), (int)(Start(thread + 1, threads) - Start(thread, threads))).Fill(1);

    /// <summary>Reads a thread's part.</summary>
    public void Read(int thread, int threads)
    {
        byte* start = _memory + Start(thread, threads), end = _memory + Start(thread + 1, threads);
        if (Vector512.IsHardwareAccelerated)
            Sum<Vector512<int>, Sum512>(start, end);
        else if (Vector256.IsHardwareAccelerated)
            Sum<Vector256<int>, Sum256>(start, end);
        else
            Sum<Vector128<int>, Sum128>(start, end);
    }

    /// <inheritdoc/>
    public void Dispose() => NativeMemory.AlignedFree(_memory);

    private static long Start(int thread, int threads) => Size / Ahead * thread / threads * Ahead;

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Sum<T, TSum>(byte* start, byte* end)
        where T : unmanaged
        where TSum : struct, ISum<T>
    {
        T s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default;
        for (byte* p = start; p < end; p += Unrolled * sizeof(T))
        {
            // What fetches ahead in the processor stops at the end of a page.
            if (Sse.IsSupported)
                for (int line = 0; line < Unrolled * sizeof(T); line += CacheLine)
                    Sse.Prefetch0(p + Ahead + line);
            s0 = TSum.Add(s0, ((T*)p)[0]);
            s1 = TSum.Add(s1, ((T*)p)[1]);
            s2 = TSum.Add(s2, ((T*)p)[2]);
            s3 = TSum.Add(s3, ((T*)p)[3]);
            s4 = TSum.Add(s4, ((T*)p)[4]);
            s5 = TSum.Add(s5, ((T*)p)[5]);
            s6 = TSum.Add(s6, ((T*)p)[6]);
            s7 = TSum.Add(s7, ((T*)p)[7]);
        }
        Keep(TSum.Add(TSum.Add(TSum.Add(s0, s1), TSum.Add(s2, s3)), TSum.Add(TSum.Add(s4, s5), TSum.Add(s6, s7))));
    }

    /// <summary>A result that nobody takes is not computed.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Keep<T>(T value) => _ = value;

    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int madvise(nint address, nint length, int advice);

    private readonly struct Sum512 : ISum<Vector512<int>>
    {
        public static Vector512<int> Add(Vector512<int> sum, Vector512<int> value) => sum + value;
    }

    private readonly struct Sum256 : ISum<Vector256<int>>
    {
        public static Vector256<int> Add(Vector256<int> sum, Vector256<int> value) => sum + value;
    }

    private readonly struct Sum128 : ISum<Vector128<int>>
    {
        public static Vector128<int> Add(Vector128<int> sum, Vector128<int> value) => sum + value;
    }
}

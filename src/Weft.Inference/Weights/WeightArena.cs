using System.Runtime.InteropServices;

namespace Weft.Inference.Weights;

/// <summary>
/// Zeroed memory for packed weights, taken in large pieces. On Linux they are on huge pages where the system has them: reading weights in order then costs a
/// tenth to a half less, since fewer addresses have to be translated.
/// </summary>
/// <param name="expected">Bytes that will be asked for: where that is right, all are in one piece.</param>
internal sealed unsafe partial class WeightArena(long expected) : IDisposable
{
    private const int Alignment = 64, HugePage = 2 << 20;

    /// <summary>Each piece behind the first is twice as large as the one before up to the greatest, or as large as what is asked for.</summary>
    private const long GreatestPiece = 256L << 20;

    private const int AdviseHugePages = 14, AdviseDropped = 4;

    private readonly List<nint> _pieces = [];
    private long _nextPiece = Math.Max(HugePage, expected);
    private byte* _free;
    private long _left;

    ~WeightArena() => Free();

    /// <summary>Takes zeroed bytes, aligned to a cache line; valid until this object is disposed or collected.</summary>
    public byte* Allocate(long bytes)
    {
        bytes = (bytes + Alignment - 1) / Alignment * Alignment;
        if (bytes > _left)
            AddPiece(bytes);
        byte* memory = _free;
        _free += bytes;
        _left -= bytes;
        return memory;
    }

    /// <summary>Tells the system that memory is better on huge pages, where it has them.</summary>
    public static void PreferHugePages(nint address, long bytes)
    {
        if (OperatingSystem.IsLinux())
            _ = Advise(address, (nint)bytes, AdviseHugePages);
    }

    /// <summary>Tells the system that mapped memory of a file, and what shares its pages, will not be read again soon, so that it no longer counts as the process's own.</summary>
    public static void Drop(nint address, long bytes)
    {
        nint page = Environment.SystemPageSize;
        nint start = address / page * page, end = (address + (nint)bytes + page - 1) / page * page;
        if (OperatingSystem.IsLinux())
            _ = Advise(start, end - start, AdviseDropped);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void AddPiece(long bytes)
    {
        long size = (Math.Max(bytes, _nextPiece) + HugePage - 1) / HugePage * HugePage;
        // Large zeroed memory is taken from the system page by page as it is first written.
        nint piece = (nint)NativeMemory.AllocZeroed(checked((nuint)(size + HugePage)));
        _pieces.Add(piece);
        nint aligned = (piece + HugePage - 1) / HugePage * HugePage;
        PreferHugePages(aligned, size);
        _free = (byte*)aligned;
        _left = size;
        _nextPiece = Math.Min(2 * _nextPiece, GreatestPiece);
    }

    private void Free()
    {
        foreach (nint piece in _pieces)
            NativeMemory.Free((void*)piece);
        _pieces.Clear();
        _left = 0;
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint address, nint length, int advice);
}

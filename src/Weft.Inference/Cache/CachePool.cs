using System.Runtime.InteropServices;

namespace Weft.Inference;

/// <summary>
/// Pages of keys and values of one size. A page that nobody uses any more is kept for the next sequence: taking fresh memory from the system for every
/// sequence costs a tenth of reading a prompt.
/// </summary>
internal sealed unsafe class CachePool(long pageBytes) : IDisposable
{
    /// <summary>Before a page's own bytes, how many sequences share it; after them, what vectors may read of a following row.</summary>
    private const int Header = 64, Margin = 1024;

    private readonly Lock _turn = new();
    private readonly Stack<nint> _free = [];
    private bool _closed;

    ~CachePool() => Close();

    /// <summary>Bytes of a page.</summary>
    public long PageBytes => pageBytes;

    /// <summary>A page that the caller alone uses. What is in it is of no meaning, but finite only where it was written.</summary>
    public byte* Rent()
    {
        nint page;
        lock (_turn)
            _free.TryPop(out page);
        if (page == 0)
            page = (nint)NativeMemory.AlignedAlloc(checked((nuint)(Header + pageBytes + Margin)), Header) + Header;
        References((byte*)page) = 1;
        return (byte*)page;
    }

    /// <summary>One sequence more uses a page.</summary>
    public static void Share(byte* page) => Interlocked.Increment(ref References(page));

    /// <summary>Other sequences use a page too, so that it must not be written.</summary>
    public static bool IsShared(byte* page) => Volatile.Read(ref References(page)) > 1;

    /// <summary>One sequence fewer uses a page.</summary>
    public void Return(byte* page)
    {
        if (Interlocked.Decrement(ref References(page)) > 0)
            return;
        lock (_turn)
        {
            if (!_closed)
            {
                _free.Push((nint)page);
                return;
            }
        }
        NativeMemory.AlignedFree(page - Header);
    }

    /// <summary>Frees the pages that nobody uses, and later the others as they come back.</summary>
    public void Dispose()
    {
        Close();
        GC.SuppressFinalize(this);
    }

    private static ref int References(byte* page) => ref *(int*)(page - Header);

    private void Close()
    {
        lock (_turn)
        {
            _closed = true;
            while (_free.TryPop(out nint page))
                NativeMemory.AlignedFree((byte*)page - Header);
        }
    }
}

using System.Runtime.InteropServices;
using Weft.Inference.Weights;

namespace Weft.Inference;

/// <summary>
/// Pages of keys and values of one size. They are taken from the system in pieces of several, on huge pages where it has them, and kept for the next
/// sequence when nobody uses them any more: taking fresh memory for every sequence costs a tenth of reading a prompt.
/// </summary>
internal sealed unsafe class CachePool(long pageBytes) : IDisposable
{
    /// <summary>Before a page's own bytes, how many sequences share it; after them, what vectors may read of a following row.</summary>
    private const int Header = 64, Margin = 1024;

    private const int HugePage = 2 << 20;

    /// <summary>Bytes of the largest pieces, of several pages.</summary>
    private const long LargestPiece = 64L << 20;

    private readonly long _step = (Header + pageBytes + Margin + Header - 1) / Header * Header;
    private readonly Lock _turn = new();
    private readonly Stack<nint> _free = [];
    private readonly List<nint> _pieces = [];
    private int _pages, _used;
    private bool _closed;

    ~CachePool() => Close();

    /// <summary>Bytes of a page.</summary>
    public long PageBytes => pageBytes;

    /// <summary>A page that the caller alone uses. What is in it is of no meaning.</summary>
    public byte* Rent()
    {
        lock (_turn)
        {
            if (_free.Count == 0)
                AddPiece();
            _used++;
            byte* page = (byte*)_free.Pop();
            References(page) = 1;
            return page;
        }
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
            _free.Push((nint)page);
            _used--;
            FreeIfOver();
        }
    }

    /// <summary>Frees the pages, at once or when the last one comes back.</summary>
    public void Dispose()
    {
        Close();
        GC.SuppressFinalize(this);
    }

    private static ref int References(byte* page) => ref *(int*)(page - Header);

    /// <summary>As many pages as there are, so that few pieces are taken for a long sequence and little for a short one.</summary>
    private void AddPiece()
    {
        long count = Math.Clamp(_pages, 1, Math.Max(1, LargestPiece / _step)), bytes = count * _step;
        bool isLarge = bytes >= HugePage;
        nint piece = (nint)NativeMemory.AlignedAlloc(checked((nuint)bytes), isLarge ? HugePage : (nuint)Header);
        if (isLarge)
            WeightArena.PreferHugePages(piece, bytes);
        _pieces.Add(piece);
        for (long page = count - 1; page >= 0; page--)
            _free.Push(piece + (nint)(page * _step) + Header);
        _pages += (int)count;
    }

    private void Close()
    {
        lock (_turn)
        {
            _closed = true;
            FreeIfOver();
        }
    }

    private void FreeIfOver()
    {
        if (!_closed || _used > 0)
            return;
        foreach (nint piece in _pieces)
            NativeMemory.AlignedFree((void*)piece);
        _pieces.Clear();
        _free.Clear();
    }
}

using Weft.Inference.Kernels;
using Weft.Model.Checkpoints;
using Weft.Model.Spec;

namespace Weft.Inference;

// K key-value heads, S head size, B positions of a page.

/// <summary>
/// Where the keys and values of every attention of a stack lie in a page, which holds those of B neighbouring positions of a sequence; and the pages that
/// the sequences of a model share.
/// </summary>
internal sealed class CacheLayout
{
    private readonly AttentionSpec[] _attentions;
    private readonly long[] _offsets;

    /// <param name="attentions">Of each block.</param>
    /// <param name="type">How keys and values are stored.</param>
    public CacheLayout(IEnumerable<AttentionSpec> attentions, ElementType type)
    {
        _attentions = [.. attentions];
        Type = type;
        _offsets = new long[_attentions.Length];
        long bytes = 0;
        for (int layer = 0; layer < _attentions.Length; layer++)
        {
            AttentionSpec attention = _attentions[layer];
            _offsets[layer] = bytes;
            var page = new CachePage(type, attention.HeadSize);
            bytes += attention.KeyValueHeads * (page.KeyBytes + page.ValueBytes);
            if (KeepsPlainKeys(attention))
                bytes += (long)attention.KeyValueSize * AttentionRow.BlockSize * sizeof(float);
        }
        PageBytes = bytes;
        Pool = new(bytes);
    }

    /// <summary>Bytes of a page.</summary>
    public long PageBytes { get; }

    /// <summary>How keys and values are stored.</summary>
    public ElementType Type { get; }

    /// <summary>Attentions.</summary>
    public int Layers => _attentions.Length;

    /// <summary>Where pages come from.</summary>
    public CachePool Pool { get; }

    /// <summary>One attention's part of the pages.</summary>
    public unsafe LayerCache Layer(int layer, byte** pages)
    {
        AttentionSpec attention = _attentions[layer];
        var page = new CachePage(Type, attention.HeadSize);
        long values = _offsets[layer] + (attention.KeyValueHeads * page.KeyBytes);
        return new()
        {
            Pages = pages,
            Keys = _offsets[layer],
            Values = values,
            PlainKeys = KeepsPlainKeys(attention) ? values + (attention.KeyValueHeads * page.ValueBytes) : -1,
            KeyValueHeads = attention.KeyValueHeads,
            Page = page,
        };
    }

    /// <summary>Keys that may have to be turned by other angles later are kept as they were before the first.</summary>
    private static bool KeepsPlainKeys(AttentionSpec attention) =>
        attention.Position is PositionSpec.Rotary rotary && rotary.Scaling.ConstantUpTo < int.MaxValue;
}

/// <summary>
/// Keys and values of one sequence in one attention of every block of a stack: a list of pages. Pages are taken as the sequence grows, and shared with its
/// forks until one of them writes.
/// </summary>
internal sealed unsafe class StackCache : IDisposable
{
    private readonly CacheLayout _layout;
    private readonly int[] _angles;

    // Pinned: kernels see the address.
    private nint[] _pages = GC.AllocateArray<nint>(4, pinned: true);
    private int _count;

    /// <param name="layout">Of the stack.</param>
    /// <param name="capacity">Tokens.</param>
    public StackCache(CacheLayout layout, int capacity)
    {
        _layout = layout;
        Capacity = capacity;
        _angles = new int[layout.Layers];
    }

    ~StackCache() => Release(0);

    /// <summary>Tokens that there is room for.</summary>
    public int Capacity { get; }

    /// <summary>Tokens that are held.</summary>
    public int Length { get; set; }

    /// <summary>Bytes of the pages, shared ones too.</summary>
    public long ByteCount => _count * _layout.Pool.PageBytes;

    /// <summary>A copy that goes its own way: it shares what is written so far.</summary>
    public StackCache Fork()
    {
        var copy = new StackCache(_layout, Capacity) { Length = Length };
        int used = PagesFor(Length);
        copy.MakeRoom(used);
        for (; copy._count < used; copy._count++)
        {
            CachePool.Share((byte*)_pages[copy._count]);
            copy._pages[copy._count] = _pages[copy._count];
        }
        _angles.CopyTo(copy._angles, 0);
        return copy;
    }

    /// <summary>Prepares the positions from <see cref="Length"/> to <paramref name="tokens"/>, at most <see cref="Capacity"/>, for being written.</summary>
    public void Reserve(int tokens)
    {
        int pages = PagesFor(tokens);
        MakeRoom(pages);
        for (; _count < pages; _count++)
            _pages[_count] = (nint)_layout.Pool.Rent();
        for (int page = Length / AttentionRow.BlockSize; page < pages; page++)
            if (CachePool.IsShared((byte*)_pages[page]))
                Replace(page);
    }

    /// <summary>Prepares all positions for being written: keys that are turned anew.</summary>
    public void ReserveAll()
    {
        for (int page = 0; page < _count; page++)
            if (CachePool.IsShared((byte*)_pages[page]))
                Replace(page);
    }

    /// <summary>The part of one block of the model.</summary>
    public LayerCache Layer(int layer) => _layout.Layer(layer, (byte**)System.Runtime.InteropServices.Marshal.UnsafeAddrOfPinnedArrayElement(_pages, 0));

    /// <summary>Which of several sets of angles the keys of a block are turned by; see <see cref="RotaryAngles.SetFor"/>.</summary>
    public ref int AngleSet(int layer) => ref _angles[layer];

    /// <summary>Gives the pages that hold no token of the first <paramref name="tokens"/> back.</summary>
    public void Truncate(int tokens)
    {
        Length = tokens;
        Release(PagesFor(tokens));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Length = 0;
        Release(0);
        GC.SuppressFinalize(this);
    }

    private static int PagesFor(int tokens) => (tokens + AttentionRow.BlockSize - 1) / AttentionRow.BlockSize;

    private void MakeRoom(int pages)
    {
        if (pages <= _pages.Length)
            return;
        nint[] larger = GC.AllocateArray<nint>(Math.Max(pages, 2 * _pages.Length), pinned: true);
        _pages.CopyTo(larger, 0);
        _pages = larger;
    }

    private void Replace(int page)
    {
        byte* own = _layout.Pool.Rent(), shared = (byte*)_pages[page];
        Buffer.MemoryCopy(shared, own, _layout.Pool.PageBytes, _layout.Pool.PageBytes);
        _pages[page] = (nint)own;
        _layout.Pool.Return(shared);
    }

    private void Release(int keep)
    {
        while (_count > keep)
            _layout.Pool.Return((byte*)_pages[--_count]);
    }
}

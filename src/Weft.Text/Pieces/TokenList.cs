using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Weft.Text;

/// <summary>The ids of a text as they are found, with their origins where these are tracked.</summary>
internal sealed class TokenList
{
    private const int KeptCount = 1 << 20;

    private int[] _ids = new int[256];
    private Origin[] _origins = [];
    private bool _tracked;

    public int Count { get; private set; }

    public ReadOnlySpan<int> Ids => _ids.AsSpan(0, Count);

    /// <summary>One per id, or none when offsets are not wanted.</summary>
    public ReadOnlySpan<Origin> Origins => _tracked ? _origins.AsSpan(0, Count) : default;

    /// <summary>Empties the list, and gives back what an unusually long text made it hold.</summary>
    public void Begin(bool tracked)
    {
        (Count, _tracked) = (0, tracked);
        if (_ids.Length > KeptCount)
            (_ids, _origins) = (new int[256], []);
        if (tracked && _origins.Length < _ids.Length)
            _origins = new Origin[_ids.Length];
    }

    public void Add(int id)
    {
        int count = Count;
        if ((uint)count >= (uint)_ids.Length)
            Grow(1);
        _ids[count] = id;
        Count = count + 1;
    }

    public void Add(int id, Origin origin)
    {
        Add(id);
        if (_tracked)
            _origins[Count - 1] = origin;
    }

    /// <summary>Adds up to two ids, the first in the lower half, whose origins are not tracked.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddPair(ulong ids, int count)
    {
        int at = Count;
        if (_ids.Length - at < 2)
            Grow(2);
        // The second is written over where there is only one.
        Unsafe.WriteUnaligned(ref Unsafe.As<int, byte>(ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_ids), at)), ids);
        Count = at + count;
    }

    /// <summary>Adds ids whose origins are not tracked.</summary>
    public void AddRange(ReadOnlySpan<int> ids)
    {
        if (_ids.Length - Count < ids.Length)
            Grow(ids.Length);
        ids.CopyTo(_ids.AsSpan(Count));
        Count += ids.Length;
    }

    private void Grow(int more)
    {
        Array.Resize(ref _ids, (int)Math.Max(checked(Count + more), Math.Min(Array.MaxLength, 2L * _ids.Length)));
        if (_tracked)
            Array.Resize(ref _origins, _ids.Length);
    }
}

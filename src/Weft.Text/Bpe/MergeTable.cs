using System.Numerics;

namespace Weft.Text.Bpe;

/// <summary>
/// Pair of ids to rank and result: an open-addressing table. Encoding is mostly misses in it, so a small filter of bits, which
/// stays in the cache of the processor, answers most of them.
/// </summary>
internal sealed class MergeTable
{
    /// <summary>The answer for a pair that does not merge; larger than every rank.</summary>
    public const ulong None = ulong.MaxValue;

    // Four bits for each place of the table, eight or more for each pair.
    private const int FilterBits = 2;

    private readonly (ulong Key, ulong Value)[] _entries;
    private readonly ulong[] _filter;
    private readonly int _shift;

    /// <summary>A table without pairs.</summary>
    /// <param name="capacity">The most pairs that it will hold.</param>
    public MergeTable(int capacity)
    {
        int places = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, capacity * 2L));
        _entries = new (ulong, ulong)[places];
        _filter = new ulong[(places << FilterBits) / 64];
        _shift = 64 - BitOperations.Log2((uint)places);
        Array.Fill(_entries, (None, None));
    }

    public MergeTable(IReadOnlyList<BpeMerge> merges) : this(merges.Count)
    {
        foreach (BpeMerge merge in merges)
            Add(merge);
    }

    /// <summary>Adds a pair. One that is listed twice keeps its later rank, as in Hugging Face tokenizers.</summary>
    public void Add(BpeMerge merge)
    {
        ulong key = Key(merge.Left, merge.Right), hash = Hash(key);
        int slot = (int)(hash >> _shift), bit = (int)(hash >> (_shift - FilterBits));
        while (_entries[slot].Key != None && _entries[slot].Key != key)
            slot = (slot + 1) & (_entries.Length - 1);
        _entries[slot] = (key, ((ulong)(uint)merge.Rank << 32) | (uint)merge.Result);
        _filter[bit >> 6] |= 1UL << bit;
    }

    /// <summary>Rank in the upper 32 bits and the resulting id in the lower, or <see cref="None"/>.</summary>
    public ulong Find(int left, int right)
    {
        ulong key = Key(left, right), hash = Hash(key);
        int bit = (int)(hash >> (_shift - FilterBits));
        if ((_filter[bit >> 6] >> bit & 1) == 0)
            return None;
        (ulong Key, ulong Value)[] entries = _entries;
        int slot = (int)(hash >> _shift);
        while (entries[slot].Key != key)
        {
            if (entries[slot].Key == None)
                return None;
            slot = (slot + 1) & (entries.Length - 1);
        }
        return entries[slot].Value;
    }

    private static ulong Key(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;

    private static ulong Hash(ulong key)
    {
        key *= 0x9E3779B97F4A7C15;
        return (key ^ (key >> 32)) * 0xD6E8FEB86659FD93;
    }
}

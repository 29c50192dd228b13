using System.Numerics;

namespace Weft.Text.Bpe;

/// <summary>Pair of ids to rank and result: an open-addressing table, since encoding is mostly misses in it.</summary>
internal sealed class MergeTable
{
    /// <summary>The answer for a pair that does not merge; larger than every rank.</summary>
    public const ulong None = ulong.MaxValue;

    private readonly ulong[] _keys;
    private readonly ulong[] _values;
    private readonly int _shift;

    public MergeTable(IReadOnlyList<BpeMerge> merges)
    {
        int capacity = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, merges.Count * 2));
        _keys = new ulong[capacity];
        _values = new ulong[capacity];
        _shift = 64 - BitOperations.Log2((uint)capacity);
        Array.Fill(_keys, None);
        foreach (BpeMerge merge in merges)
        {
            ulong key = Key(merge.Left, merge.Right);
            int slot = Slot(key);
            while (_keys[slot] != None && _keys[slot] != key)
                slot = (slot + 1) & (capacity - 1);
            // A pair listed twice keeps its later rank, as in Hugging Face tokenizers.
            _keys[slot] = key;
            _values[slot] = ((ulong)(uint)merge.Rank << 32) | (uint)merge.Result;
        }
    }

    /// <summary>Rank in the upper 32 bits and the resulting id in the lower, or <see cref="None"/>.</summary>
    public ulong Find(int left, int right)
    {
        ulong key = Key(left, right);
        ulong[] keys = _keys;
        int slot = Slot(key);
        while (keys[slot] != key)
        {
            if (keys[slot] == None)
                return None;
            slot = (slot + 1) & (keys.Length - 1);
        }
        return _values[slot];
    }

    private static ulong Key(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;

    private int Slot(ulong key) => (int)((key * 0x9E3779B97F4A7C15) >> _shift);
}

namespace Weft.Text.Bpe;

/// <summary>A four-way heap of (rank, position), packed so that one comparison orders by rank and then from the left.</summary>
internal sealed class MergeQueue
{
    private ulong[] _items = [];
    private int _count;

    /// <summary>Empties the queue and makes room for the first pairs of a word.</summary>
    public void Clear(int capacity)
    {
        _count = 0;
        if (_items.Length < capacity)
            _items = new ulong[capacity];
    }

    /// <summary>Adds without ordering; <see cref="Order"/> must follow before anything is taken.</summary>
    public void Append(ulong rank, int position) => _items[_count++] = (rank << 32) | (uint)position;

    public void Order()
    {
        for (int i = (_count - 2) >> 2; i >= 0 && _count > 1; i--)
            SiftDown(i, _items[i]);
    }

    public void Add(ulong rank, int position)
    {
        if (_count == _items.Length)
            Array.Resize(ref _items, Math.Max(16, _count * 2));
        ulong item = (rank << 32) | (uint)position;
        int at = _count++;
        while (at > 0 && _items[(at - 1) >> 2] > item)
        {
            _items[at] = _items[(at - 1) >> 2];
            at = (at - 1) >> 2;
        }
        _items[at] = item;
    }

    public bool TryTake(out ulong rank, out int position)
    {
        if (_count == 0)
        {
            (rank, position) = (0, 0);
            return false;
        }
        ulong top = _items[0];
        ulong last = _items[--_count];
        if (_count > 0)
            SiftDown(0, last);
        (rank, position) = (top >> 32, (int)(uint)top);
        return true;
    }

    public void ReleaseLargeBuffer()
    {
        if (_items.Length > 1 << 16)
            _items = [];
    }

    private void SiftDown(int at, ulong item)
    {
        ulong[] items = _items;
        while (true)
        {
            int child = (at << 2) + 1;
            if (child >= _count)
                break;
            int least = child;
            for (int end = Math.Min(child + 4, _count), i = child + 1; i < end; i++)
                if (items[i] < items[least])
                    least = i;
            if (items[least] >= item)
                break;
            items[at] = items[least];
            at = least;
        }
        items[at] = item;
    }
}

namespace Weft.Text;

/// <summary>Places the nodes of a <see cref="CharTrie"/>, each group of children at the first gaps that take all of it.</summary>
internal sealed class CharTrieBuilder
{
    private const int Free = -1, RootParent = -2;

    // Looking further for a gap costs more time than the gap is worth.
    private const int MostTries = 512;

    private readonly (string Key, int Value)[] _entries;
    private readonly ushort[] _codes;
    private readonly int _mostCode;
    private int[] _bases, _parents, _values;
    private int _firstFree = 1, _end = 1;

    public CharTrieBuilder((string Key, int Value)[] entries)
    {
        Array.Sort(entries, (a, b) => string.CompareOrdinal(a.Key, b.Key));
        _entries = entries;
        (_codes, _mostCode) = CodesOf(entries);
        (_bases, _parents, _values) = ([], [], []);
    }

    public (ushort[] Codes, CharTrie.Unit[] Units, int[] Values) Build()
    {
        Reserve(_mostCode + 1);
        _parents[0] = RootParent;
        // The strings [First, Last) share the units before Depth, which lead to Node.
        var open = new Stack<(int Node, int First, int Last, int Depth)>();
        open.Push((0, 0, _entries.Length, 0));
        var children = new List<(int Code, int First, int Last)>();
        while (open.TryPop(out var range))
        {
            if (range.First < range.Last && _entries[range.First].Key.Length == range.Depth)
                _values[range.Node] = _entries[range.First++].Value;
            Divide(range.First, range.Last, range.Depth, children);
            if (children.Count == 0)
                continue;
            int start = Place(range.Node, children);
            foreach ((int code, int first, int last) in children)
                open.Push((start + code, first, last, range.Depth + 1));
        }
        // A step reads at most one base and one code further than the last node.
        int length = _end + _mostCode + 1;
        Reserve(length);
        var units = new CharTrie.Unit[length];
        for (int i = 0; i < length; i++)
            units[i] = new CharTrie.Unit(_bases[i], _parents[i]);
        return (_codes, units, _values[..length]);
    }

    private static (ushort[] Codes, int Most) CodesOf((string Key, int Value)[] entries)
    {
        int[] counts = new int[1 << 16];
        foreach ((string key, _) in entries)
            foreach (char c in key)
                counts[c]++;
        ushort[] codes = new ushort[1 << 16];
        int most = 0;
        foreach (int unit in Enumerable.Range(0, 1 << 16).Where(unit => counts[unit] > 0).OrderByDescending(unit => counts[unit]).Take(ushort.MaxValue))
            codes[unit] = (ushort)++most;
        return (codes, most);
    }

    private void Divide(int first, int last, int depth, List<(int Code, int First, int Last)> children)
    {
        children.Clear();
        for (int at = first; at < last;)
        {
            char unit = _entries[at].Key[depth];
            int start = at;
            while (at < last && _entries[at].Key[depth] == unit)
                at++;
            children.Add((_codes[unit], start, at));
        }
    }

    private int Place(int node, List<(int Code, int First, int Last)> children)
    {
        int start = FindBase(children);
        _bases[node] = start;
        foreach ((int code, _, _) in children)
        {
            _parents[start + code] = node;
            _end = Math.Max(_end, start + code + 1);
        }
        while (_firstFree < _parents.Length && _parents[_firstFree] != Free)
            _firstFree++;
        return start;
    }

    private int FindBase(List<(int Code, int First, int Last)> children)
    {
        int lowest = children.Min(child => child.Code), highest = children.Max(child => child.Code);
        for (int at = Math.Max(_firstFree, lowest), tries = 0; at < _end && tries < MostTries; at++, tries++)
        {
            Reserve(at - lowest + highest + 1);
            if (Fits(at - lowest, children))
                return at - lowest;
        }
        int start = Math.Max(0, _end - lowest);
        Reserve(start + highest + 1);
        return start;
    }

    private bool Fits(int start, List<(int Code, int First, int Last)> children)
    {
        foreach ((int code, _, _) in children)
            if (_parents[start + code] != Free)
                return false;
        return true;
    }

    private void Reserve(int length)
    {
        int held = _parents.Length;
        if (length <= held)
            return;
        int size = Math.Max(length, held * 2);
        Array.Resize(ref _bases, size);
        Array.Resize(ref _parents, size);
        Array.Resize(ref _values, size);
        _parents.AsSpan(held).Fill(Free);
        _values.AsSpan(held).Fill(CharTrie.None);
    }
}

namespace Weft.Text;

/// <summary>
/// Strings to integers, walked one UTF-16 unit at a time: a double array (Aoe 1989, "An efficient digital search algorithm by
/// using a double-array structure"), so that a step is one addition and one comparison. Units are renumbered by frequency,
/// which keeps the arrays dense. Node 0 is the root.
/// </summary>
internal sealed class CharTrie
{
    /// <summary>What a node without a string holds.</summary>
    public const int None = -1;

    private readonly ushort[] _codes;
    private readonly Unit[] _units;
    private readonly int[] _values;

    /// <param name="entries">Each string, which is not empty and stands there once, with its value, which is not negative.</param>
    public CharTrie(IEnumerable<(string Key, int Value)> entries) =>
        (_codes, _units, _values) = new CharTrieBuilder([.. entries]).Build();

    /// <summary>The code of each UTF-16 unit, 0 where no string holds it.</summary>
    public ReadOnlySpan<ushort> Codes => _codes;

    /// <summary>The nodes. A child of a node is at its base plus the code of the unit, if its parent is the node.</summary>
    public ReadOnlySpan<Unit> Units => _units;

    /// <summary>The value of the string that ends at a node, or <see cref="None"/>.</summary>
    public ReadOnlySpan<int> Values => _values;

    /// <summary>The node after one more unit, or -1.</summary>
    public int Step(int node, char unit)
    {
        int next = _units[node].Base + _codes[unit];
        return _units[next].Parent == node ? next : -1;
    }

    /// <summary>The node after a string, or -1.</summary>
    public int Walk(ReadOnlySpan<char> text)
    {
        int node = 0;
        foreach (char c in text)
            if ((node = Step(node, c)) < 0)
                break;
        return node;
    }

    /// <summary>The value of the longest string that the text begins with, or <see cref="None"/>.</summary>
    /// <param name="text">The text.</param>
    /// <param name="length">UTF-16 units of the string.</param>
    /// <param name="node">Where to begin, when the strings' first units are behind already; not below 0.</param>
    public int Longest(ReadOnlySpan<char> text, out int length, int node = 0)
    {
        int found = None;
        length = 0;
        for (int i = 0; i < text.Length && (node = Step(node, text[i])) >= 0; i++)
            if (_values[node] != None)
                (found, length) = (_values[node], i + 1);
        return found;
    }

    /// <summary>The value of the shortest string that the text begins with, or <see cref="None"/>.</summary>
    public int Shortest(ReadOnlySpan<char> text)
    {
        for (int i = 0, node = 0; i < text.Length && (node = Step(node, text[i])) >= 0; i++)
            if (_values[node] != None)
                return _values[node];
        return None;
    }

    /// <summary>The value of one string, or <see cref="None"/>.</summary>
    public int Find(ReadOnlySpan<char> key) => Walk(key) is int node and >= 0 ? _values[node] : None;

    /// <summary>Where the children of a node begin, and whose child the place itself is: -1 for a free one.</summary>
    public readonly record struct Unit(int Base, int Parent);
}

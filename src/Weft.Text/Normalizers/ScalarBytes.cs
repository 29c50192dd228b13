namespace Weft.Text.Normalizers;

/// <summary>A byte for each Unicode code point in two array reads; pages of 256 that are alike are kept once.</summary>
internal sealed class ScalarBytes
{
    public const int Scalars = 0x110000;

    private const int PageSize = 256;

    private readonly ushort[] _pages = new ushort[Scalars / PageSize];
    private readonly byte[] _values;

    /// <param name="runs">Lengths and values from code point 0 on, up to the last one.</param>
    public ScalarBytes(IEnumerable<(int Length, byte Value)> runs)
    {
        var all = new byte[Scalars];
        int at = 0;
        foreach ((int length, byte value) in runs)
        {
            all.AsSpan(at, length).Fill(value);
            at += length;
        }
        var kept = new List<byte[]>();
        for (int page = 0; page < _pages.Length; page++)
        {
            byte[] values = all.AsSpan(page * PageSize, PageSize).ToArray();
            int same = kept.FindIndex(other => other.AsSpan().SequenceEqual(values));
            _pages[page] = (ushort)(same >= 0 ? same : kept.Count);
            if (same < 0)
                kept.Add(values);
        }
        _values = [.. kept.SelectMany(values => values)];
    }

    public byte this[int scalar] => _values[(_pages[scalar >> 8] << 8) | (scalar & 0xFF)];
}

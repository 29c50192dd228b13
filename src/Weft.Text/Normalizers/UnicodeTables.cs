using Weft.Text.Bpe;

namespace Weft.Text.Normalizers;

/// <summary>
/// What normalization forms need to know of each scalar. .NET asks the operating system's ICU for it and, in invariant mode,
/// returns text unchanged; ids must not depend on either.
/// </summary>
internal sealed partial class UnicodeTables
{
    private static readonly Lazy<UnicodeTables> Loaded = new(() => new UnicodeTables());

    private readonly ScalarTable _canonical = new();
    private readonly ScalarTable _compatible = new();
    private readonly ScalarTable _classes = new();
    private readonly List<int[]> _sequences = [];
    private readonly Dictionary<(int First, int Second), int> _composites = [];

    private UnicodeTables()
    {
        var table = new PackedTable(Deflated);
        var canonical = ReadDecompositions(table, _canonical);
        ReadDecompositions(table, _compatible);
        foreach (int scalar in ReadScalars(table))
            canonical.Remove(scalar);
        foreach ((int scalar, int[] parts) in canonical)
            _composites.Add((parts[0], parts[1]), scalar);
        int first = 0;
        for (int runs = table.ReadNumber(); runs > 0; runs--)
        {
            first += table.ReadNumber();
            (int length, int combiningClass) = (table.ReadNumber(), table.ReadNumber());
            for (int i = 0; i < length; i++)
                _classes[first + i] = combiningClass;
        }
    }

    public static UnicodeTables Instance => Loaded.Value;

    /// <summary>Canonical combining class; 0 is a starter, which marks never move across.</summary>
    public int CombiningClass(int scalar) => Math.Max(0, _classes[scalar]);

    /// <summary>One step of decomposition, or null.</summary>
    public int[]? Decomposition(int scalar, bool compatible)
    {
        int index = _canonical[scalar];
        if (index < 0 && compatible)
            index = _compatible[scalar];
        return index < 0 ? null : _sequences[index];
    }

    /// <summary>The primary composite of two scalars, or -1.</summary>
    public int Composite(int first, int second) => _composites.GetValueOrDefault((first, second), -1);

    private Dictionary<int, int[]> ReadDecompositions(PackedTable table, ScalarTable indices)
    {
        var read = new Dictionary<int, int[]>();
        int scalar = 0;
        for (int entries = table.ReadNumber(); entries > 0; entries--)
        {
            scalar += table.ReadNumber();
            var parts = new int[table.ReadNumber()];
            for (int i = 0; i < parts.Length; i++)
                parts[i] = table.ReadNumber();
            indices[scalar] = _sequences.Count;
            _sequences.Add(parts);
            read.Add(scalar, parts);
        }
        return read;
    }

    private static IEnumerable<int> ReadScalars(PackedTable table)
    {
        int scalar = 0;
        for (int count = table.ReadNumber(); count > 0; count--)
            yield return scalar += table.ReadNumber();
    }
}

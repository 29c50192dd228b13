using System.IO.Compression;
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
        using var inflater = new DeflateStream(new MemoryStream(Convert.FromBase64String(Deflated)), CompressionMode.Decompress);
        using var buffer = new MemoryStream();
        inflater.CopyTo(buffer);
        buffer.Position = 0;
        var canonical = ReadDecompositions(buffer, _canonical);
        ReadDecompositions(buffer, _compatible);
        foreach (int scalar in ReadScalars(buffer))
            canonical.Remove(scalar);
        foreach ((int scalar, int[] parts) in canonical)
            _composites.Add((parts[0], parts[1]), scalar);
        int first = 0;
        for (int runs = ReadNumber(buffer); runs > 0; runs--)
        {
            first += ReadNumber(buffer);
            (int length, int combiningClass) = (ReadNumber(buffer), ReadNumber(buffer));
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

    private Dictionary<int, int[]> ReadDecompositions(Stream stream, ScalarTable table)
    {
        var read = new Dictionary<int, int[]>();
        int scalar = 0;
        for (int entries = ReadNumber(stream); entries > 0; entries--)
        {
            scalar += ReadNumber(stream);
            var parts = new int[ReadNumber(stream)];
            for (int i = 0; i < parts.Length; i++)
                parts[i] = ReadNumber(stream);
            table[scalar] = _sequences.Count;
            _sequences.Add(parts);
            read.Add(scalar, parts);
        }
        return read;
    }

    private static IEnumerable<int> ReadScalars(Stream stream)
    {
        int scalar = 0;
        for (int count = ReadNumber(stream); count > 0; count--)
            yield return scalar += ReadNumber(stream);
    }

    private static int ReadNumber(Stream stream)
    {
        for (int value = 0, shift = 0; ; shift += 7)
        {
            int next = stream.ReadByte();
            value |= (next & 0x7F) << shift;
            if (next < 0x80)
                return value;
        }
    }
}

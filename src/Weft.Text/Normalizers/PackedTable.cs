using System.IO.Compression;

namespace Weft.Text.Normalizers;

/// <summary>Numbers packed into a string of the source: variable-length integers, deflated, in Base64.</summary>
internal sealed class PackedTable
{
    private readonly byte[] _bytes;
    private int _at;

    public PackedTable(string packed)
    {
        using var inflater = new DeflateStream(new MemoryStream(Convert.FromBase64String(packed)), CompressionMode.Decompress);
        using var inflated = new MemoryStream();
        inflater.CopyTo(inflated);
        _bytes = inflated.ToArray();
    }

    public byte ReadByte() => _bytes[_at++];

    public int ReadNumber()
    {
        for (int value = 0, shift = 0; ; shift += 7)
        {
            byte next = ReadByte();
            value |= (next & 0x7F) << shift;
            if (next < 0x80)
                return value;
        }
    }
}

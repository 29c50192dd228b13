using System.Buffers.Binary;
using System.Text;

namespace Weft.Model.Checkpoints.PyTorch;

/// <summary>A file in a zip archive.</summary>
/// <param name="Name">Full name, folders before slashes.</param>
/// <param name="Offset">First byte of the data in the archive.</param>
/// <param name="Length">Bytes of the data as they lie there.</param>
/// <param name="Obstacle">Why the bytes are not the content, such as that they are compressed; null where they are.</param>
internal sealed record ZipEntry(string Name, long Offset, long Length, string? Obstacle);

/// <summary>
/// The central directory of a mapped zip archive, with ZIP64, checked against the file before any of it is believed
/// (PKWARE's APPNOTE.TXT, 4.3). Entries are located, never unpacked: what is read lies stored in the mapped file.
/// </summary>
internal sealed unsafe class ZipDirectory
{
    private const uint EntrySignature = 0x04034b50, DirectorySignature = 0x02014b50, EndSignature = 0x06054b50;
    private const uint End64Signature = 0x06064b50, Locator64Signature = 0x07064b50;
    private const int EntrySize = 30, DirectoryEntrySize = 46, EndSize = 22, End64Size = 56, Locator64Size = 20;
    private const ushort Encrypted = 1;

    private readonly MappedFile _file;
    private readonly Dictionary<string, ZipEntry> _entries = new(StringComparer.Ordinal);

    /// <summary>Reads the directory and the header before each entry.</summary>
    /// <exception cref="CheckpointException">This is no whole zip archive.</exception>
    public ZipDirectory(MappedFile file)
    {
        _file = file;
        (long begin, long end, ulong count) = FindDirectory();
        List<(long Begin, ZipEntry Entry)> places = [];
        long position = begin;
        for (ulong i = 0; i < count; i++)
            places.Add(ReadEntry(ref position, end));
        if (position != end)
            throw Broken($"its directory holds {end - begin} bytes, but the {count} entries in it take {position - begin}");
        CheckPlaces(places, begin);
    }

    /// <summary>Entries by full name.</summary>
    public IReadOnlyDictionary<string, ZipEntry> Entries => _entries;

    private (long Begin, long End, ulong Count) FindDirectory()
    {
        long endRecord = FindEndRecord();
        ReadOnlySpan<byte> end = Bytes(endRecord, EndSize);
        ulong count = U16(end, 10), size = U32(end, 12), offset = U32(end, 16), disks = (ulong)U16(end, 4) | U16(end, 6);
        long limit = endRecord;
        if (endRecord >= Locator64Size && Bytes(endRecord - Locator64Size, Locator64Size) is var locator && U32(locator, 0) == Locator64Signature)
        {
            // PyTorch writes this form whatever the size of the archive.
            limit = (long)Math.Min(U64(locator, 8), long.MaxValue);
            ReadOnlySpan<byte> end64 = Bytes(limit, End64Size);
            if (U32(end64, 0) != End64Signature)
                throw Broken($"holds no ZIP64 end of its directory at byte {limit}");
            (count, size, offset, disks) = (U64(end64, 32), U64(end64, 40), U64(end64, 48), (ulong)U32(end64, 16) | U32(end64, 20));
        }
        if (disks != 0)
            throw new CheckpointException(_file.Path, "is one part of a zip archive in several parts; join them first");
        if (offset > (ulong)limit || size > (ulong)limit - offset || count > size / DirectoryEntrySize)
            throw Broken($"says its directory has {count} entries in {size} bytes at byte {offset}, but the file has room up to byte {limit}");
        return ((long)offset, (long)(offset + size), count);
    }

    /// <summary>The last record of an archive, before a comment of at most 65,535 bytes that ends the file.</summary>
    private long FindEndRecord()
    {
        long first = Math.Max(0, _file.Length - EndSize - ushort.MaxValue);
        for (long at = _file.Length - EndSize; at >= first; at--)
        {
            ReadOnlySpan<byte> record = Bytes(at, EndSize);
            if (U32(record, 0) == EndSignature && at + EndSize + U16(record, 20) == _file.Length)
                return at;
        }
        throw Broken("has no directory at its end, as every zip archive has");
    }

    private (long Begin, ZipEntry Entry) ReadEntry(ref long position, long end)
    {
        if (position > end - DirectoryEntrySize)
            throw Broken($"its directory ends at byte {end}, inside an entry");
        ReadOnlySpan<byte> record = Bytes(position, DirectoryEntrySize);
        int nameLength = U16(record, 28), extraLength = U16(record, 30);
        long next = position + DirectoryEntrySize + nameLength + extraLength + U16(record, 32);
        if (U32(record, 0) != DirectorySignature || next > end)
            throw Broken($"holds no entry of its directory at byte {position}");
        ReadOnlySpan<byte> nameBytes = Bytes(position + DirectoryEntrySize, nameLength);
        string name = Encoding.UTF8.GetString(nameBytes);
        ulong size = U32(record, 24), stored = U32(record, 20), offset = U32(record, 42);
        Widen(name, Bytes(position + DirectoryEntrySize + nameLength, extraLength), ref size, ref stored, ref offset);
        position = next;
        if (offset > (ulong)_file.Length || stored > (ulong)_file.Length)
            throw Broken($"entry '{name}' claims {stored} bytes at byte {offset}, but the file has {_file.Length}");
        ReadOnlySpan<byte> header = Bytes((long)offset, EntrySize);
        long data = (long)offset + EntrySize + U16(header, 26) + U16(header, 28);
        if (U32(header, 0) != EntrySignature || U16(header, 26) != nameLength
            || !Bytes((long)offset + EntrySize, nameLength).SequenceEqual(nameBytes))
            throw Broken($"entry '{name}' does not begin at byte {offset}");
        string? obstacle = ((U16(record, 8) | U16(header, 6)) & Encrypted) != 0 ? "is encrypted"
            : U16(record, 10) != 0 || U16(header, 8) != 0 ? $"is compressed (method {U16(record, 10)})"
            : size != stored ? $"says that {size} bytes are stored in {stored}"
            : null;
        return ((long)offset, new(name, data, (long)stored, obstacle));
    }

    /// <summary>Sizes that do not fit 32 bits follow in the extra field 1, those that do not fit alone and in this order.</summary>
    private void Widen(string name, ReadOnlySpan<byte> extra, ref ulong size, ref ulong stored, ref ulong offset)
    {
        while (extra.Length >= 4)
        {
            int id = U16(extra, 0), length = U16(extra, 2);
            if (length > extra.Length - 4)
                break;
            if (id == 1)
            {
                ReadOnlySpan<byte> field = extra.Slice(4, length);
                if (!Take(ref field, ref size) || !Take(ref field, ref stored) || !Take(ref field, ref offset))
                    throw Broken($"entry '{name}' lacks its 64-bit sizes");
                return;
            }
            extra = extra[(4 + length)..];
        }
    }

    private static bool Take(ref ReadOnlySpan<byte> field, ref ulong value)
    {
        if (value != uint.MaxValue)
            return true;
        if (field.Length < 8)
            return false;
        value = U64(field, 0);
        field = field[8..];
        return true;
    }

    /// <summary>No byte belongs to two entries, and none to an entry and the directory.</summary>
    private void CheckPlaces(List<(long Begin, ZipEntry Entry)> places, long directory)
    {
        places.Sort((a, b) => a.Begin.CompareTo(b.Begin));
        for (int i = 0; i < places.Count; i++)
        {
            ZipEntry entry = places[i].Entry;
            (long limit, string next) = i + 1 < places.Count
                ? (places[i + 1].Begin, $"entry '{places[i + 1].Entry.Name}'")
                : (directory, "its directory");
            if (entry.Offset > limit - entry.Length)
                throw Broken($"entry '{entry.Name}' of {entry.Length} bytes at byte {entry.Offset} overlaps {next} at byte {limit}");
            if (!_entries.TryAdd(entry.Name, entry))
                throw Broken($"holds entry '{entry.Name}' twice");
        }
    }

    private ReadOnlySpan<byte> Bytes(long offset, int count) => offset >= 0 && offset <= _file.Length - count
        ? new(_file.Start + offset, count)
        : throw Broken($"refers to {count} bytes at byte {offset}, but has {_file.Length}");

    private static ushort U16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static uint U32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static ulong U64(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt64LittleEndian(bytes[at..]);

    private CheckpointException Broken(string problem) => new(_file.Path, $"{problem}; the file is truncated or corrupt, fetch it again");
}

using System.Text;

namespace Weft.Model.Tests.PyTorch;

/// <summary>Ways of writing the sizes of a zip archive.</summary>
public enum ZipForm
{
    /// <summary>As PyTorch does: a ZIP64 end, sizes of entries in 32 bits, data aligned to 64 bytes by an extra field.</summary>
    Torch,

    /// <summary>As PyTorch does beyond 4 GiB: sizes and offsets of entries in 64 bits.</summary>
    Wide,

    /// <summary>Without ZIP64, as other programs do for small archives.</summary>
    Plain,
}

/// <summary>Writes zip archives by the published layout (PKWARE's APPNOTE.TXT), lies included.</summary>
internal static class ZipFile
{
    /// <param name="Name">Full name.</param>
    /// <param name="Bytes">Stored.</param>
    /// <param name="Method">0 is stored.</param>
    /// <param name="Flags">Bit 0 is encrypted; PyTorch sets bits 3 (sizes follow) and 11 (UTF-8).</param>
    internal sealed record Entry(string Name, byte[] Bytes, ushort Method = 0, ushort Flags = 0x808)
    {
        /// <summary>What the directory claims, where that is not the truth.</summary>
        public ulong? ClaimedSize { get; init; }

        public ulong? ClaimedOffset { get; init; }

        /// <summary>Name in the entry's own header.</summary>
        public string? HeaderName { get; init; }
    }

    public static byte[] Write(IEnumerable<Entry> entries, ZipForm form = ZipForm.Torch, string comment = "")
    {
        using var output = new MemoryStream();
        using var writer = new BinaryWriter(output);
        List<(Entry Entry, long Offset)> written = [];
        foreach (Entry entry in entries)
        {
            written.Add((entry, output.Position));
            WriteEntry(writer, entry);
        }
        long directory = output.Position;
        foreach ((Entry entry, long offset) in written)
            WriteDirectoryEntry(writer, entry, offset, form == ZipForm.Wide);
        WriteEnd(writer, directory, written.Count, form, comment);
        return output.ToArray();
    }

    private static void WriteEntry(BinaryWriter writer, Entry entry)
    {
        byte[] name = Encoding.UTF8.GetBytes(entry.HeaderName ?? entry.Name);
        int padding = (int)(64 - ((writer.BaseStream.Position + 30 + name.Length + 4) % 64)) % 64;
        writer.Write(0x04034b50);
        Shorts(writer, 0, entry.Flags, entry.Method, 0, 0);
        writer.Write(new byte[12]);
        Shorts(writer, (ushort)name.Length, (ushort)(4 + padding));
        writer.Write(name);
        writer.Write("FB"u8);
        Shorts(writer, (ushort)padding);
        writer.Write(Encoding.ASCII.GetBytes(new string('Z', padding)));
        writer.Write(entry.Bytes);
        // The sizes follow the data, as bit 3 says.
        writer.Write(0x08074b50);
        writer.Write(0);
        writer.Write(entry.Bytes.Length);
        writer.Write(entry.Bytes.Length);
    }

    private static void WriteDirectoryEntry(BinaryWriter writer, Entry entry, long offset, bool wide)
    {
        byte[] name = Encoding.UTF8.GetBytes(entry.Name);
        ulong size = entry.ClaimedSize ?? (ulong)entry.Bytes.Length, place = entry.ClaimedOffset ?? (ulong)offset;
        writer.Write(0x02014b50);
        Shorts(writer, 0, 0, entry.Flags, entry.Method, 0, 0);
        writer.Write(0);
        writer.Write(wide ? uint.MaxValue : (uint)size);
        writer.Write(wide ? uint.MaxValue : (uint)size);
        Shorts(writer, (ushort)name.Length, (ushort)(wide ? 32 : 0), 0, 0, 0);
        writer.Write(0);
        writer.Write(wide ? uint.MaxValue : (uint)place);
        writer.Write(name);
        if (!wide)
            return;
        // A field that is not ZIP64's comes first, as other programs put their times there.
        Shorts(writer, 0x5455, 0, 1, 24);
        writer.Write(size);
        writer.Write(size);
        writer.Write(place);
    }

    private static void WriteEnd(BinaryWriter writer, long directory, int count, ZipForm form, string comment)
    {
        long end = writer.BaseStream.Position, size = end - directory;
        if (form != ZipForm.Plain)
        {
            writer.Write(0x06064b50);
            writer.Write(44L);
            Shorts(writer, 0, 0);
            writer.Write(0L);
            foreach (long value in new long[] { count, count, size, directory })
                writer.Write(value);
            writer.Write(0x07064b50);
            writer.Write(0);
            writer.Write(end);
            writer.Write(1);
        }
        bool wide = form == ZipForm.Wide;
        writer.Write(0x06054b50);
        Shorts(writer, 0, 0, wide ? ushort.MaxValue : (ushort)count, wide ? ushort.MaxValue : (ushort)count);
        writer.Write(wide ? uint.MaxValue : (uint)size);
        writer.Write(wide ? uint.MaxValue : (uint)directory);
        Shorts(writer, (ushort)comment.Length);
        writer.Write(Encoding.ASCII.GetBytes(comment));
    }

    private static void Shorts(BinaryWriter writer, params ReadOnlySpan<ushort> values)
    {
        foreach (ushort value in values)
            writer.Write(value);
    }
}

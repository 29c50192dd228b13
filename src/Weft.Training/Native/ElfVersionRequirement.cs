using System.Buffers.Binary;
using System.Text;

namespace Weft.Training.Native;

/// <summary>
/// Edits the symbol versions that an ELF64 library demands of the libraries it links (section <c>.gnu.version_r</c>; System V gABI,
/// "Symbol Versioning" of the Linux Standard Base).
/// </summary>
internal static class ElfVersionRequirement
{
    private const uint SectionTypeVersionNeeds = 0x6ffffffe; // SHT_GNU_verneed
    private const ushort WeakFlag = 2; // VER_FLG_WEAK: a missing version is no load error
    private const int SectionHeaderSize = 64;

    /// <summary>Marks every requirement of <paramref name="version"/> weak, in place.</summary>
    /// <returns>How many requirements were changed; 0 when the library does not ask for that version.</returns>
    /// <exception cref="InvalidDataException">The bytes are no little-endian ELF64 library, or its tables point outside it.</exception>
    public static int MakeWeak(Span<byte> library, string version)
    {
        if (library.Length < 64 || !library.StartsWith((ReadOnlySpan<byte>)[0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1]))
            throw new InvalidDataException("not a little-endian ELF64 library");
        try
        {
            return Edit(library, Encoding.ASCII.GetBytes(version));
        }
        catch (Exception e) when (e is ArgumentOutOfRangeException or OverflowException or IndexOutOfRangeException)
        {
            throw new InvalidDataException("an ELF table points outside the library", e);
        }
    }

    private static int Edit(Span<byte> library, byte[] version)
    {
        int sections = checked((int)BinaryPrimitives.ReadUInt64LittleEndian(library[40..]));
        int count = BinaryPrimitives.ReadUInt16LittleEndian(library[60..]);
        int changed = 0;
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> header = library.Slice(sections + (i * SectionHeaderSize), SectionHeaderSize);
            if (BinaryPrimitives.ReadUInt32LittleEndian(header[4..]) != SectionTypeVersionNeeds)
                continue;
            int needs = checked((int)BinaryPrimitives.ReadUInt64LittleEndian(header[24..]));
            int linked = checked((int)BinaryPrimitives.ReadUInt32LittleEndian(header[40..]));
            int strings = checked((int)BinaryPrimitives.ReadUInt64LittleEndian(library[(sections + (linked * SectionHeaderSize) + 24)..]));
            changed += EditNeeds(library, needs, strings, version);
        }
        return changed;
    }

    private static int EditNeeds(Span<byte> library, int need, int strings, byte[] version)
    {
        int changed = 0;
        while (true)
        {
            // Elfxx_Verneed: version, count, file, first auxiliary entry, next entry.
            int count = BinaryPrimitives.ReadUInt16LittleEndian(library[(need + 2)..]);
            int entry = checked(need + (int)BinaryPrimitives.ReadUInt32LittleEndian(library[(need + 8)..]));
            for (int i = 0; i < count; i++)
            {
                // Elfxx_Vernaux: hash, flags, other, name, next entry.
                int name = checked(strings + (int)BinaryPrimitives.ReadUInt32LittleEndian(library[(entry + 8)..]));
                ushort flags = BinaryPrimitives.ReadUInt16LittleEndian(library[(entry + 4)..]);
                bool matches = library[name..].StartsWith(version) && library[name + version.Length] == 0;
                if (matches && (flags & WeakFlag) == 0)
                {
                    BinaryPrimitives.WriteUInt16LittleEndian(library[(entry + 4)..], (ushort)(flags | WeakFlag));
                    changed++;
                }
                entry = checked(entry + (int)BinaryPrimitives.ReadUInt32LittleEndian(library[(entry + 12)..]));
            }
            int next = checked((int)BinaryPrimitives.ReadUInt32LittleEndian(library[(need + 12)..]));
            if (next == 0)
                return changed;
            need = checked(need + next);
        }
    }
}

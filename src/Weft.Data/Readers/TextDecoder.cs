using System.Buffers;
using System.Buffers.Binary;
using System.Text.Unicode;

namespace Weft.Data;

/// <summary>Decodes a file piece by piece and refuses what is not text, naming the byte.</summary>
internal static class TextDecoder
{
    private const int PieceBytes = 1 << 16;

    private enum TextEncoding
    {
        Utf8,
        Utf16LittleEndian,
        Utf16BigEndian,
    }

    /// <summary>The file's characters, in pieces of any size; a surrogate pair may lie across two.</summary>
    public static IEnumerable<ReadOnlyMemory<char>> Decode(string path)
    {
        using Stream stream = Open(path);
        byte[] bytes = new byte[PieceBytes];
        char[] characters = new char[PieceBytes];
        int held = Fill(stream, bytes, 0, path);
        if (held == 0)
            throw new InvalidDataException($"{path}: the file is empty; fill it or leave it out");
        (TextEncoding encoding, int mark) = Detect(bytes.AsSpan(0, held));
        bytes.AsSpan(mark, held - mark).CopyTo(bytes);
        held -= mark;
        long offset = mark;
        while (held > 0)
        {
            // Fill gives a short buffer only at the end of the file.
            bool last = held < bytes.Length;
            if (encoding == TextEncoding.Utf8 && bytes.AsSpan(0, held).IndexOf((byte)0) is >= 0 and int nul)
                throw new InvalidDataException($"{path}: byte {offset + nul} is NUL, so this is not text; leave the file out");
            (OperationStatus status, int read, int written) = encoding == TextEncoding.Utf8
                ? FromUtf8(bytes.AsSpan(0, held), characters, last)
                : FromUtf16(bytes.AsSpan(0, held), characters, encoding == TextEncoding.Utf16BigEndian, last);
            if (status == OperationStatus.InvalidData || (last && read < held))
                throw new InvalidDataException(
                    $"{path}: byte {offset + read} is not valid {(encoding == TextEncoding.Utf8 ? "UTF-8" : "UTF-16")}; "
                    + "convert the file to UTF-8 or leave it out");
            yield return characters.AsMemory(0, written);
            offset += read;
            bytes.AsSpan(read, held - read).CopyTo(bytes);
            held = Fill(stream, bytes, held - read, path);
        }
    }

    private static (OperationStatus Status, int Read, int Written) FromUtf8(
        ReadOnlySpan<byte> bytes, Span<char> characters, bool last)
    {
        OperationStatus status = Utf8.ToUtf16(
            bytes, characters, out int read, out int written, replaceInvalidSequences: false, isFinalBlock: last);
        return (status, read, written);
    }

    private static (OperationStatus Status, int Read, int Written) FromUtf16(
        ReadOnlySpan<byte> bytes, Span<char> characters, bool bigEndian, bool last)
    {
        int units = bytes.Length / 2;
        for (int i = 0; i < units; i++)
        {
            ReadOnlySpan<byte> at = bytes[(2 * i)..];
            characters[i] = (char)(bigEndian
                ? BinaryPrimitives.ReadUInt16BigEndian(at)
                : BinaryPrimitives.ReadUInt16LittleEndian(at));
        }
        for (int i = 0; i < units; i++)
        {
            char unit = characters[i];
            if (char.IsHighSurrogate(unit) && i + 1 == units && !last)
                return (OperationStatus.NeedMoreData, 2 * i, i);
            bool pair = char.IsHighSurrogate(unit) && i + 1 < units && char.IsLowSurrogate(characters[i + 1]);
            if (unit == '\0' || (char.IsSurrogate(unit) && !pair))
                return (OperationStatus.InvalidData, 2 * i, i);
            if (pair)
                i++;
        }
        return (OperationStatus.Done, 2 * units, units);
    }

    private static (TextEncoding Encoding, int MarkLength) Detect(ReadOnlySpan<byte> bytes)
    {
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]))
            return (TextEncoding.Utf8, 3);
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]))
            return (TextEncoding.Utf16LittleEndian, 2);
        return bytes.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]) ? (TextEncoding.Utf16BigEndian, 2) : (TextEncoding.Utf8, 0);
    }

    private static Stream Open(string path)
    {
        if (Directory.Exists(path))
            throw new IOException($"{path}: this is a folder; expand folders first");
        FileStream file = File.OpenRead(path);
        try
        {
            Span<byte> magic = stackalloc byte[2];
            int read = file.ReadAtLeast(magic, 2, throwOnEndOfStream: false);
            file.Position = 0;
            bool compressed = read == 2 && magic[0] == 0x1F && magic[1] == 0x8B;
            return compressed ? new GzipReader(file) : file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static int Fill(Stream stream, byte[] bytes, int held, string path)
    {
        try
        {
            return held + stream.ReadAtLeast(bytes.AsSpan(held), bytes.Length - held, throwOnEndOfStream: false);
        }
        catch (InvalidDataException damaged)
        {
            throw new InvalidDataException(
                $"{path}: the gzip data is damaged ({damaged.Message}); compress the file again", damaged);
        }
        catch (IOException failed) when (!failed.Message.Contains(path, StringComparison.Ordinal))
        {
            throw new IOException($"{path}: {failed.Message}", failed);
        }
    }
}

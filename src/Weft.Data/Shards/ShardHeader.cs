using System.Buffers.Binary;

namespace Weft.Data;

/// <summary>
/// The 64 bytes at the start of a token shard, little-endian. After them: <c>TokenCount</c> ids of <c>ElementWidth</c> bytes,
/// zeros up to a multiple of 8, and the start of each document as a 64-bit token position. Nothing follows.
/// <code>
///  0  8  magic "WEFTTOKS"           32  8  document count
///  8  4  format version, 1          40  8  UTF-8 bytes of the source text
/// 12  4  element width, 2 or 4      48  8  XXH64 of everything after the header
/// 16  4  vocabulary size            56  8  XXH64 of bytes 0 to 55
/// 20  4  zero
/// 24  8  token count
/// </code>
/// </summary>
internal readonly record struct ShardHeader(
    int VocabularySize, long TokenCount, int DocumentCount, long ByteCount, ulong BodyChecksum)
{
    public const int Size = 64;
    private const int FormatVersion = 1;
    private const int ChecksumOffset = 56;
    private const int IndexEntrySize = sizeof(long);

    private static ReadOnlySpan<byte> Magic => "WEFTTOKS"u8;

    public int ElementWidth => WidthFor(VocabularySize);

    public long IndexOffset => IndexOffsetFor(TokenCount, ElementWidth);

    /// <summary>2 bytes as long as every id fits, else 4.</summary>
    public static int WidthFor(int vocabularySize) => vocabularySize <= ushort.MaxValue + 1 ? sizeof(ushort) : sizeof(int);

    public static long IndexOffsetFor(long tokenCount, int elementWidth) => (Size + tokenCount * elementWidth + 7) / 8 * 8;

    public void WriteTo(Span<byte> bytes)
    {
        bytes[..Size].Clear();
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[8..], FormatVersion);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[12..], ElementWidth);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[16..], VocabularySize);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[24..], TokenCount);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[32..], DocumentCount);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[40..], ByteCount);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[48..], BodyChecksum);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[ChecksumOffset..], ChecksumOf(bytes));
    }

    /// <summary>Reads a header and checks each field against the others and against the file's length.</summary>
    /// <exception cref="InvalidDataException">A field lies; the message names the file, the field and its value.</exception>
    public static ShardHeader Parse(ReadOnlySpan<byte> bytes, long fileLength, string path)
    {
        if (fileLength < Size || bytes.Length < Size)
            throw Bad(path, "length", fileLength, $"a shard has at least {Size} bytes");
        if (!bytes[..8].SequenceEqual(Magic))
            throw Bad(path, "magic", Convert.ToHexString(bytes[..8]), "this is not a token shard");
        int version = BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]);
        if (version != FormatVersion)
            throw Bad(path, "format version", version, $"this build reads version {FormatVersion}");
        int width = BinaryPrimitives.ReadInt32LittleEndian(bytes[12..]);
        int vocabularySize = BinaryPrimitives.ReadInt32LittleEndian(bytes[16..]);
        if (vocabularySize <= 0)
            throw Bad(path, "vocabulary size", vocabularySize, "it must be positive");
        if (width != WidthFor(vocabularySize))
            throw Bad(path, "element width", width, $"a vocabulary of {vocabularySize} uses {WidthFor(vocabularySize)} bytes");
        int reserved = BinaryPrimitives.ReadInt32LittleEndian(bytes[20..]);
        if (reserved != 0)
            throw Bad(path, "reserved field", reserved, "it must be 0");
        ShardHeader header = ParseCounts(bytes, fileLength, vocabularySize, path);
        ulong checksum = BinaryPrimitives.ReadUInt64LittleEndian(bytes[ChecksumOffset..]);
        if (checksum != ChecksumOf(bytes))
            throw Bad(path, "header checksum", $"{checksum:x16}", $"the header gives {ChecksumOf(bytes):x16}");
        return header;
    }

    private static ShardHeader ParseCounts(ReadOnlySpan<byte> bytes, long fileLength, int vocabularySize, string path)
    {
        long tokens = BinaryPrimitives.ReadInt64LittleEndian(bytes[24..]);
        int width = WidthFor(vocabularySize);
        // Compared by division, so that a huge count cannot overflow its way past the check.
        if (tokens < 0 || tokens > (fileLength - Size) / width)
            throw Bad(path, "token count", tokens, $"{fileLength} bytes of file cannot hold it");
        long documents = BinaryPrimitives.ReadInt64LittleEndian(bytes[32..]);
        if (documents < 0 || documents > tokens || documents > int.MaxValue || (documents == 0) != (tokens == 0))
            throw Bad(path, "document count", documents, $"each document has at least one of the {tokens} tokens");
        long expected = IndexOffsetFor(tokens, width) + documents * IndexEntrySize;
        if (expected != fileLength)
            throw Bad(path, "length", fileLength, $"{tokens} tokens and {documents} documents make {expected} bytes");
        long byteCount = BinaryPrimitives.ReadInt64LittleEndian(bytes[40..]);
        if (byteCount < 0)
            throw Bad(path, "byte count", byteCount, "it cannot be negative");
        return new ShardHeader(vocabularySize, tokens, (int)documents, byteCount,
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[48..]));
    }

    /// <summary>The one shape of every complaint about a shard.</summary>
    public static InvalidDataException Bad(string path, string field, object value, string reason) =>
        new(FormattableString.Invariant($"{path}: bad token shard: {field} is {value}: {reason}; write the shard again"));

    private static ulong ChecksumOf(ReadOnlySpan<byte> bytes)
    {
        var hash = new XxHash64();
        hash.Append(bytes[..ChecksumOffset]);
        return hash.Digest();
    }
}

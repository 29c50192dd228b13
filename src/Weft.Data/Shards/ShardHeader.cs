using System.Buffers.Binary;

namespace Weft.Data;

/// <summary>
/// The 96 bytes at the start of a token shard, little-endian. After them: <c>TokenCount</c> ids of <c>ElementWidth</c> bytes,
/// zeros up to a multiple of 8, and the start of each document as a 64-bit token position. Nothing follows.
/// <code>
///  0  8  magic "WEFTTOKS"           32  8  document count
///  8  4  format version, 2          40  8  UTF-8 bytes of the source text
/// 12  4  element width, 2 or 4      48  8  XXH64 of everything after the header
/// 16  4  vocabulary size            56 32  SHA-256 of the tokenizer.json that gave the ids; zeros: not known
/// 20  4  zero                       88  8  XXH64 of bytes 0 to 87
/// 24  8  token count
/// </code>
/// Version 1 knows no tokenizer: its header has 64 bytes, with the XXH64 of bytes 0 to 55 at 56.
/// </summary>
internal readonly record struct ShardHeader(
    int VocabularySize, long TokenCount, int DocumentCount, long ByteCount, ulong BodyChecksum)
{
    /// <summary>Bytes of a header as it is written today.</summary>
    public const int Size = 96;

    /// <summary>Bytes of a SHA-256.</summary>
    public const int HashSize = 32;

    private const int FirstVersionSize = 64;
    private const int FormatVersion = 2;
    private const int HashOffset = 56;
    private const int IndexEntrySize = sizeof(long);

    /// <summary>SHA-256 of the tokenizer's file in lower-case hexadecimal; null where the shard does not say.</summary>
    public string? TokenizerHash { get; init; }

    /// <summary>Where the ids begin.</summary>
    public int BodyOffset { get; init; } = Size;

    private static ReadOnlySpan<byte> Magic => "WEFTTOKS"u8;

    public int ElementWidth => WidthFor(VocabularySize);

    public long IndexOffset => IndexOffsetFor(TokenCount, ElementWidth, BodyOffset);

    /// <summary>2 bytes as long as every id fits, else 4.</summary>
    public static int WidthFor(int vocabularySize) => vocabularySize <= ushort.MaxValue + 1 ? sizeof(ushort) : sizeof(int);

    public static long IndexOffsetFor(long tokenCount, int elementWidth, int bodyOffset = Size) => (bodyOffset + tokenCount * elementWidth + 7) / 8 * 8;

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
        if (TokenizerHash is not null)
            Convert.FromHexString(TokenizerHash, bytes.Slice(HashOffset, HashSize), out _, out _);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[ChecksumOffset(Size)..], ChecksumOf(bytes, Size));
    }

    /// <summary>Reads a header and checks each field against the others and against the file's length.</summary>
    /// <exception cref="InvalidDataException">A field lies; the message names the file, the field and its value.</exception>
    public static ShardHeader Parse(ReadOnlySpan<byte> bytes, long fileLength, string path)
    {
        int size = SizeOf(bytes, fileLength, path);
        int width = BinaryPrimitives.ReadInt32LittleEndian(bytes[12..]);
        int vocabularySize = BinaryPrimitives.ReadInt32LittleEndian(bytes[16..]);
        if (vocabularySize <= 0)
            throw Bad(path, "vocabulary size", vocabularySize, "it must be positive");
        if (width != WidthFor(vocabularySize))
            throw Bad(path, "element width", width, $"a vocabulary of {vocabularySize} uses {WidthFor(vocabularySize)} bytes");
        int reserved = BinaryPrimitives.ReadInt32LittleEndian(bytes[20..]);
        if (reserved != 0)
            throw Bad(path, "reserved field", reserved, "it must be 0");
        ShardHeader header = ParseCounts(bytes, fileLength, vocabularySize, (size, path));
        ulong checksum = BinaryPrimitives.ReadUInt64LittleEndian(bytes[ChecksumOffset(size)..]);
        if (checksum != ChecksumOf(bytes, size))
            throw Bad(path, "header checksum", $"{checksum:x16}", $"the header gives {ChecksumOf(bytes, size):x16}");
        ReadOnlySpan<byte> hash = size == Size ? bytes.Slice(HashOffset, HashSize) : [];
        return header with { TokenizerHash = hash.ContainsAnyExcept((byte)0) ? Convert.ToHexStringLower(hash) : null };
    }

    /// <summary>Magic and version, and so the length of the header.</summary>
    private static int SizeOf(ReadOnlySpan<byte> bytes, long fileLength, string path)
    {
        if (fileLength < FirstVersionSize || bytes.Length < FirstVersionSize)
            throw Bad(path, "length", fileLength, $"a shard has at least {FirstVersionSize} bytes");
        if (!bytes[..8].SequenceEqual(Magic))
            throw Bad(path, "magic", Convert.ToHexString(bytes[..8]), "this is not a token shard");
        int version = BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]);
        if (version is not (1 or FormatVersion))
            throw Bad(path, "format version", version, $"this build reads versions 1 and {FormatVersion}");
        int size = version == 1 ? FirstVersionSize : Size;
        return bytes.Length >= size ? size : throw Bad(path, "length", fileLength, $"a shard of version {version} has at least {size} bytes");
    }

    private static ShardHeader ParseCounts(ReadOnlySpan<byte> bytes, long fileLength, int vocabularySize, (int Size, string Path) file)
    {
        long tokens = BinaryPrimitives.ReadInt64LittleEndian(bytes[24..]);
        int width = WidthFor(vocabularySize);
        // Compared by division, so that a huge count cannot overflow its way past the check.
        if (tokens < 0 || tokens > (fileLength - file.Size) / width)
            throw Bad(file.Path, "token count", tokens, $"{fileLength} bytes of file cannot hold it");
        long documents = BinaryPrimitives.ReadInt64LittleEndian(bytes[32..]);
        if (documents < 0 || documents > tokens || documents > int.MaxValue || (documents == 0) != (tokens == 0))
            throw Bad(file.Path, "document count", documents, $"each document has at least one of the {tokens} tokens");
        long expected = IndexOffsetFor(tokens, width, file.Size) + documents * IndexEntrySize;
        if (expected != fileLength)
            throw Bad(file.Path, "length", fileLength, $"{tokens} tokens and {documents} documents make {expected} bytes");
        long byteCount = BinaryPrimitives.ReadInt64LittleEndian(bytes[40..]);
        if (byteCount < 0)
            throw Bad(file.Path, "byte count", byteCount, "it cannot be negative");
        ulong body = BinaryPrimitives.ReadUInt64LittleEndian(bytes[48..]);
        return new ShardHeader(vocabularySize, tokens, (int)documents, byteCount, body) with { BodyOffset = file.Size };
    }

    /// <summary>The one shape of every complaint about a shard.</summary>
    public static InvalidDataException Bad(string path, string field, object value, string reason) =>
        new(FormattableString.Invariant($"{path}: bad token shard: {field} is {value}: {reason}; write the shard again"));

    private static int ChecksumOffset(int size) => size - sizeof(ulong);

    private static ulong ChecksumOf(ReadOnlySpan<byte> bytes, int size)
    {
        var hash = new XxHash64();
        hash.Append(bytes[..ChecksumOffset(size)]);
        return hash.Digest();
    }
}

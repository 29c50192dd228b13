using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;

namespace Weft.Data;

/// <summary>
/// A read-only, memory-mapped file of token ids with the start of each document. Opening checks the header and the whole
/// index against the file's length; <see cref="VerifyChecksum"/> reads the rest. Safe for concurrent readers.
/// </summary>
public sealed unsafe class TokenShard : ITokenSequence, IDisposable
{
    private readonly ShardHeader _header;
    private readonly MemoryMappedFile _map;
    private readonly MemoryMappedViewAccessor _view;
    private readonly long _length;
    private byte* _bytes;

    private TokenShard(string path, FileStream file)
    {
        FilePath = path;
        _length = file.Length;
        Span<byte> head = stackalloc byte[ShardHeader.Size];
        int read = file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        _header = ShardHeader.Parse(head[..read], _length, path);
        _map = MemoryMappedFile.CreateFromFile(
            file, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        try
        {
            _view = _map.CreateViewAccessor(0, _length, MemoryMappedFileAccess.Read);
            _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _bytes);
            _bytes += _view.PointerOffset;
            CheckIndex();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The file this shard was opened from.</summary>
    public string FilePath { get; }

    /// <summary>Token ids in the shard.</summary>
    public long TokenCount => _header.TokenCount;

    /// <summary>Documents in the shard.</summary>
    public int DocumentCount => _header.DocumentCount;

    /// <summary>Every id is below this.</summary>
    public int VocabularySize => _header.VocabularySize;

    /// <summary>UTF-8 bytes of the source text: bits per byte = summed loss in nats / ln 2 / this.</summary>
    public long ByteCount => _header.ByteCount;

    /// <summary>XXH64 of its ids and index, as the writer left it; see <see cref="VerifyChecksum"/>.</summary>
    public ulong Checksum => _header.BodyChecksum;

    /// <summary>
    /// SHA-256 of the tokenizer.json that gave the ids, in lower-case hexadecimal; null where the shard does not say, as one of the first
    /// format version cannot.
    /// </summary>
    public string? TokenizerHash => _header.TokenizerHash;

    string ITokenSequence.Name => FilePath;

    long ITokenSequence.DocumentCount => DocumentCount;

    /// <summary>Opens a shard that <see cref="TokenShardWriter"/> wrote.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">
    /// Header or index lies; the message names the file, the field and its value.
    /// </exception>
    public static TokenShard Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
        try
        {
            return new TokenShard(path, file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Position of a document's first token; it ends where the next one starts.</summary>
    /// <param name="index">0 to <see cref="DocumentCount"/>; the latter gives <see cref="TokenCount"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such document.</exception>
    public long DocumentStart(int index)
    {
        ObjectDisposedException.ThrowIf(_bytes == null, this);
        if ((uint)index > (uint)DocumentCount)
            throw new ArgumentOutOfRangeException(nameof(index), index, $"the shard has {DocumentCount} documents");
        return index == DocumentCount ? TokenCount : IndexEntry(index);
    }

    long ITokenSequence.DocumentStart(long index) => DocumentStart(index <= DocumentCount ? (int)index
        : throw new ArgumentOutOfRangeException(nameof(index), index, $"the shard has {DocumentCount} documents"));

    /// <summary>
    /// Copies the ids from token position <paramref name="start"/> on until <paramref name="destination"/> is full.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The range leaves the shard.</exception>
    /// <exception cref="InvalidDataException">A stored id is outside the vocabulary: the file was damaged.</exception>
    public void Copy(long start, Span<int> destination)
    {
        CheckRange(start, destination.Length);
        for (int i = 0; i < destination.Length; i++)
            destination[i] = IdAt(start + i);
    }

    /// <inheritdoc cref="Copy(long, Span{int})"/>
    public void Copy(long start, Span<long> destination)
    {
        CheckRange(start, destination.Length);
        for (int i = 0; i < destination.Length; i++)
            destination[i] = IdAt(start + i);
    }

    /// <summary>Reads the whole file and compares it with the checksum that the writer left.</summary>
    /// <exception cref="InvalidDataException">Token ids or index changed since the shard was written.</exception>
    public void VerifyChecksum()
    {
        ObjectDisposedException.ThrowIf(_bytes == null, this);
        var hash = new XxHash64();
        for (long position = _header.BodyOffset; position < _length;)
        {
            int count = (int)Math.Min(1 << 20, _length - position);
            hash.Append(new ReadOnlySpan<byte>(_bytes + position, count));
            position += count;
        }
        if (hash.Digest() != _header.BodyChecksum)
            throw ShardHeader.Bad(FilePath, "checksum", $"{_header.BodyChecksum:x16}", $"the content gives {hash.Digest():x16}");
    }

    /// <summary>Unmaps the file.</summary>
    public void Dispose()
    {
        if (_bytes != null)
        {
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
            _bytes = null;
        }
        _view?.Dispose();
        _map?.Dispose();
    }

    private void CheckIndex()
    {
        long previous = -1;
        for (int i = 0; i < DocumentCount; i++)
        {
            long start = IndexEntry(i);
            if (i == 0 ? start != 0 : start <= previous || start >= TokenCount)
                throw ShardHeader.Bad(FilePath, $"start of document {i}", start,
                    i == 0 ? "the first document starts at 0" : $"it must lie after {previous} and before {TokenCount}");
            previous = start;
        }
    }

    private void CheckRange(long start, int count)
    {
        ObjectDisposedException.ThrowIf(_bytes == null, this);
        if (start < 0 || start > TokenCount - count)
            throw new ArgumentOutOfRangeException(
                nameof(start), start, $"{count} ids from there leave a shard of {TokenCount} tokens");
    }

    private long IndexEntry(int index)
    {
        byte* at = _bytes + _header.IndexOffset + (long)index * sizeof(long);
        return BinaryPrimitives.ReadInt64LittleEndian(new ReadOnlySpan<byte>(at, sizeof(long)));
    }

    private int IdAt(long position)
    {
        byte* at = _bytes + _header.BodyOffset + position * _header.ElementWidth;
        int id = _header.ElementWidth == sizeof(ushort)
            ? BinaryPrimitives.ReadUInt16LittleEndian(new ReadOnlySpan<byte>(at, sizeof(ushort)))
            : BinaryPrimitives.ReadInt32LittleEndian(new ReadOnlySpan<byte>(at, sizeof(int)));
        // An id past the vocabulary would read outside the embedding, so damage is refused here rather than there.
        if ((uint)id >= (uint)_header.VocabularySize)
            throw ShardHeader.Bad(FilePath, $"token {position}", id, $"the vocabulary has {_header.VocabularySize} entries");
        return id;
    }
}

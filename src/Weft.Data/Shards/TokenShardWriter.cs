using System.Buffers.Binary;

namespace Weft.Data;

/// <summary>
/// Streams documents of token ids into a shard with memory that does not grow. The target's name appears only when
/// <see cref="Complete"/> has succeeded; disposing before that leaves no file behind and an older shard untouched.
/// Not safe for concurrent use.
/// </summary>
public sealed class TokenShardWriter : IDisposable
{
    private readonly string _path;
    private readonly string _temporary;
    private readonly int _vocabularySize;
    private readonly string? _tokenizerHash;
    private readonly FileStream _body;
    private readonly FileStream _index;
    private readonly XxHash64 _checksum = new();
    private readonly byte[] _buffer = new byte[1 << 16];
    private bool _completed;
    private bool _disposed;

    private TokenShardWriter(string path, int vocabularySize, string? tokenizerHash)
    {
        _tokenizerHash = tokenizerHash;
        _path = Path.GetFullPath(path);
        _vocabularySize = vocabularySize;
        Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
        // AtomicFile's protocol, spelled out here because its content arrives piece by piece rather than from one callback.
        _temporary = $"{_path}.{Guid.NewGuid():N}.tmp";
        _index = new FileStream(_temporary + ".index", FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16,
            FileOptions.DeleteOnClose);
        try
        {
            _body = new FileStream(_temporary, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16);
            _body.Write(new byte[ShardHeader.Size]);
        }
        catch
        {
            _index.Dispose();
            _body?.Dispose();
            File.Delete(_temporary);
            throw;
        }
    }

    /// <summary>Token ids added so far.</summary>
    public long TokenCount { get; private set; }

    /// <summary>Documents added so far.</summary>
    public int DocumentCount { get; private set; }

    /// <summary>UTF-8 bytes of the source text added so far.</summary>
    public long ByteCount { get; private set; }

    /// <summary>Starts a shard; its folder is created when needed.</summary>
    /// <param name="path">The shard's final name; an existing file is replaced by <see cref="Complete"/>.</param>
    /// <param name="vocabularySize">Ids lie in [0, vocabularySize). Up to 65,536 an id takes 2 bytes, above that 4.</param>
    /// <param name="tokenizerHash">SHA-256 of the tokenizer.json that gives the ids, in hexadecimal; null: not known.</param>
    /// <exception cref="ArgumentOutOfRangeException">The vocabulary is not positive.</exception>
    /// <exception cref="ArgumentException">The hash is none.</exception>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public static TokenShardWriter Create(string path, int vocabularySize, string? tokenizerHash = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(vocabularySize);
        if (tokenizerHash is not null && (tokenizerHash.Length != 2 * ShardHeader.HashSize || !tokenizerHash.All(char.IsAsciiHexDigit)))
            throw new ArgumentException($"'{tokenizerHash}' is no SHA-256; give {2 * ShardHeader.HashSize} hexadecimal digits", nameof(tokenizerHash));
        return new TokenShardWriter(path, vocabularySize, tokenizerHash);
    }

    /// <summary>Appends one document.</summary>
    /// <param name="ids">Its token ids, at least one, including any end-of-text id.</param>
    /// <param name="utf8Bytes">Length of its source text in UTF-8 bytes, from which bits per byte are computed.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is outside the vocabulary, or the byte length is negative.</exception>
    /// <exception cref="ArgumentException">The document is empty.</exception>
    /// <exception cref="IOException">The disk is full.</exception>
    public void Add(ReadOnlySpan<int> ids, long utf8Bytes)
    {
        ObjectDisposedException.ThrowIf(_disposed || _completed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(utf8Bytes);
        if (ids.IsEmpty)
            throw new ArgumentException("a document has at least one token id", nameof(ids));
        foreach (int id in ids)
            if ((uint)id >= (uint)_vocabularySize)
                throw new ArgumentOutOfRangeException(
                    nameof(ids), id, $"token id {id} is outside a vocabulary of {_vocabularySize}");
        Span<byte> start = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(start, TokenCount);
        _index.Write(start);
        WriteIds(ids);
        TokenCount += ids.Length;
        DocumentCount = checked(DocumentCount + 1);
        ByteCount = checked(ByteCount + utf8Bytes);
    }

    /// <summary>Writes index and header, flushes to the disk and gives the shard its name.</summary>
    /// <exception cref="IOException">The disk is full; nothing is left behind once this object is disposed.</exception>
    public void Complete()
    {
        ObjectDisposedException.ThrowIf(_disposed || _completed, this);
        long indexOffset = ShardHeader.IndexOffsetFor(TokenCount, ShardHeader.WidthFor(_vocabularySize));
        WriteBody(new byte[indexOffset - _body.Position]);
        _index.Position = 0;
        for (int read; (read = _index.Read(_buffer)) > 0;)
            WriteBody(_buffer.AsSpan(0, read));
        Span<byte> header = stackalloc byte[ShardHeader.Size];
        new ShardHeader(_vocabularySize, TokenCount, DocumentCount, ByteCount, _checksum.Digest()) { TokenizerHash = _tokenizerHash }.WriteTo(header);
        _body.Position = 0;
        _body.Write(header);
        _body.Flush(flushToDisk: true);
        _body.Dispose();
        File.Move(_temporary, _path, overwrite: true);
        _completed = true;
    }

    /// <summary>Closes the files; without <see cref="Complete"/> everything written is deleted.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        try
        {
            _index.Dispose();
            _body.Dispose();
        }
        finally
        {
            if (!_completed)
                File.Delete(_temporary);
        }
    }

    private void WriteIds(ReadOnlySpan<int> ids)
    {
        int width = ShardHeader.WidthFor(_vocabularySize);
        while (!ids.IsEmpty)
        {
            int count = Math.Min(ids.Length, _buffer.Length / width);
            for (int i = 0; i < count; i++)
            {
                if (width == sizeof(ushort))
                    BinaryPrimitives.WriteUInt16LittleEndian(_buffer.AsSpan(i * width), (ushort)ids[i]);
                else
                    BinaryPrimitives.WriteInt32LittleEndian(_buffer.AsSpan(i * width), ids[i]);
            }
            WriteBody(_buffer.AsSpan(0, count * width));
            ids = ids[count..];
        }
    }

    private void WriteBody(ReadOnlySpan<byte> bytes)
    {
        _checksum.Append(bytes);
        _body.Write(bytes);
    }
}

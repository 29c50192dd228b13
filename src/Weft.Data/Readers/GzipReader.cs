using System.IO.Compression;

namespace Weft.Data;

/// <summary>
/// Decompresses gzip and refuses a file that was cut off, which <see cref="GZipStream"/> reads without complaint as if it ended
/// there. A gzip file may consist of several members, so one of our own is appended: it comes out at the end exactly if all
/// before it was whole, else it is swallowed as the missing part's data.
/// </summary>
/// <param name="file">The compressed file, which this stream owns from now on.</param>
internal sealed class GzipReader(Stream file) : ForwardStream(new GZipStream(new SealedFile(file), CompressionMode.Decompress))
{
    private static readonly byte[] Seal = "Weft: end of file\0"u8.ToArray();

    private readonly byte[] _buffer = new byte[1 << 16];
    private int _held;
    private bool _ended;

    /// <exception cref="InvalidDataException">The data is damaged or cut off.</exception>
    public override int Read(Span<byte> buffer)
    {
        // The last bytes so far are held back, since they may be the seal.
        while (!_ended && _held <= Seal.Length)
        {
            int read = Source.Read(_buffer.AsSpan(_held));
            _ended = read == 0;
            _held += read;
        }
        if (_ended && !_buffer.AsSpan(0, _held).EndsWith(Seal))
            throw new InvalidDataException("it is cut off, or bytes follow its end");
        int given = Math.Min(buffer.Length, _held - Seal.Length);
        _buffer.AsSpan(0, given).CopyTo(buffer);
        _buffer.AsSpan(given, _held - given).CopyTo(_buffer);
        _held -= given;
        return given;
    }

    /// <summary>A file with one more gzip member behind it.</summary>
    private sealed class SealedFile(Stream file) : ForwardStream(file)
    {
        private readonly MemoryStream _seal = new(Compress(Seal));

        public override int Read(Span<byte> buffer) => Source.Read(buffer) is > 0 and int read ? read : _seal.Read(buffer);

        private static byte[] Compress(byte[] content)
        {
            using var compressed = new MemoryStream();
            using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest))
                gzip.Write(content);
            return compressed.ToArray();
        }
    }
}

/// <summary>A stream that is read once from its beginning.</summary>
/// <param name="source">What it reads from and owns.</param>
internal abstract class ForwardStream(Stream source) : Stream
{
    protected Stream Source { get; } = source;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public abstract override int Read(Span<byte> buffer);

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            Source.Dispose();
        base.Dispose(disposing);
    }
}

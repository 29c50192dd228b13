using System.IO.Compression;

namespace Weft.Data;

/// <summary>
/// Decompresses gzip and refuses a file that was cut off, which <see cref="GZipStream"/> reads without complaint as if it ended
/// there. A gzip file may consist of several members, so one of our own is appended: it comes out at the end exactly if all
/// before it was whole, else it is swallowed as the missing part's data.
/// </summary>
internal sealed class GzipReader : Stream
{
    private static readonly byte[] Seal = "Weft: end of file\0"u8.ToArray();

    private readonly GZipStream _gzip;
    private readonly byte[] _buffer = new byte[1 << 16];
    private int _held;
    private bool _ended;

    /// <param name="file">The compressed file, which this stream owns from now on.</param>
    public GzipReader(Stream file) => _gzip = new GZipStream(new SealedFile(file), CompressionMode.Decompress);

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <exception cref="InvalidDataException">The data is damaged or cut off.</exception>
    public override int Read(Span<byte> buffer)
    {
        // The last bytes so far are held back, since they may be the seal.
        while (!_ended && _held <= Seal.Length)
        {
            int read = _gzip.Read(_buffer.AsSpan(_held));
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
            _gzip.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>A file with one more gzip member behind it.</summary>
    private sealed class SealedFile(Stream file) : Stream
    {
        private readonly MemoryStream _seal = new(Compress(Seal));

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(Span<byte> buffer) => file.Read(buffer) is > 0 and int read ? read : _seal.Read(buffer);

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
                file.Dispose();
            base.Dispose(disposing);
        }

        private static byte[] Compress(byte[] content)
        {
            using var compressed = new MemoryStream();
            using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest))
                gzip.Write(content);
            return compressed.ToArray();
        }
    }
}

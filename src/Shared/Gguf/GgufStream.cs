using System.Buffers.Binary;
using System.Text;

namespace Weft.Gguf;

/// <summary>Reads little-endian values of a GGUF file, never more than the file holds.</summary>
/// <param name="stream">Closed with this reader.</param>
/// <param name="file">Names the file in errors.</param>
internal sealed class GgufStream(Stream stream, string file) : IDisposable
{
    private readonly Stream _stream = stream;
    private readonly byte[] _number = new byte[8];

    public string File { get; } = file;

    public long Length => _stream.Length;

    public long Position
    {
        get => _stream.Position;
        set => _stream.Position = value;
    }

    public long Left => Length - Position;

    public void Dispose() => _stream.Dispose();

    /// <summary>An unsigned integer of 1, 2, 4 or 8 bytes.</summary>
    public ulong Unsigned(int bytes, string field)
    {
        Require(bytes, field);
        _number.AsSpan().Clear();
        _stream.ReadExactly(_number, 0, bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(_number);
    }

    public string Text(string field)
    {
        ulong length = Unsigned(8, field);
        if (length > (ulong)Left)
            throw Refuse(field, $"a string of {length} bytes", $"only {Left} bytes follow");
        byte[] bytes = new byte[length];
        _stream.ReadExactly(bytes);
        return Encoding.UTF8.GetString(bytes);
    }

    public void SkipText(string field)
    {
        ulong length = Unsigned(8, field);
        if (length > (ulong)Left)
            throw Refuse(field, $"a string of {length} bytes", $"only {Left} bytes follow");
        Position += (long)length;
    }

    public void Require(long bytes, string field)
    {
        if (bytes > Left)
            throw Refuse(field, "cut off", $"{bytes} bytes are needed and {Left} follow");
    }

    public InvalidDataException Refuse(string field, string value, string problem) =>
        new($"{File}: field '{field}' at byte {Position} of {Length} is {value}; {problem}: download the file again or convert the model anew");
}

using System.Buffers.Binary;
using System.Text;

namespace Weft.Model.Checkpoints.PyTorch;

/// <summary>The bytes of a pickle, read in order; what is not there is refused before anything is allocated for it.</summary>
/// <param name="bytes">The whole pickle.</param>
internal sealed class PickleBytes(byte[] bytes)
{
    private static readonly UTF8Encoding Utf8 = new(false, throwOnInvalidBytes: true);

    /// <summary>Bytes that were read.</summary>
    public int Position { get; private set; }

    /// <exception cref="InvalidDataException">The pickle ends before; so does every method below.</exception>
    public byte ReadByte() => Take(1)[0];

    public ushort ReadUInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

    public int ReadInt32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    public uint ReadUInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    public ulong ReadUInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

    /// <summary>The one number that pickles store with the highest byte first.</summary>
    public double ReadDouble() => BinaryPrimitives.ReadDoubleBigEndian(Take(8));

    public string ReadText(ulong length)
    {
        ReadOnlySpan<byte> text = Take(length);
        try
        {
            return Utf8.GetString(text);
        }
        catch (DecoderFallbackException e)
        {
            throw new InvalidDataException("a text is not valid UTF-8", e);
        }
    }

    /// <summary>Text up to a line break, which is left out.</summary>
    public string ReadLine()
    {
        int length = bytes.AsSpan(Position).IndexOf((byte)'\n');
        if (length < 0)
            throw new InvalidDataException("a line does not end");
        string line = ReadText((ulong)length);
        Position++;
        return line;
    }

    /// <summary>A little-endian integer in two's complement. One that does not fit 64 bits is none that a tensor needs, and becomes null.</summary>
    public object? ReadInteger(ulong length)
    {
        ReadOnlySpan<byte> digits = Take(length);
        if (digits.Length > sizeof(long))
            return null;
        Span<byte> whole = stackalloc byte[sizeof(long)];
        whole.Fill(digits is [.., >= 0x80] ? (byte)0xff : (byte)0);
        digits.CopyTo(whole);
        return BinaryPrimitives.ReadInt64LittleEndian(whole);
    }

    /// <summary>Nothing is skipped: a frame only says how many bytes belong together.</summary>
    public void CheckFrame(ulong length)
    {
        if (length > (ulong)(bytes.Length - Position))
            throw Short(length);
    }

    private ReadOnlySpan<byte> Take(ulong length)
    {
        if (length > (ulong)(bytes.Length - Position))
            throw Short(length);
        ReadOnlySpan<byte> taken = bytes.AsSpan(Position, (int)length);
        Position += taken.Length;
        return taken;
    }

    private InvalidDataException Short(ulong length) => new($"{length} bytes are asked for where {bytes.Length - Position} are left");
}

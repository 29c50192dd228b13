using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Weft.Training.Logs;

/// <summary>
/// Records of a TensorBoard event file: protobuf messages of type Event (tensorflow/core/util/event.proto) in the framing of TFRecord: the length in 8
/// bytes, its checksum, the message, its checksum, all little-endian. Checksums are CRC-32C, rotated and shifted by a constant so that a
/// checksum of data that holds checksums is none by chance.
/// </summary>
internal static class EventRecord
{
    /// <summary>Bytes around a message: length, checksum of the length, checksum of the message.</summary>
    public const int Framing = 16;

    private const int HeaderSize = 12;
    private const uint MaskDelta = 0xa282ead8;

    // Fields of Event, Summary and Summary.Value.
    private const int WallTime = 1, Step = 2, FileVersion = 3, Summary = 5, Value = 1, Tag = 1, SimpleValue = 2;

    // Kinds of fields on the wire.
    private const int Varint = 0, Fixed64 = 1, Bytes = 2, Fixed32 = 5;

    /// <summary>The first record of a file, without which TensorBoard reads nothing.</summary>
    public static byte[] Version(DateTimeOffset time)
    {
        var message = new ArrayBufferWriter<byte>();
        WriteDouble(message, WallTime, Seconds(time));
        WriteBytes(message, FileVersion, "brain.Event:2"u8);
        return Frame(message.WrittenSpan);
    }

    /// <summary>Numbers of one step.</summary>
    public static byte[] Scalars(DateTimeOffset time, long step, IEnumerable<(string Tag, double Value)> scalars)
    {
        var message = new ArrayBufferWriter<byte>();
        WriteDouble(message, WallTime, Seconds(time));
        WriteKey(message, Step, Varint);
        WriteVarint(message, (ulong)step);
        var summary = new ArrayBufferWriter<byte>();
        foreach ((string tag, double number) in scalars)
        {
            var value = new ArrayBufferWriter<byte>();
            WriteBytes(value, Tag, Encoding.UTF8.GetBytes(tag));
            WriteKey(value, SimpleValue, Fixed32);
            BinaryPrimitives.WriteSingleLittleEndian(value.GetSpan(sizeof(float)), (float)number);
            value.Advance(sizeof(float));
            WriteBytes(summary, Value, value.WrittenSpan);
        }
        WriteBytes(message, Summary, summary.WrittenSpan);
        return Frame(message.WrittenSpan);
    }

    /// <summary>Reads the next record's message; null at the end of the file and where a crash has torn a record.</summary>
    public static byte[]? Read(Stream stream)
    {
        Span<byte> header = stackalloc byte[HeaderSize];
        if (stream.ReadAtLeast(header, HeaderSize, throwOnEndOfStream: false) < HeaderSize
            || BinaryPrimitives.ReadUInt32LittleEndian(header[8..]) != MaskedChecksum(header[..8]))
            return null;
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(header);
        if (length > (ulong)Math.Max(0, stream.Length - stream.Position - sizeof(uint)))
            return null;
        byte[] message = new byte[length];
        stream.ReadExactly(message);
        Span<byte> checksum = stackalloc byte[sizeof(uint)];
        stream.ReadExactly(checksum);
        return BinaryPrimitives.ReadUInt32LittleEndian(checksum) == MaskedChecksum(message) ? message : null;
    }

    /// <summary>The step of an event; 0 for one without, such as the first.</summary>
    public static long StepOf(ReadOnlySpan<byte> message)
    {
        while (!message.IsEmpty)
        {
            ulong key = ReadVarint(ref message);
            switch ((int)(key & 7))
            {
                case Varint:
                    ulong number = ReadVarint(ref message);
                    if (key >> 3 == Step)
                        return (long)number;
                    break;
                case Fixed64:
                    message = message[sizeof(double)..];
                    break;
                case Bytes:
                    int length = checked((int)ReadVarint(ref message));
                    message = message[length..];
                    break;
                default:
                    message = message[sizeof(float)..];
                    break;
            }
        }
        return 0;
    }

    private static byte[] Frame(ReadOnlySpan<byte> message)
    {
        byte[] record = new byte[message.Length + Framing];
        BinaryPrimitives.WriteUInt64LittleEndian(record, (ulong)message.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(8), MaskedChecksum(record.AsSpan(0, 8)));
        message.CopyTo(record.AsSpan(HeaderSize));
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(HeaderSize + message.Length), MaskedChecksum(message));
        return record;
    }

    private static uint MaskedChecksum(ReadOnlySpan<byte> bytes)
    {
        uint checksum = uint.MaxValue;
        foreach (byte value in bytes)
            checksum = BitOperations.Crc32C(checksum, value);
        return unchecked(BitOperations.RotateRight(~checksum, 15) + MaskDelta);
    }

    private static double Seconds(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).TotalSeconds;

    private static void WriteKey(ArrayBufferWriter<byte> message, int field, int kind) => WriteVarint(message, (ulong)((field << 3) | kind));

    private static void WriteDouble(ArrayBufferWriter<byte> message, int field, double value)
    {
        WriteKey(message, field, Fixed64);
        BinaryPrimitives.WriteDoubleLittleEndian(message.GetSpan(sizeof(double)), value);
        message.Advance(sizeof(double));
    }

    private static void WriteBytes(ArrayBufferWriter<byte> message, int field, ReadOnlySpan<byte> bytes)
    {
        WriteKey(message, field, Bytes);
        WriteVarint(message, (ulong)bytes.Length);
        message.Write(bytes);
    }

    private static void WriteVarint(ArrayBufferWriter<byte> message, ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            message.Write([(byte)(value | 0x80)]);
        message.Write([(byte)value]);
    }

    private static ulong ReadVarint(ref ReadOnlySpan<byte> message)
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte part = message[0];
            message = message[1..];
            value |= (ulong)(part & 0x7f) << shift;
            if (part < 0x80)
                return value;
        }
    }
}

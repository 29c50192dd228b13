using System.Text;

namespace Weft.Training.Tests.Logs;

/// <summary>
/// Reads TensorBoard's event files by the letter of their specifications: TFRecord (tensorflow.org/tutorials/load_data/tfrecord), CRC-32C bit by bit
/// (RFC 3720, appendix B.4), protobuf's wire format, and event.proto and summary.proto. It shares nothing with what writes them.
/// </summary>
internal static class EventFileReader
{
    /// <summary>One event; scalars by tag.</summary>
    public sealed record Event(double WallTime, long Step, string? FileVersion, IReadOnlyDictionary<string, float> Scalars);

    public static List<Event> Read(byte[] file)
    {
        List<Event> events = [];
        for (int at = 0; at < file.Length;)
        {
            ulong length = BitConverter.ToUInt64(file, at);
            Assert.Equal(Masked(file.AsSpan(at, 8)), BitConverter.ToUInt32(file, at + 8));
            ReadOnlySpan<byte> data = file.AsSpan(at + 12, checked((int)length));
            Assert.Equal(Masked(data), BitConverter.ToUInt32(file, at + 12 + data.Length));
            events.Add(Parse(data));
            at += 12 + data.Length + 4;
        }
        return events;
    }

    /// <summary>The polynomial 0x1EDC6F41, reflected.</summary>
    public static uint Crc32C(ReadOnlySpan<byte> bytes)
    {
        uint crc = 0xFFFFFFFF;
        foreach (byte value in bytes)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++)
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x82F63B78 : crc >> 1;
        }
        return crc ^ 0xFFFFFFFF;
    }

    private static uint Masked(ReadOnlySpan<byte> bytes)
    {
        uint crc = Crc32C(bytes);
        return unchecked(((crc >> 15) | (crc << 17)) + 0xa282ead8u);
    }

    private static Event Parse(ReadOnlySpan<byte> data)
    {
        (double time, long step, string? version) = (0, 0, null);
        Dictionary<string, float> scalars = [];
        while (data.Length > 0)
            switch (Varint(ref data))
            {
                case (1 << 3) | 1: // double wall_time = 1
                    time = BitConverter.ToDouble(data[..8]);
                    data = data[8..];
                    break;
                case (2 << 3) | 0: // int64 step = 2
                    step = (long)Varint(ref data);
                    break;
                case (3 << 3) | 2: // string file_version = 3
                    version = Encoding.UTF8.GetString(Bytes(ref data));
                    break;
                case (5 << 3) | 2: // Summary summary = 5
                    ReadOnlySpan<byte> summary = Bytes(ref data);
                    while (summary.Length > 0)
                    {
                        Assert.Equal((1UL << 3) | 2, Varint(ref summary)); // repeated Value value = 1
                        (string tag, float number) = Value(Bytes(ref summary));
                        scalars.Add(tag, number);
                    }
                    break;
                default:
                    Assert.Fail("a field that event.proto does not have here");
                    break;
            }
        return new(time, step, version, scalars);
    }

    private static (string, float) Value(ReadOnlySpan<byte> data)
    {
        Assert.Equal((1UL << 3) | 2, Varint(ref data)); // string tag = 1
        string tag = Encoding.UTF8.GetString(Bytes(ref data));
        Assert.Equal((2UL << 3) | 5, Varint(ref data)); // float simple_value = 2
        Assert.Equal(4, data.Length);
        return (tag, BitConverter.ToSingle(data));
    }

    private static ReadOnlySpan<byte> Bytes(ref ReadOnlySpan<byte> data)
    {
        int length = checked((int)Varint(ref data));
        ReadOnlySpan<byte> bytes = data[..length];
        data = data[length..];
        return bytes;
    }

    private static ulong Varint(ref ReadOnlySpan<byte> data)
    {
        ulong value = 0;
        for (int i = 0; ; i++)
        {
            byte part = data[i];
            value |= (ulong)(part & 127) << (7 * i);
            if (part < 128)
            {
                data = data[(i + 1)..];
                return value;
            }
        }
    }
}

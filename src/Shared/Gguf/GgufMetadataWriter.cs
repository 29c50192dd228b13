using System.Buffers.Binary;
using System.Text;

namespace Weft.Gguf;

/// <summary>
/// Writes the beginning of a GGUF file, version 3: its keys and their values. A value is a .NET number, truth value or string, or an array of one of
/// them; its .NET type decides the GGUF type.
/// </summary>
internal static class GgufMetadataWriter
{
    public const uint Magic = 0x46554747, Version = 3;

    /// <exception cref="ArgumentException">A value's type has no GGUF type.</exception>
    public static void Write(Stream stream, IReadOnlyCollection<KeyValuePair<string, object>> metadata, long tensorCount)
    {
        WriteNumber(stream, Magic, 4);
        WriteNumber(stream, Version, 4);
        WriteNumber(stream, (ulong)tensorCount, 8);
        WriteNumber(stream, (ulong)metadata.Count, 8);
        foreach ((string key, object value) in metadata)
        {
            WriteText(stream, key);
            WriteValue(stream, key, value);
        }
    }

    public static void WriteText(Stream stream, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        WriteNumber(stream, (ulong)bytes.Length, 8);
        stream.Write(bytes);
    }

    /// <summary>The low <paramref name="size"/> bytes of a number.</summary>
    public static void WriteNumber(Stream stream, ulong bits, int size)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, bits);
        stream.Write(bytes[..size]);
    }

    private static void WriteValue(Stream stream, string key, object value)
    {
        if (value is not Array array)
        {
            WriteNumber(stream, (uint)TypeOf(key, value.GetType()), 4);
            WriteSingle(stream, value);
            return;
        }
        WriteNumber(stream, (uint)GgufType.Array, 4);
        WriteNumber(stream, (uint)TypeOf(key, array.GetType().GetElementType()!), 4);
        WriteNumber(stream, (ulong)array.Length, 8);
        foreach (object item in array)
            WriteSingle(stream, item);
    }

    private static void WriteSingle(Stream stream, object value)
    {
        switch (value)
        {
            case string text:
                WriteText(stream, text);
                break;
            case bool flag:
                WriteNumber(stream, flag ? 1u : 0u, 1);
                break;
            case byte number:
                WriteNumber(stream, number, 1);
                break;
            case sbyte number:
                WriteNumber(stream, (ulong)number, 1);
                break;
            case ushort number:
                WriteNumber(stream, number, 2);
                break;
            case short number:
                WriteNumber(stream, (ulong)number, 2);
                break;
            case uint number:
                WriteNumber(stream, number, 4);
                break;
            case int number:
                WriteNumber(stream, (ulong)number, 4);
                break;
            case float number:
                WriteNumber(stream, BitConverter.SingleToUInt32Bits(number), 4);
                break;
            case ulong number:
                WriteNumber(stream, number, 8);
                break;
            case long number:
                WriteNumber(stream, (ulong)number, 8);
                break;
            case double number:
                WriteNumber(stream, BitConverter.DoubleToUInt64Bits(number), 8);
                break;
        }
    }

    private static GgufType TypeOf(string key, Type type) => Type.GetTypeCode(type) switch
    {
        TypeCode.Byte => GgufType.UInt8,
        TypeCode.SByte => GgufType.Int8,
        TypeCode.UInt16 => GgufType.UInt16,
        TypeCode.Int16 => GgufType.Int16,
        TypeCode.UInt32 => GgufType.UInt32,
        TypeCode.Int32 => GgufType.Int32,
        TypeCode.Single => GgufType.Float32,
        TypeCode.Boolean => GgufType.Bool,
        TypeCode.String => GgufType.String,
        TypeCode.UInt64 => GgufType.UInt64,
        TypeCode.Int64 => GgufType.Int64,
        TypeCode.Double => GgufType.Float64,
        _ => throw new ArgumentException($"key '{key}' has a value of type {type.Name}; GGUF holds numbers, truth values, strings and arrays of them"),
    };
}

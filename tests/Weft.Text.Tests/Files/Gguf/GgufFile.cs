using System.Text;
using Weft.Gguf;

namespace Weft.Text.Tests.Files.Gguf;

/// <summary>Writes the metadata of a GGUF file for a test.</summary>
internal sealed class GgufFile
{
    private readonly List<byte[]> _entries = [];

    public GgufFile Text(string key, string value) => Add(key, GgufType.String, String(value));

    public GgufFile Flag(string key, bool value) => Add(key, GgufType.Bool, [value ? (byte)1 : (byte)0]);

    public GgufFile Integer(string key, int value) => Add(key, GgufType.Int32, BitConverter.GetBytes(value));

    public GgufFile Texts(string key, params string[] values) => Array(key, GgufType.String, (ulong)values.Length, values.SelectMany(String));

    public GgufFile Singles(string key, params float[] values) => Array(key, GgufType.Float32, (ulong)values.Length, values.SelectMany(BitConverter.GetBytes));

    public GgufFile Integers(string key, params int[] values) => Array(key, GgufType.Int32, (ulong)values.Length, values.SelectMany(BitConverter.GetBytes));

    public GgufFile Array(string key, GgufType type, ulong count, IEnumerable<byte> values) =>
        Add(key, GgufType.Array, [.. BitConverter.GetBytes((uint)type), .. BitConverter.GetBytes(count), .. values]);

    public GgufFile Add(string key, GgufType type, byte[] value)
    {
        _entries.Add([.. String(key), .. BitConverter.GetBytes((uint)type), .. value]);
        return this;
    }

    public byte[] Bytes(uint version = 3, ulong? keys = null, ulong tensors = 0) =>
        [.. "GGUF"u8, .. BitConverter.GetBytes(version), .. BitConverter.GetBytes(tensors), .. BitConverter.GetBytes(keys ?? (ulong)_entries.Count), .. _entries.SelectMany(entry => entry)];

    private static byte[] String(string text) => [.. BitConverter.GetBytes((ulong)Encoding.UTF8.GetByteCount(text)), .. Encoding.UTF8.GetBytes(text)];
}

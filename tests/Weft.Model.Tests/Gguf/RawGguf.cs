using System.Text;

namespace Weft.Model.Tests.Gguf;

/// <summary>A GGUF file written byte by byte after the published layout, with whatever lies a test wants in it.</summary>
internal sealed class RawGguf
{
    private readonly List<byte[]> _keys = [], _tensors = [];

    public uint Version { get; init; } = 3;

    public ulong? TensorCount { get; init; }

    public ulong? KeyCount { get; init; }

    /// <summary>Bytes after the descriptions and their padding.</summary>
    public byte[] Data { get; init; } = [];

    public RawGguf Text(string key, string value) => Add(key, 8, String(value));

    public RawGguf Integer(string key, uint value) => Add(key, 4, BitConverter.GetBytes(value));

    public RawGguf Single(string key, float value) => Add(key, 6, BitConverter.GetBytes(value));

    /// <param name="name">The tensor's name.</param>
    /// <param name="type">GGML's number of its type.</param>
    /// <param name="sizes">Fastest dimension first, as in the file.</param>
    /// <param name="offset">From the beginning of the data.</param>
    public RawGguf Tensor(string name, uint type, ulong[] sizes, ulong offset)
    {
        _tensors.Add([.. String(name), .. BitConverter.GetBytes((uint)sizes.Length), .. sizes.SelectMany(BitConverter.GetBytes), .. BitConverter.GetBytes(type), .. BitConverter.GetBytes(offset)]);
        return this;
    }

    public byte[] Bytes(int alignment = 32)
    {
        byte[] head =
        [
            .. "GGUF"u8, .. BitConverter.GetBytes(Version), .. BitConverter.GetBytes(TensorCount ?? (ulong)_tensors.Count), .. BitConverter.GetBytes(KeyCount ?? (ulong)_keys.Count),
            .. _keys.SelectMany(key => key), .. _tensors.SelectMany(tensor => tensor),
        ];
        return [.. head, .. new byte[(alignment - (head.Length % alignment)) % alignment], .. Data];
    }

    private RawGguf Add(string key, uint type, byte[] value)
    {
        _keys.Add([.. String(key), .. BitConverter.GetBytes(type), .. value]);
        return this;
    }

    private static byte[] String(string text) => [.. BitConverter.GetBytes((ulong)Encoding.UTF8.GetByteCount(text)), .. Encoding.UTF8.GetBytes(text)];
}

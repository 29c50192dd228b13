using System.Buffers.Binary;
using System.Text;
using System.Text.Json;

namespace Weft.Model.Tests.Safetensors;

/// <summary>
/// The published layout, written and read a second time without the library's code: a 64-bit little-endian length, that many
/// bytes of JSON, then the tensors' bytes (https://github.com/huggingface/safetensors, "Format").
/// </summary>
internal static class RawSafetensors
{
    internal sealed record Tensor(string Name, string Type, long[] Shape, byte[] Bytes);

    internal sealed record Content(Tensor[] Tensors, IReadOnlyDictionary<string, string> Metadata, long HeaderLength);

    public static byte[] File(string json, int dataLength = 0) => File(Encoding.UTF8.GetBytes(json), new byte[dataLength]);

    public static byte[] File(byte[] json, byte[] data)
    {
        byte[] length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
        return [.. length, .. json, .. data];
    }

    /// <summary>A file of F32 tensors, whose header is written by hand.</summary>
    public static byte[] File(params (string Name, long[] Shape, float[] Values)[] tensors)
    {
        List<string> entries = [];
        List<byte> data = [];
        foreach ((string name, long[] shape, float[] values) in tensors)
        {
            int begin = data.Count;
            foreach (float value in values)
                data.AddRange(BitConverter.GetBytes(value));
            entries.Add($"\"{name}\":{{\"dtype\":\"F32\",\"shape\":[{string.Join(',', shape)}],\"data_offsets\":[{begin},{data.Count}]}}");
        }
        return File(Encoding.UTF8.GetBytes($"{{{string.Join(',', entries)}}}"), [.. data]);
    }

    public static Content Read(byte[] file)
    {
        int headerLength = checked((int)BinaryPrimitives.ReadUInt64LittleEndian(file));
        using var header = JsonDocument.Parse(file.AsMemory(8, headerLength));
        ReadOnlySpan<byte> data = file.AsSpan(8 + headerLength);
        Dictionary<string, string> metadata = [];
        List<Tensor> tensors = [];
        long position = 0;
        foreach (JsonProperty entry in header.RootElement.EnumerateObject())
        {
            if (entry.Name == "__metadata__")
            {
                metadata = entry.Value.EnumerateObject().ToDictionary(pair => pair.Name, pair => pair.Value.GetString()!);
                continue;
            }
            long begin = entry.Value.GetProperty("data_offsets")[0].GetInt64(), end = entry.Value.GetProperty("data_offsets")[1].GetInt64();
            Assert.Equal(position, begin);
            position = end;
            long[] shape = [.. entry.Value.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64())];
            tensors.Add(new(entry.Name, entry.Value.GetProperty("dtype").GetString()!, shape, data[(int)begin..(int)end].ToArray()));
        }
        Assert.Equal(data.Length, position);
        return new([.. tensors], metadata, headerLength);
    }
}

using System.Text.Json;
using Weft.Model.Quantization;

namespace Weft.Model.Checkpoints.Safetensors;

/// <summary>Writes safetensors files, replacing an old one atomically.</summary>
public static class SafetensorsWriter
{
    /// <summary>Data begins at a multiple of this many bytes, so that mapped tensors are aligned for vector loads.</summary>
    private const int Alignment = 64;

    private const string MetadataKey = "__metadata__";

    /// <summary>Writes <paramref name="tensors"/> in the given order.</summary>
    /// <exception cref="ArgumentException">A name is used twice or reserved, or a shape is impossible; nothing is written.</exception>
    /// <exception cref="IOException">The disk is full or the folder cannot be written; the old file is untouched.</exception>
    public static void Write(string path, IReadOnlyList<TensorSource> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        Check(tensors);
        byte[] header = Header(tensors, metadata);
        AtomicFile.Write(path, stream =>
        {
            stream.Write(BitConverter.GetBytes((ulong)header.Length));
            stream.Write(header);
            foreach (TensorSource tensor in tensors)
                tensor.WriteTo(stream);
        });
    }

    /// <summary>What the reader would refuse is not written in the first place.</summary>
    private static void Check(IReadOnlyList<TensorSource> tensors)
    {
        HashSet<string> names = new(StringComparer.Ordinal) { MetadataKey };
        foreach (TensorSource tensor in tensors)
        {
            if (!names.Add(tensor.Name))
                throw new ArgumentException($"tensor name '{tensor.Name}' is used twice or reserved; give each tensor a name of its own");
            if (tensor.Type.IsBlockQuantized())
                throw new ArgumentException($"tensor '{tensor.Name}' is {tensor.Type}, which safetensors files do not hold; choose another type or a GGUF file");
            Int128 bytes = tensor.Type.Size();
            foreach (long size in tensor.Shape)
                if (size < 0 || (bytes *= size) > long.MaxValue)
                    throw new ArgumentException($"tensor '{tensor.Name}' has an impossible shape [{string.Join(", ", tensor.Shape)}]");
        }
    }

    private static byte[] Header(IReadOnlyList<TensorSource> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject(MetadataKey);
                foreach ((string key, string value) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
                    json.WriteString(key, value);
                json.WriteEndObject();
            }
            long position = 0;
            foreach (TensorSource tensor in tensors)
            {
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", tensor.Type.ToString());
                json.WriteStartArray("shape");
                foreach (long size in tensor.Shape)
                    json.WriteNumberValue(size);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(position);
                json.WriteNumberValue(position += tensor.ByteCount);
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        // The format allows trailing spaces in the header; they align the data.
        while ((buffer.Length + 8) % Alignment != 0)
            buffer.WriteByte((byte)' ');
        return buffer.ToArray();
    }
}

using Weft.Gguf;
using Weft.Model.Quantization;

namespace Weft.Model.Checkpoints.Gguf;

/// <summary>Writes GGUF files, version 3, replacing an old one atomically.</summary>
public static class GgufWriter
{
    /// <summary>Writes <paramref name="tensors"/> in the given order, one at a time.</summary>
    /// <param name="path">The file.</param>
    /// <param name="metadata">
    /// Keys and values. A value is a .NET number, truth value or string, or an array of one of them; its .NET type decides the GGUF type.
    /// </param>
    /// <param name="tensors">Shapes slowest dimension first.</param>
    /// <exception cref="ArgumentException">A name is used twice, a type or a shape is impossible in GGUF; nothing is written.</exception>
    /// <exception cref="IOException">The disk is full or the folder cannot be written; the old file is untouched.</exception>
    public static void Write(string path, IReadOnlyCollection<KeyValuePair<string, object>> metadata, IReadOnlyList<TensorSource> tensors)
    {
        Check(metadata, tensors);
        AtomicFile.Write(path, stream =>
        {
            GgufMetadataWriter.Write(stream, metadata, tensors.Count);
            WriteDescriptions(stream, tensors);
            foreach (TensorSource tensor in tensors)
            {
                Pad(stream);
                tensor.WriteTo(stream);
            }
            Pad(stream);
        });
    }

    private static void WriteDescriptions(Stream stream, IReadOnlyList<TensorSource> tensors)
    {
        long offset = 0;
        foreach (TensorSource tensor in tensors)
        {
            GgufMetadataWriter.WriteText(stream, tensor.Name);
            GgufMetadataWriter.WriteNumber(stream, (uint)tensor.Shape.Count, 4);
            foreach (long size in tensor.Shape.Reverse())
                GgufMetadataWriter.WriteNumber(stream, (ulong)size, 8);
            GgufMetadataWriter.WriteNumber(stream, GgufTensorTypes.NumberOf(tensor.Type)!.Value, 4);
            GgufMetadataWriter.WriteNumber(stream, (ulong)offset, 8);
            offset = GgufHeader.Padded(offset + tensor.ByteCount, GgufHeader.DefaultAlignment);
        }
    }

    private static void Pad(Stream stream) =>
        stream.Write(new byte[GgufHeader.Padded(stream.Position, GgufHeader.DefaultAlignment) - stream.Position]);

    /// <summary>What the reader would refuse is not written in the first place.</summary>
    private static void Check(IReadOnlyCollection<KeyValuePair<string, object>> metadata, IReadOnlyList<TensorSource> tensors)
    {
        HashSet<string> names = new(StringComparer.Ordinal);
        foreach ((string key, _) in metadata)
            if (key.Length == 0 || key == GgufHeader.AlignmentKey || !names.Add(key))
                throw new ArgumentException($"key '{key}' is empty, reserved or used twice; give each key a name of its own");
        names.Clear();
        foreach (TensorSource tensor in tensors)
        {
            if (!names.Add(tensor.Name))
                throw new ArgumentException($"tensor name '{tensor.Name}' is used twice; give each tensor a name of its own");
            if (GgufTensorTypes.NumberOf(tensor.Type) is null)
                throw new ArgumentException($"tensor '{tensor.Name}' is {tensor.Type}, which GGUF does not hold; supported: {GgufTensorTypes.Readable}");
            Int128 bytes = tensor.Type.BlockSize();
            foreach (long size in tensor.Shape)
                if (size < 0 || (bytes *= size) > long.MaxValue)
                    throw new ArgumentException($"tensor '{tensor.Name}' has an impossible shape [{string.Join(", ", tensor.Shape)}]");
            if (tensor.Shape.Count > 4 || tensor.Shape.LastOrDefault(1) % tensor.Type.BlockLength() != 0)
                throw new ArgumentException($"tensor '{tensor.Name}' of shape [{string.Join(", ", tensor.Shape)}] and type {tensor.Type} has more than 4 dimensions or rows that are no whole blocks");
        }
    }
}

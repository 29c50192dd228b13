using System.Security.Cryptography;
using System.Text;

using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.Safetensors;

using static TorchSharp.torch;

namespace Weft.Training.Runs.Checkpoints;

/// <summary>
/// A safetensors file with the checksum of everything in it, so that a disk that lost or changed a byte is found out before the byte is
/// believed. The checksum is one tensor more, so other readers of safetensors read the file as well.
/// </summary>
internal sealed class CheckpointFile : IDisposable
{
    /// <summary>SHA-256 over the metadata, then over each tensor's name, type, shape and bytes, both in the order of their names.</summary>
    private const string ChecksumName = "checksum.sha256";

    /// <summary>Bytes that are read and hashed at a time.</summary>
    private const int PartSize = 1 << 20;

    private readonly SafetensorsFile _file;

    private CheckpointFile(SafetensorsFile file) => _file = file;

    /// <summary>The file.</summary>
    public string Path => _file.FilePath;

    /// <summary>Writes a file; that at <paramref name="path"/> is the old one or the new one, never half of one.</summary>
    /// <exception cref="IOException">The disk is full or the folder cannot be written; the old file is untouched.</exception>
    public static void Write(string path, IEnumerable<(string Name, Tensor Value)> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        using var scope = NewDisposeScope();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        AppendMetadata(hash, metadata);
        TensorSource[] sources = [.. tensors.OrderBy(tensor => tensor.Name, StringComparer.Ordinal).Select(tensor => Source(tensor.Name, tensor.Value, hash))];
        var checksum = new TensorSource(ChecksumName, ElementType.U8, [SHA256.HashSizeInBytes], stream => stream.Write(hash.GetHashAndReset()));
        SafetensorsWriter.Write(path, [.. sources, checksum], metadata);
    }

    /// <summary>Opens a file and reads all of it once.</summary>
    /// <exception cref="CheckpointException">The file is truncated or changed.</exception>
    public static CheckpointFile Open(string path)
    {
        SafetensorsFile file = SafetensorsFile.Open(path);
        try
        {
            Verify(file);
            return new(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>A value of the header, without a look at the tensors; null where it is missing.</summary>
    /// <exception cref="CheckpointException">The header is damaged.</exception>
    public static string? PeekMetadata(string path, string key)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        return file.Metadata.GetValueOrDefault(key);
    }

    /// <summary>A value of the header.</summary>
    /// <exception cref="CheckpointException">It is missing.</exception>
    public string Metadata(string key) =>
        _file.Metadata.GetValueOrDefault(key) ?? throw new CheckpointException(Path, $"lacks '{key}', so it is no checkpoint of this version; start the run anew");

    /// <summary>Refuses a tensor that is missing, or of another shape or type than <paramref name="value"/>.</summary>
    /// <exception cref="CheckpointException">It is so.</exception>
    public TensorView Find(string name, Tensor value)
    {
        TensorView? view = _file.Tensors.GetValueOrDefault(name);
        if (view is null || !view.Shape.SequenceEqual(value.shape))
            throw new CheckpointException(Path, $"tensor '{name}' {(view is null ? "is missing" : $"has shape [{string.Join(", ", view.Shape)}]")}, "
                + $"expected [{string.Join(", ", value.shape)}]; resume with the model and the optimizer that the run was started with");
        if (view.Type != TypeOf(name, value))
            throw new CheckpointException(Path, $"tensor '{name}' holds {view.Type}, expected {TypeOf(name, value)}; resume with the optimizer that the run was started with");
        return view;
    }

    /// <summary>Copies a tensor's bytes; <see cref="Find"/> says when it does not suit.</summary>
    public void CopyInto(string name, Tensor value)
    {
        TensorView view = Find(name, value);
        using Tensor loaded = empty(value.shape, value.dtype, CPU);
        view.ReadBytes(0, loaded.bytes);
        value.copy_(loaded);
    }

    /// <summary>A tensor of bytes.</summary>
    /// <exception cref="CheckpointException">It is missing.</exception>
    public byte[] ReadBytes(string name)
    {
        TensorView view = _file.Tensors.GetValueOrDefault(name) ?? throw new CheckpointException(Path, $"lacks tensor '{name}'; start the run anew");
        byte[] bytes = new byte[view.ByteCount];
        view.ReadBytes(0, bytes);
        return bytes;
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static void Verify(SafetensorsFile file)
    {
        if (!file.Tensors.TryGetValue(ChecksumName, out TensorView? stored) || stored.ByteCount != SHA256.HashSizeInBytes)
            throw new CheckpointException(file.FilePath, "has no checksum, so it is no checkpoint of this version; start the run anew");
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        AppendMetadata(hash, file.Metadata);
        byte[] part = new byte[PartSize];
        foreach (TensorView tensor in file.Tensors.Values.Where(tensor => tensor.Name != ChecksumName).OrderBy(tensor => tensor.Name, StringComparer.Ordinal))
        {
            AppendText(hash, $"{tensor.Name} {tensor.Type} [{string.Join(", ", tensor.Shape)}]");
            for (long start = 0; start < tensor.ByteCount; start += part.Length)
            {
                Span<byte> read = part.AsSpan(0, (int)Math.Min(part.Length, tensor.ByteCount - start));
                tensor.ReadBytes(start, read);
                hash.AppendData(read);
            }
        }
        byte[] expected = new byte[SHA256.HashSizeInBytes];
        stored.ReadBytes(0, expected);
        if (!hash.GetHashAndReset().AsSpan().SequenceEqual(expected))
            throw new CheckpointException(file.FilePath, "has changed since it was written: its checksum does not match; the disk or a copy damaged it");
    }

    private static TensorSource Source(string name, Tensor value, IncrementalHash hash) => new(name, TypeOf(name, value), value.shape, stream =>
    {
        using var scope = NewDisposeScope();
        ReadOnlySpan<byte> bytes = value.detach().cpu().contiguous().bytes;
        AppendText(hash, $"{name} {TypeOf(name, value)} [{string.Join(", ", value.shape)}]");
        hash.AppendData(bytes);
        stream.Write(bytes);
    });

    private static void AppendMetadata(IncrementalHash hash, IReadOnlyDictionary<string, string> metadata)
    {
        foreach ((string key, string value) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            AppendText(hash, key);
            AppendText(hash, value);
        }
    }

    private static void AppendText(IncrementalHash hash, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        // With its length, so that no two lists of texts look alike.
        hash.AppendData(BitConverter.GetBytes(bytes.Length));
        hash.AppendData(bytes);
    }

    private static ElementType TypeOf(string name, Tensor value) => value.dtype switch
    {
        ScalarType.Float32 => ElementType.F32,
        ScalarType.BFloat16 => ElementType.BF16,
        ScalarType.Float16 => ElementType.F16,
        ScalarType.Float64 => ElementType.F64,
        ScalarType.Int64 => ElementType.I64,
        ScalarType.Int32 => ElementType.I32,
        ScalarType.Int16 => ElementType.I16,
        ScalarType.Int8 => ElementType.I8,
        ScalarType.Byte => ElementType.U8,
        ScalarType.Bool => ElementType.BOOL,
        _ => throw new NotSupportedException($"tensor '{name}' holds {value.dtype}, which checkpoints do not keep"),
    };
}

using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Weft.Model.Checkpoints.Safetensors;

/// <summary>A safetensors file, memory-mapped: opening it reads the header alone.</summary>
public sealed unsafe class SafetensorsFile : ITensorFile
{
    private readonly MappedFile _file;

    private SafetensorsFile(string path, FileStream stream, SafetensorsHeader header)
    {
        FilePath = path;
        Metadata = header.Metadata;
        _file = new(stream);
        byte* start = _file.Start + header.DataStart;
        Tensors = header.Entries.ToFrozenDictionary(
            e => e.Name, e => new TensorView(_file, e.Name, e.Type, StridedLayout.Contiguous(e.Shape), start + e.Begin));
    }

    /// <inheritdoc/>
    public string FilePath { get; }

    /// <summary>Free text of the header's <c>__metadata__</c>.</summary>
    public ImmutableDictionary<string, string> Metadata { get; }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, TensorView> Tensors { get; }

    /// <summary>Maps a file after checking every size in its header against its length.</summary>
    /// <exception cref="CheckpointException">The header is truncated, malformed, or does not describe this file.</exception>
    /// <exception cref="FileNotFoundException">No such file.</exception>
    public static SafetensorsFile Open(string path)
    {
        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        try
        {
            return new(path, stream, SafetensorsHeader.Read(path, stream));
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}

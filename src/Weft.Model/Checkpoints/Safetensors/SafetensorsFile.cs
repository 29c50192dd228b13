using System.Collections.Frozen;
using System.Collections.Immutable;
using System.IO.MemoryMappedFiles;

namespace Weft.Model.Checkpoints.Safetensors;

/// <summary>A safetensors file, memory-mapped: opening it reads the header alone.</summary>
public sealed unsafe class SafetensorsFile : IDisposable
{
    private readonly MemoryMappedFile _map;
    private readonly MemoryMappedViewAccessor _view;

    private SafetensorsFile(string path, FileStream stream, SafetensorsHeader header)
    {
        FilePath = path;
        Metadata = header.Metadata;
        _map = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, false);
        try
        {
            _view = _map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        }
        catch
        {
            _map.Dispose();
            throw;
        }
        byte* start = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        start += _view.PointerOffset + header.DataStart;
        Tensors = header.Entries.ToFrozenDictionary(e => e.Name, e => new TensorView(this, e.Name, e.Type, e.Shape, start + e.Begin));
    }

    /// <summary>The file's path.</summary>
    public string FilePath { get; }

    /// <summary>Free text of the header's <c>__metadata__</c>.</summary>
    public ImmutableDictionary<string, string> Metadata { get; }

    /// <summary>Tensors by name. Their memory is valid until this file is disposed.</summary>
    public IReadOnlyDictionary<string, TensorView> Tensors { get; }

    internal bool IsDisposed { get; private set; }

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
    public void Dispose()
    {
        if (IsDisposed)
            return;
        IsDisposed = true;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _map.Dispose();
    }
}

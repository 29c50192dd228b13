using System.Collections.Frozen;

namespace Weft.Model.Checkpoints.PyTorch;

/// <summary>
/// A checkpoint that torch.save wrote (pytorch_model.bin, *.pt, *.pth), memory-mapped: opening it reads the zip directory and the
/// pickle, which is interpreted without running anything. Tensors may share memory, and may be strided.
/// </summary>
public sealed unsafe class TorchFile : ITensorFile
{
    private readonly MappedFile _file;

    private TorchFile(string path, MappedFile file)
    {
        FilePath = path;
        _file = file;
        var archive = new TorchArchive(file);
        object? root = new Unpickler(path, archive.PickleName, archive.ReadPickle(), archive.FindStorage).Read();
        Dictionary<string, TensorView> tensors = new(StringComparer.Ordinal);
        foreach ((object? key, object? value) in FindState(root).Entries)
            if (key is string name && value is TorchTensor tensor
                && !tensors.TryAdd(name, new(file, name, tensor.Type, tensor.Layout, file.Start + tensor.Offset)))
                throw new CheckpointException(path, $"tensor '{name}' is set twice, which no dict of Python is; fetch the file again");
        Tensors = tensors.ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <inheritdoc/>
    public string FilePath { get; }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, TensorView> Tensors { get; }

    /// <summary>
    /// Maps a file. Its tensors are those of the dict at its root or, where that holds none (as the checkpoints of training
    /// programs do), of the one dict in it that holds some. Values that are no tensors are left out.
    /// </summary>
    /// <exception cref="CheckpointException">The file is no archive of torch.save, is broken, or names code.</exception>
    /// <exception cref="FileNotFoundException">No such file.</exception>
    public static TorchFile Open(string path)
    {
        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        MappedFile? file = null;
        try
        {
            if (stream.Length == 0)
                throw new CheckpointException(path, "is empty; fetch the file again");
            file = new(stream);
            return new(path, file);
        }
        catch
        {
            file?.Dispose();
            stream.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private PickleDictionary FindState(object? root)
    {
        if (root is not PickleDictionary outer)
            throw new CheckpointException(FilePath, "holds something else than a dict at its root; save the model's state_dict() with torch.save");
        if (outer.HoldsTensors || outer.Entries.Count == 0)
            return outer;
        KeyValuePair<object?, object?>[] inner =
            [.. outer.Entries.Where(entry => entry is { Key: string, Value: PickleDictionary { HoldsTensors: true } })];
        return inner switch
        {
            [{ Value: PickleDictionary state }] => state,
            [] => throw new CheckpointException(FilePath,
                "holds no dict of tensors at its root or in a dict there; save the model's state_dict() with torch.save"),
            _ => throw new CheckpointException(FilePath, $"holds {inner.Length} dicts of tensors, '{inner[0].Key}' and '{inner[1].Key}' among them; "
                + "save the one that is the model's state_dict() with torch.save"),
        };
    }
}

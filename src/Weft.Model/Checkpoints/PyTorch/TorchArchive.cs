namespace Weft.Model.Checkpoints.PyTorch;

/// <summary>
/// The zip archive that torch.save writes: a pickle <c>name/data.pkl</c> and, beside it, one entry <c>name/data/key</c> for each
/// storage (https://docs.pytorch.org/docs/stable/notes/serialization.html, "Serialized file format for torch.save").
/// </summary>
internal sealed unsafe class TorchArchive
{
    /// <summary>The pickle of a large model has some megabytes; the limit bounds what a hostile one can make of its bytes.</summary>
    private const long MaximumPickleLength = 64 << 20;

    /// <summary>Keys are numbers that count the storages. Longer ones would let a short pickle ask for much work.</summary>
    private const int MaximumKeyLength = 64;

    private readonly MappedFile _file;
    private readonly ZipDirectory _directory;
    private readonly string _root;

    /// <exception cref="CheckpointException">This is no archive of torch.save, or not one that is read.</exception>
    public TorchArchive(MappedFile file)
    {
        _file = file;
        CheckForm();
        _directory = new(file);
        string[] roots = [.. _directory.Entries.Keys.Where(IsPickle).Select(name => name[..^"/data.pkl".Length])];
        if (roots.Length != 1)
            throw new CheckpointException(file.Path,
                $"is a zip archive with {roots.Length} entries named '…/data.pkl' where torch.save writes one; give a file that torch.save wrote");
        _root = roots[0];
        if (_directory.Entries.ContainsKey($"{_root}/constants.pkl"))
            throw new CheckpointException(file.Path,
                "is a TorchScript archive, which holds code; load it with torch.jit.load and save its state_dict() with torch.save");
        if (_directory.Entries.TryGetValue($"{_root}/byteorder", out ZipEntry? order) && !Content(order).SequenceEqual("little"u8))
            throw new CheckpointException(file.Path,
                $"entry '{order.Name}' is not 'little', but numbers are read in little-endian order; save the file on such a machine");
    }

    /// <summary>Name of the pickle, for errors.</summary>
    public string PickleName => $"{_root}/data.pkl";

    /// <summary>The pickle's bytes.</summary>
    public byte[] ReadPickle() => Content(_directory.Entries[PickleName]).ToArray();

    /// <summary>The bytes of a storage in the file.</summary>
    /// <exception cref="CheckpointException">There is no such storage, or it does not lie there as it is.</exception>
    public ZipEntry FindStorage(string key)
    {
        if (key.Length > MaximumKeyLength || !_directory.Entries.TryGetValue($"{_root}/data/{key}", out ZipEntry? entry))
            throw new CheckpointException(_file.Path, $"lacks the entry '{_root}/data/{key}', which its pickle names; fetch the file again");
        return Stored(entry);
    }

    private ReadOnlySpan<byte> Content(ZipEntry entry)
    {
        if (Stored(entry).Length > MaximumPickleLength)
            throw new CheckpointException(_file.Path,
                $"entry '{entry.Name}' has {entry.Length} bytes, more than the {MaximumPickleLength} that are read; save the state_dict() alone");
        return new(_file.Start + entry.Offset, (int)entry.Length);
    }

    private ZipEntry Stored(ZipEntry entry) => entry.Obstacle is null ? entry : throw new CheckpointException(_file.Path,
        $"entry '{entry.Name}' {entry.Obstacle}, but torch.save stores as they are the bytes that are read; write the file with torch.save again");

    private static bool IsPickle(string name) =>
        name.EndsWith("/data.pkl", StringComparison.Ordinal) && name.IndexOf('/', StringComparison.Ordinal) == name.Length - "/data.pkl".Length;

    /// <summary>Names the other things that go by these file names.</summary>
    private void CheckForm()
    {
        ReadOnlySpan<byte> head = new(_file.Start, (int)Math.Min(_file.Length, 4));
        if (head.SequenceEqual("PK\x03\x04"u8))
            return;
        throw new CheckpointException(_file.Path, head is [0x80, >= 2 and <= 5, ..]
            ? "is a bare pickle, as PyTorch wrote before 1.6; load it with torch.load(…, weights_only=True) and save it with torch.save again"
            : "is no zip archive, as torch.save writes; the download may be incomplete, fetch the file again");
    }
}

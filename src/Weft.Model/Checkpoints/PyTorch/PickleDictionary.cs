namespace Weft.Model.Checkpoints.PyTorch;

/// <summary>
/// A dict or OrderedDict of a pickle. Keys may be anything and are never compared, so that no pickle can make that slow: entries
/// are kept as they were set.
/// </summary>
internal sealed class PickleDictionary
{
    private readonly List<KeyValuePair<object?, object?>> _entries = [];

    /// <summary>Entries in order, a key that was set twice included twice.</summary>
    public IReadOnlyList<KeyValuePair<object?, object?>> Entries => _entries;

    /// <summary>A tensor is among the values, under a name.</summary>
    public bool HoldsTensors { get; private set; }

    public void Add(object? key, object? value)
    {
        _entries.Add(new(key, value));
        HoldsTensors |= key is string && value is TorchTensor;
    }
}

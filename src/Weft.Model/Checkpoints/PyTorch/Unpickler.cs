using System.Runtime.InteropServices;

namespace Weft.Model.Checkpoints.PyTorch;

/// <summary>
/// Carries out the pickle of a state dict. It builds tensors, dictionaries, lists, tuples, texts, numbers, truth values and None, and
/// nothing else: the names it knows are those of <see cref="TorchGlobal"/>, and no code of the file is ever run. Each instruction
/// takes time and memory in proportion to its own bytes; values that several places share are never expanded.
/// </summary>
internal sealed class Unpickler
{
    private readonly string _file;
    private readonly string _entry;
    private readonly PickleBytes _bytes;
    private readonly Func<string, ZipEntry> _findStorage;
    private readonly List<object?> _stack = [];
    private readonly Stack<int> _marks = new();
    private readonly Dictionary<uint, object?> _memo = [];

    /// <param name="file">The archive, for errors.</param>
    /// <param name="entry">The pickle's name in it, for errors.</param>
    /// <param name="pickle">Its bytes.</param>
    /// <param name="findStorage">The bytes of the storage of a key; throws where there are none.</param>
    public Unpickler(string file, string entry, byte[] pickle, Func<string, ZipEntry> findStorage)
    {
        _file = file;
        _entry = entry;
        _bytes = new(pickle);
        _findStorage = findStorage;
    }

    /// <summary>Runs to the end.</summary>
    /// <returns>A <see cref="TorchTensor"/>, <see cref="PickleDictionary"/>, list, array, text, number, truth value, or null.</returns>
    /// <exception cref="CheckpointException">The pickle is broken, or asks for something else than these.</exception>
    public object? Read()
    {
        try
        {
            if (_bytes.ReadByte() != (byte)Opcode.Protocol || _bytes.ReadByte() is < 2 or > 5)
                throw new InvalidDataException("it does not begin as protocols 2 to 5 do");
            while (true)
            {
                var code = (Opcode)_bytes.ReadByte();
                if (code == Opcode.Stop)
                    return Pop();
                if (!PushValue(code) && !PushContainer(code) && !Move(code) && !Recall(code) && !Construct(code))
                    throw new InvalidDataException($"instruction 0x{(byte)code:x2} builds no plain value, and is not carried out");
            }
        }
        catch (InvalidDataException e)
        {
            throw new CheckpointException(_file, $"entry '{_entry}' is not a pickle of plain tensors: before byte {_bytes.Position}, {e.Message}; "
                + "fetch the file again, or save the state_dict() alone with torch.save", e);
        }
    }

    private bool PushValue(Opcode code)
    {
        object? value;
        switch (code)
        {
            case Opcode.None:
                value = null;
                break;
            case Opcode.True or Opcode.False:
                value = code == Opcode.True;
                break;
            case Opcode.Int8:
                value = (long)_bytes.ReadByte();
                break;
            case Opcode.Int16:
                value = (long)_bytes.ReadUInt16();
                break;
            case Opcode.Int32:
                value = (long)_bytes.ReadInt32();
                break;
            case Opcode.Long1:
                value = _bytes.ReadInteger(_bytes.ReadByte());
                break;
            case Opcode.Long4:
                value = _bytes.ReadInteger(_bytes.ReadUInt32());
                break;
            case Opcode.Float:
                value = _bytes.ReadDouble();
                break;
            case Opcode.ShortText:
                value = _bytes.ReadText(_bytes.ReadByte());
                break;
            case Opcode.Text:
                value = _bytes.ReadText(_bytes.ReadUInt32());
                break;
            case Opcode.LongText:
                value = _bytes.ReadText(_bytes.ReadUInt64());
                break;
            default:
                return false;
        }
        _stack.Add(value);
        return true;
    }

    private bool PushContainer(Opcode code)
    {
        object value;
        switch (code)
        {
            case Opcode.EmptyDictionary:
                value = new PickleDictionary();
                break;
            case Opcode.EmptyList:
                value = new List<object?>();
                break;
            case Opcode.EmptyTuple:
                value = Array.Empty<object?>();
                break;
            case Opcode.Tuple1 or Opcode.Tuple2 or Opcode.Tuple3:
                value = PopItems(code - Opcode.Tuple1 + 1);
                break;
            case Opcode.Tuple:
                value = PopToMark();
                break;
            case Opcode.List:
                value = PopToMark().ToList();
                break;
            case Opcode.Dictionary:
                object?[] items = PopToMark();
                var dictionary = new PickleDictionary();
                SetItems(dictionary, items);
                value = dictionary;
                break;
            default:
                return false;
        }
        _stack.Add(value);
        return true;
    }

    /// <summary>Instructions that move values on the stack and into containers.</summary>
    private bool Move(Opcode code)
    {
        switch (code)
        {
            case Opcode.Mark:
                _marks.Push(_stack.Count);
                break;
            case Opcode.PopMark:
                PopToMark();
                break;
            case Opcode.Pop:
                Pop();
                break;
            case Opcode.Duplicate:
                _stack.Add(Top());
                break;
            case Opcode.Append or Opcode.Appends:
                object?[] items = code == Opcode.Append ? PopItems(1) : PopToMark();
                Top<List<object?>>().AddRange(items);
                break;
            case Opcode.SetItem or Opcode.SetItems:
                object?[] pairs = code == Opcode.SetItem ? PopItems(2) : PopToMark();
                SetItems(Top<PickleDictionary>(), pairs);
                break;
            default:
                return false;
        }
        return true;
    }

    /// <summary>Values that are used again, and frames, which only say how the bytes were written.</summary>
    private bool Recall(Opcode code)
    {
        switch (code)
        {
            case Opcode.Frame:
                _bytes.CheckFrame(_bytes.ReadUInt64());
                break;
            case Opcode.Put or Opcode.LongPut:
                _memo[code == Opcode.Put ? _bytes.ReadByte() : _bytes.ReadUInt32()] = Top();
                break;
            case Opcode.Memoize:
                _memo[(uint)_memo.Count] = Top();
                break;
            case Opcode.Get or Opcode.LongGet:
                uint index = code == Opcode.Get ? _bytes.ReadByte() : _bytes.ReadUInt32();
                if (!_memo.TryGetValue(index, out object? value))
                    throw new InvalidDataException($"value {index} is used but was never kept");
                _stack.Add(value);
                break;
            default:
                return false;
        }
        return true;
    }

    /// <summary>Instructions that, in Python, could run any code.</summary>
    private bool Construct(Opcode code)
    {
        switch (code)
        {
            case Opcode.Global:
                _stack.Add(FindGlobal(_bytes.ReadLine(), _bytes.ReadLine()));
                break;
            case Opcode.StackGlobal:
                string name = Pop<string>();
                _stack.Add(FindGlobal(Pop<string>(), name));
                break;
            case Opcode.Reduce:
                object?[] arguments = Pop<object?[]>();
                _stack.Add(Pop<TorchGlobal>().Call(arguments));
                break;
            case Opcode.PersistentId:
                _stack.Add(FindStorage(Pop<object?[]>()));
                break;
            case Opcode.Build:
                // State dicts carry versions of their modules as an attribute; attributes are no tensors.
                Pop();
                Top<PickleDictionary>();
                break;
            default:
                return false;
        }
        return true;
    }

    private TorchGlobal FindGlobal(string module, string name) =>
        TorchGlobal.Find(module, name) ?? throw new CheckpointException(_file,
            $"entry '{_entry}' is a pickle with code: it names the global '{module}.{name}', where a state dict needs tensors and plain values "
            + "only; no code is run, so ask for safetensors, or save the state_dict() alone with torch.save");

    private TorchStorage FindStorage(object?[] id)
    {
        if (id is not ["storage", TorchGlobal { Kind: TorchGlobalKind.Storage } type, string key, string, long count] || count < 0)
            throw new InvalidDataException("a persistent id names no storage");
        ZipEntry entry = _findStorage(key);
        int size = type.Type?.Size() ?? 1;
        if (count > entry.Length / size)
            throw new InvalidDataException($"a storage claims {count} elements of {size} bytes, but entry '{entry.Name}' has {entry.Length} bytes");
        return new(entry, type.Type, count * size);
    }

    private static void SetItems(PickleDictionary dictionary, object?[] items)
    {
        if (items.Length % 2 != 0)
            throw new InvalidDataException("a key has no value");
        for (int i = 0; i < items.Length; i += 2)
            dictionary.Add(items[i], items[i + 1]);
    }

    private object?[] PopToMark()
    {
        if (_marks.Count == 0)
            throw new InvalidDataException("there is no mark");
        return PopItems(_stack.Count - _marks.Pop());
    }

    private object?[] PopItems(int count)
    {
        if (count > Available)
            throw Empty();
        object?[] items = CollectionsMarshal.AsSpan(_stack)[^count..].ToArray();
        _stack.RemoveRange(_stack.Count - count, count);
        return items;
    }

    private object? Pop()
    {
        object? value = Top();
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    private T Pop<T>() => Pop() is T value ? value : throw Unexpected<T>();

    private object? Top() => Available > 0 ? _stack[^1] : throw Empty();

    private T Top<T>() => Top() is T value ? value : throw Unexpected<T>();

    /// <summary>Values above the last mark: no instruction reaches below it.</summary>
    private int Available => _stack.Count - (_marks.Count > 0 ? _marks.Peek() : 0);

    private static InvalidDataException Empty() => new("a value is used that is not there");

    private static InvalidDataException Unexpected<T>() => new($"something else stands where a {typeof(T).Name} is expected");
}

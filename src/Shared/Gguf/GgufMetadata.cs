namespace Weft.Gguf;

/// <summary>
/// The metadata of a GGUF file, versions 2 and 3: keys with where their values lie, which are read when asked for. Sizes are checked
/// against the file before anything is reserved. Keep it open while values are read; one thread at a time.
/// </summary>
internal sealed class GgufMetadata : IDisposable
{
    // The least that a key with its value takes: two lengths' worth of bytes.
    private const int LeastEntry = 13;

    private readonly GgufStream _stream;
    private readonly Dictionary<string, GgufValue> _values = new(StringComparer.Ordinal);

    private GgufMetadata(GgufStream stream) => _stream = stream;

    public string File => _stream.File;

    /// <summary>Tensors whose descriptions follow the metadata.</summary>
    public long TensorCount { get; private set; }

    /// <summary>Bytes of the file before the first tensor's description.</summary>
    public long End { get; private set; }

    /// <summary>Each key with the type and place of its value.</summary>
    public IReadOnlyDictionary<string, GgufValue> Values => _values;

    /// <summary>What follows the metadata is read from here too.</summary>
    public GgufStream Stream => _stream;

    /// <exception cref="InvalidDataException">It is no GGUF file, or a damaged one.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static GgufMetadata Open(string path) => Open(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16), path);

    /// <param name="content">At its beginning; closed with the result, or at once when this throws.</param>
    /// <param name="file">Names it in errors.</param>
    /// <inheritdoc cref="Open(string)"/>
    public static GgufMetadata Open(Stream content, string file)
    {
        var stream = new GgufStream(content, file);
        try
        {
            var metadata = new GgufMetadata(stream);
            metadata.ReadKeys();
            return metadata;
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    public void Dispose() => _stream.Dispose();

    public bool Contains(string key) => _values.ContainsKey(key);

    /// <summary>The string of a key, or null where the file has no such key.</summary>
    public string? Text(string key) => Find(key, isArray: false) is not GgufValue value ? null
        : value.Type == GgufType.String ? _stream.Text(key) : throw WrongType(key, value, "a string");

    /// <summary>The integer of a key, or null where the file has no such key.</summary>
    public long? Integer(string key) => Find(key, isArray: false) is not GgufValue value ? null
        : IsInteger(value.Type) ? ReadInteger(value.Type, key) : throw WrongType(key, value, "an integer");

    public bool? Flag(string key) => Find(key, isArray: false) is not GgufValue value ? null
        : value.Type == GgufType.Bool ? _stream.Unsigned(1, key) != 0 : throw WrongType(key, value, "true or false");

    public double? Number(string key) => Find(key, isArray: false) is not GgufValue value ? null
        : value.Type switch
        {
            GgufType.Float32 => BitConverter.UInt32BitsToSingle((uint)_stream.Unsigned(4, key)),
            GgufType.Float64 => BitConverter.UInt64BitsToDouble(_stream.Unsigned(8, key)),
            _ => IsInteger(value.Type) ? ReadInteger(value.Type, key) : throw WrongType(key, value, "a number"),
        };

    public string[]? Texts(string key)
    {
        if (Find(key, isArray: true) is not GgufValue value)
            return null;
        if (value.Type != GgufType.String)
            throw WrongType(key, value, "strings");
        string[] texts = new string[value.Count];
        for (int i = 0; i < texts.Length; i++)
            texts[i] = _stream.Text(key);
        return texts;
    }

    public float[]? Singles(string key)
    {
        if (Find(key, isArray: true) is not GgufValue value)
            return null;
        if (value.Type != GgufType.Float32)
            throw WrongType(key, value, "numbers of type float32");
        float[] numbers = new float[value.Count];
        for (int i = 0; i < numbers.Length; i++)
            numbers[i] = BitConverter.UInt32BitsToSingle((uint)_stream.Unsigned(4, key));
        return numbers;
    }

    public long[]? Integers(string key)
    {
        if (Find(key, isArray: true) is not GgufValue value)
            return null;
        if (!IsInteger(value.Type))
            throw WrongType(key, value, "integers");
        long[] numbers = new long[value.Count];
        for (int i = 0; i < numbers.Length; i++)
            numbers[i] = ReadInteger(value.Type, key);
        return numbers;
    }

    /// <summary>The error for a key whose value cannot be used.</summary>
    public InvalidDataException Refuse(string key, string value, string remedy) => new($"{File}: field '{key}' is {value}; {remedy}");

    private static int SizeOf(GgufType type) => type switch
    {
        GgufType.UInt8 or GgufType.Int8 or GgufType.Bool => 1,
        GgufType.UInt16 or GgufType.Int16 => 2,
        GgufType.UInt32 or GgufType.Int32 or GgufType.Float32 => 4,
        GgufType.UInt64 or GgufType.Int64 or GgufType.Float64 or GgufType.String => 8,
        _ => 0,
    };

    private static bool IsInteger(GgufType type) => type is not (GgufType.Float32 or GgufType.Float64 or GgufType.Bool or GgufType.String or GgufType.Array);

    private void ReadKeys()
    {
        if (_stream.Length < 24 || _stream.Unsigned(4, "magic") != 0x46554747)
            throw new InvalidDataException($"{File}: field 'magic' is not 'GGUF' ({_stream.Length} bytes); give a GGUF file");
        ulong version = _stream.Unsigned(4, "version");
        if (version is not (2 or 3))
            throw Refuse("version", $"{version}", "versions 2 and 3 are read, with the lowest byte first; convert the model anew");
        ulong tensors = _stream.Unsigned(8, "tensor_count"), keys = _stream.Unsigned(8, "metadata_kv_count");
        if (keys > (ulong)_stream.Left / LeastEntry)
            throw _stream.Refuse("metadata_kv_count", $"{keys}", $"only {_stream.Left} bytes follow");
        if (tensors > (ulong)_stream.Left)
            throw _stream.Refuse("tensor_count", $"{tensors}", $"only {_stream.Left} bytes follow");
        TensorCount = (long)tensors;
        for (ulong i = 0; i < keys; i++)
        {
            string key = _stream.Text($"key {i}");
            if (!_values.TryAdd(key, ReadValue(key)))
                throw _stream.Refuse(key, "there twice", "a key has one value");
        }
        End = _stream.Position;
    }

    private GgufValue ReadValue(string key)
    {
        var type = (GgufType)_stream.Unsigned(4, key);
        bool isArray = type == GgufType.Array;
        ulong count = 1;
        if (isArray)
            (type, count) = ((GgufType)_stream.Unsigned(4, key), _stream.Unsigned(8, key));
        int size = SizeOf(type);
        if (size == 0)
            throw _stream.Refuse(key, $"of type {(uint)type}", isArray ? "arrays hold single values" : "types are 0 to 12");
        if (count > (ulong)(_stream.Left / size) || count > (ulong)Array.MaxLength)
            throw _stream.Refuse(key, $"{count} values", $"only {_stream.Left} bytes follow");
        var value = new GgufValue(type, isArray, (long)count, _stream.Position);
        if (type != GgufType.String)
            _stream.Position += size * (long)count;
        for (ulong i = 0; type == GgufType.String && i < count; i++)
            _stream.SkipText(key);
        return value;
    }

    private GgufValue? Find(string key, bool isArray)
    {
        if (!_values.TryGetValue(key, out GgufValue value))
            return null;
        if (value.IsArray != isArray)
            throw WrongType(key, value, isArray ? "an array" : "a single value");
        _stream.Position = value.Offset;
        return value;
    }

    private long ReadInteger(GgufType type, string key)
    {
        ulong bits = _stream.Unsigned(SizeOf(type), key);
        return type switch
        {
            GgufType.Int8 => (sbyte)bits,
            GgufType.Int16 => (short)bits,
            GgufType.Int32 => (int)bits,
            GgufType.UInt64 => bits <= long.MaxValue ? (long)bits : throw _stream.Refuse(key, $"{bits}", "it is too large"),
            _ => (long)bits,
        };
    }

    private InvalidDataException WrongType(string key, GgufValue value, string wanted) =>
        Refuse(key, $"of type {(value.IsArray ? "array of " : "")}{value.Type}", $"it must be {wanted}; convert the model anew");
}

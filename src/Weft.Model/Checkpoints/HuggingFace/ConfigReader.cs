using System.Globalization;
using System.Text.Json;
using Weft.Model.Architectures;
using Weft.Model.Spec;

namespace Weft.Model.Checkpoints.HuggingFace;

/// <summary>Typed access to a JSON config, whose errors name the file, the key, the value and the remedy.</summary>
public sealed class ConfigReader
{
    /// <summary>More blocks than any published model has; a larger number is a corrupt file.</summary>
    private const int MaximumLayers = 10_000;

    private readonly JsonElement _root;

    internal ConfigReader(string file, JsonElement root)
    {
        File = file;
        _root = root;
        if (root.ValueKind != JsonValueKind.Object)
            throw new CheckpointException(file, $"holds a JSON {root.ValueKind} where an object was expected");
    }

    /// <summary>The file that is read.</summary>
    public string File { get; }

    /// <summary>Reads a JSON text.</summary>
    /// <exception cref="CheckpointException">It is no JSON object in UTF-8.</exception>
    internal static ConfigReader Parse(string file, byte[] text) => new(file, JsonFile.Parse(file, text));

    /// <summary>The family that a config names and the model that it describes.</summary>
    /// <param name="readBeside">Reads a JSON file beside the config.</param>
    internal (Architecture Architecture, ModelSpec Spec) ReadModel(Func<string, JsonBeside> readBeside)
    {
        string modelType = ReadText("model_type")
            ?? throw new CheckpointException(File, "key 'model_type' is missing; the config is incomplete");
        try
        {
            Architecture architecture = ArchitectureCatalogue.ForModelType(modelType);
            return (architecture, SentenceTransformers.Apply(readBeside, architecture.ReadConfig(this)).Validate());
        }
        catch (Exception e) when (e is NotSupportedException or ArgumentException)
        {
            throw new CheckpointException(File, e.Message, e);
        }
    }

    /// <summary>The key is present and not null.</summary>
    public bool Has(string key) => Find(key) is not null;

    /// <summary>The key is present and null, which some configs tell from leaving it out.</summary>
    public bool IsNull(string key) => _root.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.Null;

    /// <summary>A required integer.</summary>
    public int ReadInt(string key) =>
        Find(key) is { } value ? ToInt(key, value) : throw new CheckpointException(File, $"key '{key}' is missing; the config is incomplete");

    /// <summary>An optional integer.</summary>
    public int ReadInt(string key, int fallback) => Find(key) is { } value ? ToInt(key, value) : fallback;

    /// <summary>A required count of blocks.</summary>
    public int ReadLayerCount(string key)
    {
        int count = ReadInt(key);
        Check(count is > 0 and <= MaximumLayers, key, $"it must lie between 1 and {MaximumLayers}");
        return count;
    }

    /// <summary>An optional number.</summary>
    public double ReadDouble(string key, double fallback)
    {
        if (Find(key) is not { } value)
            return fallback;
        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && double.IsFinite(number)
            ? number
            : throw Wrong(key, "a finite number was expected");
    }

    /// <summary>An optional truth value.</summary>
    public bool ReadBool(string key, bool fallback) => Find(key) switch
    {
        null => fallback,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        _ => throw Wrong(key, "true or false was expected"),
    };

    /// <summary>An optional text.</summary>
    public string? ReadText(string key) => Find(key) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } value => ToText(key, value),
        _ => throw Wrong(key, "a text was expected"),
    };

    /// <summary>One integer, a list of them, or nothing.</summary>
    public IReadOnlyList<int> ReadIntList(string key) => Find(key) switch
    {
        null => [],
        { } value => IntegerList.Read(value) ?? throw Wrong(key, "an integer was expected"),
    };

    /// <summary>The ids that stand alone in a list of lists of ids, as those of forbidden words.</summary>
    internal IReadOnlyList<int> ReadSingleIds(string key)
    {
        if (Find(key) is not { } list)
            return [];
        Check(list.ValueKind == JsonValueKind.Array, key, "a list of lists of integers was expected");
        return [.. list.EnumerateArray().Select(word => IntegerList.Read(word) ?? throw Wrong(key, "a list of lists of integers was expected"))
            .Where(word => word.Length == 1).Select(word => word[0])];
    }

    /// <summary>A list of numbers, empty where the key is missing.</summary>
    public IReadOnlyList<double> ReadDoubleList(string key)
    {
        if (Find(key) is not { } list)
            return [];
        Check(list.ValueKind == JsonValueKind.Array, key, "a list of numbers was expected");
        return [.. list.EnumerateArray().Select(value => value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && double.IsFinite(number)
            ? number
            : throw Wrong(key, "a list of finite numbers was expected"))];
    }

    /// <summary>A list of texts, empty where the key is missing.</summary>
    public IReadOnlyList<string> ReadTextList(string key)
    {
        if (Find(key) is not { } list)
            return [];
        Check(list.ValueKind == JsonValueKind.Array, key, "a list of texts was expected");
        return [.. list.EnumerateArray().Select(value => value.ValueKind == JsonValueKind.String ? ToText(key, value) : throw Wrong(key, "a list of texts was expected"))];
    }

    /// <summary>The texts of an object whose keys are the numbers from 0 on, in their order; empty where the key is missing.</summary>
    public IReadOnlyList<string> ReadTextsByIndex(string key)
    {
        if (Find(key) is not { } texts)
            return [];
        Check(texts.ValueKind == JsonValueKind.Object, key, "an object was expected");
        string?[] byIndex = new string?[texts.GetPropertyCount()];
        foreach (JsonProperty text in texts.EnumerateObject())
        {
            Check(int.TryParse(text.Name, NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index < byIndex.Length && byIndex[index] is null
                && text.Value.ValueKind == JsonValueKind.String, key, $"the numbers from 0 to {byIndex.Length - 1} were expected as keys, and texts");
            byIndex[index] = ToText(key, text.Value);
        }
        return byIndex!;
    }

    /// <summary>Number of entries of a nested object or list; null where the key is missing.</summary>
    public int? ReadCount(string key) => Find(key) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Object } value => value.GetPropertyCount(),
        { ValueKind: JsonValueKind.Array } value => value.GetArrayLength(),
        _ => throw Wrong(key, "an object was expected"),
    };

    /// <summary>A required value as it is.</summary>
    internal JsonElement ReadElement(string key) =>
        Find(key) ?? throw new CheckpointException(File, $"key '{key}' is missing; the config is incomplete");

    /// <summary>A nested object, or null.</summary>
    public ConfigReader? ReadObject(string key) => Find(key) is { } value ? new($"{File} ({key})", value) : null;

    /// <summary>A required value of any kind.</summary>
    /// <param name="key">The key.</param>
    /// <param name="read">Reads the value; its <see cref="JsonException"/> becomes the refusal.</param>
    internal T ReadJson<T>(string key, Func<JsonElement, T> read)
    {
        JsonElement value = Find(key) ?? throw new CheckpointException(File, $"key '{key}' is missing; the config is incomplete");
        try
        {
            return read(value);
        }
        catch (JsonException e)
        {
            throw new CheckpointException(File, $"key '{key}': {e.Message}", e);
        }
    }

    /// <summary>An optional text that must be one of <paramref name="allowed"/>.</summary>
    public string RequireOneOf(string key, string fallback, params ReadOnlySpan<string> allowed)
    {
        string value = ReadText(key) ?? fallback;
        if (!allowed.Contains(value))
            throw new CheckpointException(File, $"key '{key}' is '{value}', which is not supported; supported: {string.Join(", ", allowed!)}");
        return value;
    }

    /// <summary>Refuses the value of a key.</summary>
    public void Check(bool valid, string key, string problem)
    {
        if (!valid)
            throw Wrong(key, problem);
    }

    private JsonElement? Find(string key) =>
        _root.TryGetProperty(key, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private int ToInt(string key, JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number)
            ? number
            : throw Wrong(key, "an integer was expected");

    private string ToText(string key, JsonElement value)
    {
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            // An escaped half of a surrogate pair.
            throw Wrong(key, "it is not valid text");
        }
    }

    private CheckpointException Wrong(string key, string problem) =>
        new(File, $"key '{key}' is {Find(key)?.GetRawText() ?? "missing"}; {problem}");
}

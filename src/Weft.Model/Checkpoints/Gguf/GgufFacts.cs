using System.Collections.Immutable;
using System.Globalization;
using Weft.Gguf;

namespace Weft.Model.Checkpoints.Gguf;

/// <summary>
/// What a GGUF file tells about its model: the keys of its architecture and the shapes of its tensors. Remembers which keys were asked for, so that what
/// nobody understands can be refused.
/// </summary>
/// <param name="metadata">The keys.</param>
/// <param name="architecture">The prefix of the model's own.</param>
/// <param name="shapes">Shapes of the tensors by name, slowest dimension first.</param>
internal sealed class GgufFacts(GgufMetadata metadata, string architecture, IReadOnlyDictionary<string, ImmutableArray<long>> shapes)
{
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);

    /// <summary>Divisors of the rotary frequencies, [S/2], by the tensor that has them.</summary>
    public IReadOnlyDictionary<string, float[]> Factors { get; init; } = new Dictionary<string, float[]>();

    public string File => metadata.File;

    public bool Has(string key) => metadata.Contains(Name(key));

    public int Integer(string key) => Has(key) ? Integer(key, 0)
        : throw new CheckpointException(File, $"key '{Name(key)}' is missing; convert the model anew");

    public int Integer(string key, int fallback) => metadata.Integer(Name(key)) switch
    {
        null => fallback,
        >= int.MinValue and <= int.MaxValue and long value => (int)value,
        long value => throw Refuse(key, value.ToString(CultureInfo.InvariantCulture), "it is too large"),
    };

    /// <summary>
    /// A number. GGUF keeps 32 bits; the shortest decimal that gives them is the number that was meant, such as 1e-05.
    /// </summary>
    public double Number(string key, double fallback) => metadata.Number(Name(key)) switch
    {
        null => fallback,
        double value when (double)(float)value == value && double.IsFinite(value) => Meant((float)value),
        double value => value,
    };

    /// <inheritdoc cref="Number"/>
    public static double Meant(float value) => double.Parse(value.ToString("R", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    public bool Flag(string key, bool fallback) => metadata.Flag(Name(key)) ?? fallback;

    public string? Text(string key) => metadata.Text(Name(key));

    public ImmutableArray<long>? Shape(string tensor) => shapes.TryGetValue(tensor, out ImmutableArray<long> shape) ? shape : null;

    public int TensorCount => shapes.Count;

    public bool HasTensor(string tensor) => shapes.ContainsKey(tensor);

    public void Check(bool valid, string key, string problem)
    {
        if (!valid)
            throw Refuse(key, Has(key) ? "one that does not fit" : "missing", problem);
    }

    /// <summary>Keys of the architecture that nothing has asked for: the model has something that Weft would leave out.</summary>
    public IEnumerable<string> UnknownKeys => metadata.Values.Keys.Where(key => key.StartsWith(architecture + ".", StringComparison.Ordinal) && !_asked.Contains(key));

    public CheckpointException Refuse(string key, string value, string problem) => new(File, $"key '{Name(key)}' is {value}; {problem}");

    private string Name(string key)
    {
        string name = $"{architecture}.{key}";
        _asked.Add(name);
        return name;
    }
}

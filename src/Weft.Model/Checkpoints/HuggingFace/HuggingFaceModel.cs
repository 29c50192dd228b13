using System.Collections.Immutable;

using Weft.Model.Architectures;
using Weft.Model.Spec;

namespace Weft.Model.Checkpoints.HuggingFace;

/// <summary>A model in a Hugging Face directory: its specification and its memory-mapped weights.</summary>
public sealed class HuggingFaceModel : IDisposable
{
    /// <summary>Name of the file that describes a model.</summary>
    public const string ConfigFile = "config.json";

    /// <summary>Name of the file with the defaults of generation.</summary>
    public const string GenerationConfigFile = "generation_config.json";

    /// <summary>Columns transposed together: whole cache lines are written, where single elements would touch one line each.</summary>
    private const int TransposeBlock = 16;

    private readonly WeightFiles _files;

    private HuggingFaceModel(string directory, Architecture architecture, ModelSpec spec, WeightFiles files)
    {
        Directory = directory;
        Architecture = architecture;
        Spec = spec;
        _files = files;
    }

    /// <summary>The folder.</summary>
    public string Directory { get; }

    /// <summary>The family that the config names.</summary>
    public Architecture Architecture { get; }

    /// <summary>What the config describes.</summary>
    public ModelSpec Spec { get; }

    /// <summary>Ids that end a text; empty where the model names none.</summary>
    public ImmutableArray<int> EndOfTextIds { get; private init; } = [];

    /// <summary>The id that a decoder beside an encoder begins with; null where the model names none.</summary>
    public int? DecoderStartId { get; private init; }

    /// <summary>The id that has to follow <see cref="DecoderStartId"/>, such as a language; null where the model names none.</summary>
    public int? ForcedBeginId { get; private init; }

    /// <summary>
    /// Ids that are never to be chosen, such as padding in Marian, whose row of the table is zero and may win; empty where the model names
    /// none. Sequences of several ids that a model forbids are not among them.
    /// </summary>
    public ImmutableArray<int> SuppressedIds { get; private init; } = [];

    /// <summary>Opens a folder; every tensor's presence and shape is checked against the config before anything is read.</summary>
    /// <exception cref="CheckpointException">A file is missing, corrupt, or does not match; the message names it.</exception>
    /// <exception cref="DirectoryNotFoundException">No such folder.</exception>
    public static HuggingFaceModel Open(string directory)
    {
        if (!System.IO.Directory.Exists(directory))
            throw new DirectoryNotFoundException($"model folder '{directory}' does not exist; give the folder that holds {ConfigFile}");
        ConfigReader config = JsonFile.ReadObject(Path.Combine(directory, ConfigFile))
            ?? throw new CheckpointException(directory, $"holds no {ConfigFile}; give the folder of a Hugging Face model");
        string modelType = config.ReadText("model_type")
            ?? throw new CheckpointException(config.File, "key 'model_type' is missing; the config is incomplete");
        Architecture architecture;
        ModelSpec spec;
        try
        {
            architecture = ArchitectureCatalogue.ForModelType(modelType);
            spec = SentenceTransformers.Apply(directory, architecture.ReadConfig(config)).Validate();
        }
        catch (Exception e) when (e is NotSupportedException or ArgumentException)
        {
            throw new CheckpointException(config.File, e.Message, e);
        }
        // Read before the weights are mapped, so that a broken file leaves nothing open.
        GenerationIds ids = GenerationIds.Read(directory, config);
        var model = new HuggingFaceModel(directory, architecture, spec, WeightFiles.Open(directory))
        {
            EndOfTextIds = ids.EndOfText,
            DecoderStartId = ids.DecoderStart,
            ForcedBeginId = ids.ForcedBegin,
            SuppressedIds = ids.Suppressed,
        };
        try
        {
            HashSet<TensorView> described = [.. ModelParameters.Enumerate(spec).Select(parameter => model.Find(parameter).View)];
            model.RefuseOthers(described);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>The parameter's memory in the mapped file, where it lies there exactly as the specification wants it.</summary>
    /// <returns>False where the checkpoint stores it transposed or together with others; <see cref="Read"/> undoes that.</returns>
    public bool TryMap(ParameterSpec parameter, out TensorView view)
    {
        (view, WeightLocation location) = Find(parameter);
        return location.IsPlain;
    }

    /// <summary>Copies a parameter, widened to fp32, in the specification's own layout.</summary>
    /// <param name="parameter">One of <see cref="ModelParameters.Enumerate"/>.</param>
    /// <param name="destination">Exactly as many elements as the parameter has.</param>
    public void Read(ParameterSpec parameter, Span<float> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(destination.Length, parameter.Count);
        (TensorView view, WeightLocation location) = Find(parameter);
        if (location.Transposed)
            ReadTransposed(view, location, parameter, destination);
        else
            ReadRows(view, location, parameter, destination);
    }

    /// <inheritdoc/>
    public void Dispose() => _files.Dispose();

    private static void ReadRows(TensorView view, WeightLocation location, ParameterSpec parameter, Span<float> destination)
    {
        long columns = parameter.Count / parameter.Shape[0], group = location.GroupRows == 0 ? parameter.Shape[0] : location.GroupRows;
        for (long row = 0; row < parameter.Shape[0]; row += group)
            view.ReadFloats(location.Row(row) * columns, destination.Slice((int)(row * columns), (int)(group * columns)));
    }

    private static void ReadTransposed(TensorView view, WeightLocation location, ParameterSpec parameter, Span<float> destination)
    {
        int rows = (int)parameter.Shape[0], columns = (int)parameter.Shape[1];
        float[] lines = new float[Math.Min(TransposeBlock, columns) * rows];
        for (int first = 0; first < columns; first += TransposeBlock)
        {
            int count = Math.Min(TransposeBlock, columns - first);
            for (int i = 0; i < count; i++)
                view.ReadFloats(((first + i) * view.Shape[1]) + location.RowOffset, lines.AsSpan(i * rows, rows));
            for (int r = 0; r < rows; r++)
                for (int i = 0; i < count; i++)
                    destination[(r * columns) + first + i] = lines[(i * rows) + r];
        }
    }

    private (TensorView View, WeightLocation Location) Find(ParameterSpec parameter)
    {
        WeightLocation location = Architecture.Locate(Spec, parameter);
        IReadOnlyList<long> expected = StoredShape(parameter, location);
        TensorView? view = Architecture.OtherNames(location.Name).Prepend(location.Name).Select(name => _files.Find(name) ?? FindUnprefixed(name)).OfType<TensorView>().FirstOrDefault()
            ?? FindTied(parameter);
        if (view is null || !view.Shape.SequenceEqual(expected))
            throw new CheckpointException(_files.Location, location.Name, expected, view?.Shape);
        if (!view.Type.IsFloatingPoint())
            throw new CheckpointException(_files.Location,
                $"tensor '{location.Name}' holds {view.Type}, but weights are F32, F16, BF16 or F64; unpack the checkpoint first");
        return (view, location);
    }

    /// <summary>A tensor that no parameter reads means that the model computes something else than the config says.</summary>
    private void RefuseOthers(HashSet<TensorView> described)
    {
        TensorView? other = _files.All.FirstOrDefault(tensor => !described.Contains(tensor) && !Architecture.IsIgnorable(Spec, tensor.Name));
        if (other is not null)
            throw CheckpointException.Extra(_files.Location, other.Name);
    }

    /// <summary>Published base models lack the prefix that the language-model class adds.</summary>
    private TensorView? FindUnprefixed(string name) =>
        name.StartsWith(Architecture.BasePrefix, StringComparison.Ordinal) ? _files.Find(name[Architecture.BasePrefix.Length..]) : null;

    /// <summary>Some writers keep a tied embedding under the head's name only.</summary>
    private TensorView? FindTied(ParameterSpec parameter) =>
        parameter.Name == ModelParameters.TokenEmbedding && Spec.Head.SharesEmbedding
            ? _files.Find(Architecture.Locate(Spec, parameter with { Name = $"{ModelParameters.Head}.weight" }).Name)
            : null;

    internal static IReadOnlyList<long> StoredShape(ParameterSpec parameter, WeightLocation location)
    {
        long rows = location.TotalRows == 0 ? parameter.Shape[0] : location.TotalRows;
        if (parameter.Shape.Length == 1)
            return location.IsRow ? [1, rows] : [rows];
        return location.Transposed ? [parameter.Shape[1], rows] : [rows, parameter.Shape[1]];
    }
}

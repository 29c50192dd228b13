using System.Collections.Immutable;
using Weft.Model.Architectures;
using Weft.Model.Checkpoints.Gguf;
using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Quantization;
using Weft.Model.Spec;

namespace Weft.Model.Checkpoints;

/// <summary>A model on disk, whatever its format: its specification and its memory-mapped weights.</summary>
public abstract class Checkpoint : IDisposable
{
    /// <summary>Ending of a GGUF file's name.</summary>
    public const string GgufEnding = ".gguf";

    /// <summary>Columns transposed together: whole cache lines are written, where single elements would touch one line each.</summary>
    private const int TransposeBlock = 16;

    /// <summary>Weights that are looked at together: whole blocks of every quantized type, and few enough for the cache.</summary>
    private const int CheckedTogether = 1 << 16;

    private protected Checkpoint(string path, Architecture architecture, ModelSpec spec)
    {
        Path = path;
        Architecture = architecture;
        Spec = spec;
    }

    /// <summary>The same model, whose weights another checkpoint changes.</summary>
    private protected Checkpoint(Checkpoint other)
        : this(other.Path, other.Architecture, other.Spec)
    {
        Ids = other.Ids;
        Labels = other.Labels;
        LabelsAreIndependent = other.LabelsAreIndependent;
        GivesNumber = other.GivesNumber;
    }

    /// <summary>The folder or the file.</summary>
    public string Path { get; }

    /// <summary>The family of the model.</summary>
    public Architecture Architecture { get; }

    /// <summary>What is computed.</summary>
    public ModelSpec Spec { get; }

    /// <summary>Ids that end a text; empty where the model names none.</summary>
    public ImmutableArray<int> EndOfTextIds => Ids.EndOfText;

    /// <summary>The id that a decoder beside an encoder begins with; null where the model names none.</summary>
    public int? DecoderStartId => Ids.DecoderStart;

    /// <summary>The id that has to follow <see cref="DecoderStartId"/>, such as a language; null where the model names none.</summary>
    public int? ForcedBeginId => Ids.ForcedBegin;

    /// <summary>
    /// Ids that are never to be chosen, such as padding in Marian, whose row of the table is zero and may win; empty where the model names
    /// none. Sequences of several ids that a model forbids are not among them.
    /// </summary>
    public ImmutableArray<int> SuppressedIds => Ids.Suppressed;

    /// <summary>Names of a classifier's labels, by their index; empty where the model has none.</summary>
    public ImmutableArray<string> Labels { get; private protected init; } = [];

    /// <summary>A classifier's labels do not exclude each other.</summary>
    public bool LabelsAreIndependent { get; private protected init; }

    /// <summary>A classifier's output is no label but a number by itself: a regression.</summary>
    public bool GivesNumber { get; private protected init; }

    /// <summary>The model's own file holds a tokenizer; a folder has one beside the weights.</summary>
    public virtual bool HasTokenizer => false;

    /// <summary>How its weights are quantized where their element types do not tell, such as <c>GPTQ, 4 bits, groups of 128</c>; else null.</summary>
    public virtual string? Packing => null;

    /// <summary>Ids that steer generation.</summary>
    private protected GenerationIds Ids { get; init; } = new();

    /// <summary>Opens a Hugging Face folder or a GGUF file; every tensor's presence and shape is checked before anything is read.</summary>
    /// <exception cref="CheckpointException">A file is missing, corrupt, or does not match; the message names it.</exception>
    /// <exception cref="DirectoryNotFoundException">No such folder.</exception>
    /// <exception cref="FileNotFoundException">No such file.</exception>
    public static Checkpoint Open(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (File.Exists(path) && !BeginsAsGguf(path))
            throw new CheckpointException(path, $"is no GGUF file; give a GGUF file, or the folder that holds {CompanionFile.Config}");
        bool isFile = File.Exists(path) || (IsGguf(path) && !Directory.Exists(path));
        return isFile ? GgufModel.Open(path) : HuggingFaceModel.Open(path);
    }

    /// <summary>The name is that of a GGUF file.</summary>
    public static bool IsGguf(string path) => path.EndsWith(GgufEnding, StringComparison.OrdinalIgnoreCase);

    /// <summary>The parameter's memory in the mapped file, where it lies there exactly as the specification wants it.</summary>
    /// <returns>False where the checkpoint stores it in another order or together with others; <see cref="Read"/> undoes that.</returns>
    public virtual bool TryMap(ParameterSpec parameter, out TensorView view)
    {
        (view, WeightLocation location) = Find(parameter);
        return location.IsPlain && view.IsContiguous;
    }

    /// <summary>The rows of a matrix in the mapped file, where each of them lies there as the specification wants it, in whatever order.</summary>
    /// <param name="parameter">One of <see cref="ModelParameters.Enumerate"/>, of two dimensions.</param>
    /// <param name="rows">The rows.</param>
    /// <returns>False where rows are not whole in the file, or not what the parameter is; <see cref="Read"/> makes them so.</returns>
    public virtual bool TryMapRows(ParameterSpec parameter, out TensorRows rows)
    {
        rows = default;
        (TensorView view, WeightLocation location) = Find(parameter);
        if (parameter.Shape.Length != 2 || location.Transposed || location.AddsOne || !view.IsContiguous || parameter.Shape[1] % view.Type.BlockLength() != 0)
            return false;
        rows = new(view, location, parameter.Shape[0], parameter.Shape[1]);
        return true;
    }

    /// <summary>Copies a parameter, widened to fp32, in the specification's own layout.</summary>
    /// <param name="parameter">One of <see cref="ModelParameters.Enumerate"/>.</param>
    /// <param name="destination">Exactly as many elements as the parameter has.</param>
    public virtual void Read(ParameterSpec parameter, Span<float> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(destination.Length, parameter.Count);
        (TensorView view, WeightLocation location) = Find(parameter);
        if (location.Transposed)
            ReadTransposed(view, location, parameter, destination);
        else
            ReadRows(view, location, parameter, destination);
    }

    /// <summary>
    /// Looks at every weight once, in fp32, which takes as long as reading the files does; no more than a part of a tensor is in memory.
    /// </summary>
    /// <param name="cancellation">Ends it between two parts.</param>
    /// <returns>How many weights there are, all of them finite; tensors that no parameter reads do not count.</returns>
    /// <exception cref="CheckpointException">A weight is infinite or not a number; the message names its file, tensor, index and value.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public long CheckWeights(CancellationToken cancellation = default)
    {
        // Several parameters may share one tensor.
        TensorView[] tensors = [.. ModelParameters.Enumerate(Spec).Select(parameter => Find(parameter).View).Distinct()];
        float[] part = new float[CheckedTogether];
        foreach (TensorView tensor in tensors)
            for (long start = 0; start < tensor.Count; start += CheckedTogether)
            {
                cancellation.ThrowIfCancellationRequested();
                Span<float> values = part.AsSpan(0, (int)Math.Min(CheckedTogether, tensor.Count - start));
                tensor.ReadFloats(start, values);
                if (values.IndexOfAnyExceptInRange(float.MinValue, float.MaxValue) is >= 0 and var index)
                    throw CheckpointException.NotFinite(tensor, start + index, values[index]);
            }
        return tensors.Sum(tensor => tensor.Count);
    }

    /// <summary>The element type that a parameter had where the model comes from: the one in the file, unless the file's format had to widen it.</summary>
    public virtual ElementType SourceType(ParameterSpec parameter) => Find(parameter).View.Type;

    /// <summary>The text of a file that stands beside the weights, such as <c>tokenizer_config.json</c>; null where there is none.</summary>
    /// <param name="name">One of <see cref="CompanionFile.Names"/>.</param>
    public abstract string? ReadCompanion(string name);

    /// <inheritdoc/>
    public abstract void Dispose();

    internal abstract (TensorView View, WeightLocation Location) Find(ParameterSpec parameter);

    /// <summary>The shape of the tensor at a location.</summary>
    internal static IReadOnlyList<long> StoredShape(ParameterSpec parameter, WeightLocation location)
    {
        long rows = location.TotalRows == 0 ? parameter.Shape[0] : location.TotalRows;
        if (parameter.Shape.Length == 1)
            return location.IsRow ? [1, rows] : [rows];
        if (location.Stacked > 0)
            return [location.Stacked, rows / location.Stacked, parameter.Shape[1]];
        return location.Transposed ? [parameter.Shape[1], rows] : [rows, parameter.Shape[1]];
    }

    /// <summary>The tensor, if it has the shape that the parameter needs and holds weights.</summary>
    private protected static TensorView Checked(string file, TensorView? view, ParameterSpec parameter, WeightLocation location)
    {
        IReadOnlyList<long> expected = StoredShape(parameter, location);
        if (view is null || !view.Shape.SequenceEqual(expected))
            throw new CheckpointException(file, location.Name, expected, view?.Shape);
        return view.Type.IsWeight() ? view : throw new CheckpointException(file,
            $"tensor '{location.Name}' holds {view.Type}, but weights are F32, F16, BF16, F64 or quantized ones of GGUF; unpack the checkpoint first");
    }

    /// <summary>Checks that every parameter has its tensor.</summary>
    private protected void FindAll()
    {
        foreach (ParameterSpec parameter in ModelParameters.Enumerate(Spec))
            Find(parameter);
    }

    private static void ReadRows(TensorView view, WeightLocation location, ParameterSpec parameter, Span<float> destination)
    {
        long rows = parameter.Shape[0], columns = parameter.Count / rows, together = location.RowsTogether(rows);
        for (long row = 0; row < rows; row += together)
            view.ReadFloats(location.StoredRow(row, rows) * columns, destination.Slice((int)(row * columns), (int)(together * columns)));
    }

    private static bool BeginsAsGguf(string path)
    {
        using FileStream stream = File.OpenRead(path);
        Span<byte> magic = stackalloc byte[4];
        return stream.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false) == magic.Length && magic.SequenceEqual("GGUF"u8);
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
}

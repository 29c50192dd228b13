using Weft.Model.Architectures;
using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.Gguf;
using Weft.Model.Spec;

namespace Weft.Model.Quantization;

// I inputs.

/// <summary>
/// Importance as <c>llama-imatrix</c> keeps it (llama.cpp, <c>tools/imatrix</c>): for each tensor NAME of the model the sums of squares NAME.in_sum2, [matrices, I], and how many rows
/// were added up, NAME.counts, [matrices, 1].
/// </summary>
internal static class ImportanceFile
{
    private const string TypeKey = "general.type", TypeValue = "imatrix", TextsKey = "imatrix.datasets", WindowsKey = "imatrix.chunk_count", WindowTokensKey = "imatrix.chunk_size";

    private const string Squares = ".in_sum2", Counts = ".counts";

    private const string Remedy = "give a file that llama-imatrix or weft quantize --save-importance made of this model";

    public static ImportanceMatrix Read(string path, Checkpoint model)
    {
        if (!File.Exists(path))
            throw new FileNotFoundException($"importance file '{path}' does not exist; {Remedy}", path);
        using GgufFile file = GgufFile.Open(path);
        return GgufFile.Reading(path, () =>
        {
            string type = file.Metadata.Text(TypeKey) ?? "unknown";
            if (type != TypeValue)
                throw new CheckpointException(path, $"is a GGUF file of the type '{type}', not '{TypeValue}'; {Remedy}");
            var columns = new Dictionary<string, ColumnImportance>(StringComparer.Ordinal);
            string example = "";
            foreach ((ParameterSpec parameter, WeightLocation location) in Located(model))
            {
                if (file.Tensors.ContainsKey(location.Name + Squares))
                    columns[parameter.Name] = Read(file, parameter, location);
                if (example.Length == 0 && ImportanceMatrix.IsMeasured(parameter))
                    example = location.Name;
            }
            if (columns.Count == 0)
                throw new CheckpointException(path, $"has importance for none of this model's matrices, such as '{example}'; {Remedy}");
            return new ImportanceMatrix(columns)
            {
                Texts = file.Metadata.Texts(TextsKey) ?? [],
                Windows = (int)Math.Clamp(file.Metadata.Integer(WindowsKey) ?? 0, 0, int.MaxValue),
                WindowTokens = (int)Math.Clamp(file.Metadata.Integer(WindowTokensKey) ?? 0, 0, int.MaxValue),
            };
        });
    }

    public static void Write(string path, ImportanceMatrix importance, Checkpoint model)
    {
        List<TensorSource> tensors = [];
        foreach (var parts in Located(model).GroupBy(part => part.Location.Name).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            // Matrices that lie one under the other have the same inputs, so that any of them tells those of all.
            ColumnImportance?[] matrices = new ColumnImportance?[Math.Max(1, parts.First().Location.Stacked)];
            foreach ((ParameterSpec parameter, WeightLocation location) in parts)
                if (importance.Columns.GetValueOrDefault(parameter.Name) is { } found)
                    matrices[ImportanceMatrix.MatrixOf(parameter, location)] = found;
            if (matrices.All(matrix => matrix is null))
                continue;
            float[] none = new float[parts.First().Parameter.Shape[^1]];
            tensors.Add(Tensor(parts.Key + Squares, [.. matrices.SelectMany(matrix => matrix?.Squares ?? none)], matrices.Length));
            tensors.Add(Tensor(parts.Key + Counts, [.. matrices.Select(matrix => (float)(matrix?.Rows ?? 0))], matrices.Length));
        }
        GgufWriter.Write(path, new OrderedDictionary<string, object>
        {
            [TypeKey] = TypeValue,
            [TextsKey] = importance.Texts.ToArray(),
            [WindowsKey] = (uint)importance.Windows,
            [WindowTokensKey] = (uint)importance.WindowTokens,
        }, tensors);
    }

    private static TensorSource Tensor(string name, float[] values, int matrices) =>
        new(name, ElementType.F32, [matrices, values.Length / matrices], stream => FloatEncoding.Write(stream, ElementType.F32, values));

    /// <summary>The matrices of a model with their tensors in a GGUF file.</summary>
    private static IEnumerable<(ParameterSpec Parameter, WeightLocation Location)> Located(Checkpoint model)
    {
        GgufMapping mapping = GgufMapping.Of(model.Architecture, model.Spec);
        return ModelParameters.Enumerate(model.Spec).Where(parameter => parameter.Shape.Length == 2).Select(parameter => (parameter, mapping.Locate(parameter)));
    }

    private static ColumnImportance Read(GgufFile file, ParameterSpec parameter, WeightLocation location)
    {
        long inputs = parameter.Shape[1], matrices = Math.Max(1, location.Stacked);
        TensorView squares = file.Tensors[location.Name + Squares];
        if (squares.Count != matrices * inputs)
            throw CheckpointException.OfTensor(file.FilePath, squares.Name, $"has {squares.Count} numbers, but this model's '{location.Name}' has {matrices * inputs} columns; {Remedy}");
        if (file.Tensors.GetValueOrDefault(location.Name + Counts) is not { } counts || (counts.Count != 1 && counts.Count != matrices))
            throw CheckpointException.OfTensor(file.FilePath, location.Name + Counts, $"is missing or has not 1 or {matrices} numbers; {Remedy}");
        int matrix = ImportanceMatrix.MatrixOf(parameter, location);
        float[] sums = new float[inputs], rows = new float[1];
        squares.ReadFloats(matrix * inputs, sums);
        counts.ReadFloats(counts.Count == 1 ? 0 : matrix, rows);
        Check(squares, sums);
        Check(counts, rows);
        return new(sums, (long)rows[0]);
    }

    private static void Check(TensorView tensor, ReadOnlySpan<float> values)
    {
        if (tensor.Type != ElementType.F32)
            throw CheckpointException.OfTensor(tensor.FilePath, tensor.Name, $"is {tensor.Type}, where F32 was expected; {Remedy}");
        foreach (float value in values)
            if (value is not (>= 0 and <= float.MaxValue))
                throw CheckpointException.OfTensor(tensor.FilePath, tensor.Name,
                    string.Create(System.Globalization.CultureInfo.InvariantCulture, $"has the value {value}, where a finite one of 0 or more was expected; measure the importance again"));
    }
}

using Weft.Model.Architectures;
using Weft.Model.Checkpoints;
using Weft.Model.Spec;

namespace Weft.Model.Quantization;

// I inputs.

/// <summary>
/// What errors in the columns of a model's matrices count when it is quantized: the mean square of what each column is multiplied with over a text. llama.cpp calls
/// it an imatrix.
/// </summary>
/// <param name="columns">By the parameters' names. Matrices without an entry are quantized as without importance.</param>
public sealed class ImportanceMatrix(IReadOnlyDictionary<string, ColumnImportance> columns)
{
    /// <summary>By the parameters' names, such as <c>blocks.0.attention.query.weight</c>.</summary>
    public IReadOnlyDictionary<string, ColumnImportance> Columns => columns;

    /// <summary>The texts that it was measured on; empty where it is not known.</summary>
    public IReadOnlyList<string> Texts { get; init; } = [];

    /// <summary>Pieces of the texts that the model read; 0 where it is not known.</summary>
    public int Windows { get; init; }

    /// <summary>Tokens of a piece; 0 where it is not known.</summary>
    public int WindowTokens { get; init; }

    /// <summary>Reads a file that <see cref="Save"/> or <c>llama-imatrix</c> wrote, in its GGUF form.</summary>
    /// <param name="path">The file.</param>
    /// <param name="model">The model that it was measured with.</param>
    /// <exception cref="CheckpointException">It holds no importance, or that of another model, or a number that no mean of squares can be; the message names it.</exception>
    /// <exception cref="FileNotFoundException">No such file.</exception>
    public static ImportanceMatrix Open(string path, Checkpoint model) => ImportanceFile.Read(path, model);

    /// <summary>Writes a GGUF file as <c>llama-imatrix</c> does, which <c>llama-quantize --imatrix</c> reads, under the names that the model has in a GGUF file.</summary>
    /// <param name="path">The file, replaced atomically.</param>
    /// <param name="model">The model that it was measured with.</param>
    public void Save(string path, Checkpoint model) => ImportanceFile.Write(path, this, model);

    /// <summary>The matrices of a model's blocks for which nothing is known.</summary>
    public IEnumerable<string> Missing(ModelSpec spec) => ModelParameters.Enumerate(spec)
        .Where(parameter => IsMeasured(parameter) && !columns.ContainsKey(parameter.Name))
        .Select(parameter => parameter.Name);

    /// <summary>The parameter is a matrix of a block, which is what is measured; tables and the output are not.</summary>
    internal static bool IsMeasured(ParameterSpec parameter) =>
        parameter.Shape.Length == 2 && parameter.Part is "attention" or "feed-forward" && !parameter.Name.Contains("relative_", StringComparison.Ordinal);

    /// <summary>
    /// The importance of the columns of a tensor, [I], or [matrices, I] where it holds the matrices of several experts; empty where nothing is known. Matrices that lie one under the
    /// other in a tensor have the same inputs.
    /// </summary>
    internal float[] Of(IReadOnlyList<(ParameterSpec Parameter, WeightLocation Location)> parts)
    {
        int inputs = (int)parts[0].Parameter.Shape[^1], matrices = Math.Max(1, parts[0].Location.Stacked);
        if (!parts.Any(part => columns.ContainsKey(part.Parameter.Name)))
            return [];
        float[] importance = new float[matrices * inputs];
        importance.AsSpan().Fill(1);
        foreach ((ParameterSpec parameter, WeightLocation location) in parts)
            if (columns.TryGetValue(parameter.Name, out ColumnImportance? found))
                found.Write(importance.AsSpan(MatrixOf(parameter, location) * inputs, inputs));
        return importance;
    }

    /// <summary>Which of the matrices of a tensor a parameter is.</summary>
    internal static int MatrixOf(ParameterSpec parameter, WeightLocation location) => location.Stacked == 0 ? 0 : (int)(location.RowOffset / parameter.Shape[0]);
}

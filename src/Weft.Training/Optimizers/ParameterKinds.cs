using Weft.Model.Spec;
using Weft.Training.Modules;

using static TorchSharp.torch;

namespace Weft.Training.Optimizers;

/// <summary>What optimizers want to know of a parameter beside its numbers.</summary>
internal static class ParameterKinds
{
    /// <summary>A table that ids, positions or segments choose rows of.</summary>
    public static bool IsEmbedding(this TrainableParameter parameter) => parameter.Parts[0].Part == "embedding";

    /// <summary>
    /// A matrix that maps hidden states to hidden states: neither a table of embeddings or of distances nor a head, and more than one row.
    /// </summary>
    public static bool IsHiddenMatrix(this TrainableParameter parameter) => parameter.Parts.All(IsHiddenMatrix);

    /// <inheritdoc cref="IsHiddenMatrix(TrainableParameter)"/>
    public static bool IsHiddenMatrix(ParameterSpec part) =>
        part.Part is "attention" or "feed-forward" && part.Shape is [> 1, > 1] && !IsTableOfDistances(part.Name);

    /// <summary>Of the present step; it belongs to the dispose scope around the call.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public static Tensor Gradient(this TrainableParameter parameter) =>
        parameter.Tensor.grad ?? throw new InvalidOperationException($"parameter '{parameter.Name}' has no gradient");

    private static bool IsTableOfDistances(string name) =>
        name.EndsWith(ModelParameters.RelativeBias, StringComparison.Ordinal) || name.Contains(".relative_", StringComparison.Ordinal);
}

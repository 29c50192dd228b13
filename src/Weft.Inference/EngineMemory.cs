using Weft.Inference.Kernels.Panels;
using Weft.Inference.Weights;
using Weft.Model.Checkpoints;
using Weft.Model.Spec;

namespace Weft.Inference;

/// <summary>What the engine will take of memory, from a model's specification and the headers of its files: no weight is read.</summary>
public static class EngineMemory
{
    /// <summary>
    /// Bytes of a model's weights in the engine: matrices as they are packed, tables as they lie in the file, vectors in fp32. Weights that are transposed in the
    /// file are expected in their own type; where rounding shows that they are not, they take more.
    /// </summary>
    public static long WeightBytes(Checkpoint model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return ModelParameters.Enumerate(model.Spec).Sum(parameter => WeightBytes(model, parameter));
    }

    /// <summary>Bytes of the keys and values of one token; a cache takes whole pages of 64 tokens.</summary>
    /// <param name="spec">The model.</param>
    /// <param name="type">See <see cref="EngineOptions.CacheType"/>.</param>
    public static double CacheBytesPerToken(ModelSpec spec, ElementType type = ElementType.F32)
    {
        ArgumentNullException.ThrowIfNull(spec);
        return (double)new CacheLayout(spec.Stack.Blocks.Select(block => block.Attention), type).PageBytes / Kernels.AttentionRow.BlockSize;
    }

    /// <exception cref="InsufficientMemoryException">The machine, or the container that the process runs in, has less than the weights need.</exception>
    internal static void CheckWeights(Checkpoint model)
    {
        long needed = WeightBytes(model), there = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (needed > there)
            throw new InsufficientMemoryException(
                $"model '{model.Path}' needs {needed / 1e9:F1} GB of memory for its weights, but this process may use {there / 1e9:F1} GB; quantize the model to a narrower type, or use a larger machine");
    }

    private static long WeightBytes(Checkpoint model, ParameterSpec parameter)
    {
        // Tables of distances are no matrices that inputs are multiplied with.
        if (parameter.Shape.Length != 2 || parameter.Name.Contains("relative_", StringComparison.Ordinal))
            return parameter.Count * sizeof(float);
        bool isTable = parameter.Part == "embedding", isMatrix = !isTable || (parameter.Name == ModelParameters.TokenEmbedding && model.Spec.Head.SharesEmbedding);
        ElementType type = WeightStore.TypeOf(model, parameter, out _, out _);
        long table = !isTable ? 0 : model.TryMapRows(parameter, out TensorRows rows) ? rows.RowBytes * parameter.Shape[0] : parameter.Count * sizeof(float);
        if (!isMatrix)
            return table;
        return Math.Max(table, PanelLayout.Of(type).PanelBytes((int)parameter.Shape[1]) * PanelLayout.Panels((int)parameter.Shape[0]));
    }
}

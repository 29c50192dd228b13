using Weft.Model.Quantization;
using Weft.Model.Spec;

namespace Weft.Model.Checkpoints;

/// <summary>How a checkpoint is written in another format.</summary>
public sealed record ConversionOptions
{
    /// <summary>F32, F16 or BF16; null keeps each tensor's type, where quantized ones and F64 become F32.</summary>
    public ElementType? Type { get; init; }

    /// <summary>Decides each tensor's type in place of <see cref="Type"/>; GGUF files only.</summary>
    public QuantizationMix? Mix { get; init; }

    /// <summary>What errors in the columns of matrices count where <see cref="Mix"/> quantizes them; null where all count alike.</summary>
    public ImportanceMatrix? Importance { get; init; }

    /// <summary>Called before each parameter is read, in the order of the forward pass.</summary>
    public Action<ParameterSpec>? Progress { get; init; }

    /// <summary>Ends the conversion between two parameters; no file is left half written.</summary>
    public CancellationToken Cancellation { get; init; }
}

/// <summary>Reads the parameters of a checkpoint for writing, and refuses numbers that the written file could not hold.</summary>
/// <param name="source">What is read.</param>
/// <param name="options">The types and who is told.</param>
/// <param name="widensVectors">Vectors are written in fp32 whatever their type is.</param>
internal sealed class CheckedReading(Checkpoint source, ConversionOptions options, bool widensVectors = false)
{
    /// <exception cref="CheckpointException">A number is not finite, or not in the type.</exception>
    public float[] Read(ParameterSpec parameter)
    {
        options.Cancellation.ThrowIfCancellationRequested();
        options.Progress?.Invoke(parameter);
        float[] values = new float[parameter.Count];
        source.Read(parameter, values);
        ElementType type = TypeOf([parameter]);
        if (FloatEncoding.FirstOutside(type, values) is >= 0 and var i)
            throw new CheckpointException(source.Path, string.Create(System.Globalization.CultureInfo.InvariantCulture,
                $"tensor '{source.Find(parameter).View.Name}' (parameter '{parameter.Name}') has the value {values[i]} at element {i}; ")
                + (float.IsFinite(values[i]) ? $"{type} cannot hold it, choose F32" : "its weights are damaged, fetch the model again"));
        return values;
    }

    /// <summary>The type in which a tensor is written that these parameters share.</summary>
    public ElementType TypeOf(IReadOnlyList<ParameterSpec> parameters) =>
        widensVectors && parameters[0].Shape.Length == 1 ? ElementType.F32 : options.Mix?.TypeOf(source.Spec, parameters, options.Importance is not null) ?? WantedType(parameters);

    /// <summary>The type that a tensor should have, whether or not vectors may have it and whatever a mix says.</summary>
    public ElementType WantedType(IReadOnlyList<ParameterSpec> parameters)
    {
        if (options.Type is { } chosen)
            return chosen;
        ElementType first = source.SourceType(parameters[0]);
        bool kept = first is ElementType.F16 or ElementType.BF16 && parameters.All(parameter => source.SourceType(parameter) == first);
        return kept ? first : ElementType.F32;
    }
}

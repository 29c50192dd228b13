using Weft.Model.Architectures;
using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Spec;

namespace Weft.Model.Checkpoints.Gguf;

/// <summary>What the GGUF file of a model holds apart from numbers, for those who make the numbers themselves: no checkpoint is needed.</summary>
/// <param name="Metadata">The keys that describe the model; types and tokenizer are left to the caller.</param>
/// <param name="Tensors">The tensors in the order of the forward pass.</param>
public sealed record GgufTemplate(IReadOnlyList<KeyValuePair<string, object>> Metadata, IReadOnlyList<GgufTensorSlot> Tensors)
{
    /// <summary>As <see cref="GgufExport"/> lays such a model out: as llama.cpp does where it computes the same, else under Weft's own names.</summary>
    /// <param name="architecture">The family.</param>
    /// <param name="spec">A valid specification.</param>
    /// <exception cref="NotSupportedException">A config is needed, and the family cannot express the specification.</exception>
    public static GgufTemplate Of(Architecture architecture, ModelSpec spec)
    {
        ArgumentNullException.ThrowIfNull(architecture);
        ArgumentNullException.ThrowIfNull(spec);
        GgufMapping mapping = GgufMapping.Of(architecture, spec);
        List<KeyValuePair<string, object>> metadata = [new(GgufKeys.Architecture, mapping.Name), new("general.type", "model"), .. mapping.Keys];
        if (mapping.Name == GgufMapping.Own)
            metadata.Add(new(GgufKeys.OfCompanion(CompanionFile.Config), HuggingFaceExport.ConfigOf(architecture, spec, [])));
        return new(metadata, [.. ModelParameters.Enumerate(spec)
            .Select(parameter => (Parameter: parameter, Location: mapping.Locate(parameter)))
            .GroupBy(part => part.Location.Name)
            .Select(parts => new GgufTensorSlot(parts.Key, Checkpoint.StoredShape(parts.First().Parameter, parts.First().Location), [.. parts.Select(part => part.Parameter)]))]);
    }
}

/// <summary>A tensor without its numbers.</summary>
/// <param name="Name">In the file.</param>
/// <param name="Shape">Sizes, slowest dimension first.</param>
/// <param name="Parameters">What lies in it: one parameter, or several that the family joins.</param>
public sealed record GgufTensorSlot(string Name, IReadOnlyList<long> Shape, IReadOnlyList<ParameterSpec> Parameters);

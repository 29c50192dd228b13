using System.Collections.Immutable;
using Weft.Gguf;
using Weft.Model.Architectures;
using Weft.Model.Spec;

namespace Weft.Model.Checkpoints.Gguf;

/// <summary>How one model lies in a GGUF file: as llama.cpp keeps its family, or under Weft's own names.</summary>
/// <param name="Name"><c>general.architecture</c>.</param>
/// <param name="Locate">Where a parameter lies.</param>
/// <param name="Keys">The keys that describe the model; none under Weft's own names, where the config alone does.</param>
internal sealed record GgufMapping(string Name, Func<ParameterSpec, WeightLocation> Locate, OrderedDictionary<string, object> Keys)
{
    public const string Own = "weft";

    /// <summary>As llama.cpp keeps the family, if it computes exactly this specification; else under Weft's own names.</summary>
    public static GgufMapping Of(Architecture architecture, ModelSpec spec) =>
        architecture.Gguf is { } layout && Find(layout, spec) is { } mapping ? mapping : new(Own, WithOwnName, []);

    public static WeightLocation WithOwnName(ParameterSpec parameter) => new(parameter.Name);

    /// <summary>A family says only what its keys and tensors say, so what they give when read again must be the specification.</summary>
    private static GgufMapping? Find(GgufLayout layout, ModelSpec spec)
    {
        var mapping = new GgufMapping(layout.Name, parameter => GgufNames.Locate(layout, spec, parameter), GgufSpec.Write(layout, spec));
        using var stream = new MemoryStream();
        GgufMetadataWriter.Write(stream, mapping.Keys, 0);
        stream.Position = 0;
        using GgufMetadata metadata = GgufMetadata.Open(stream, "keys");
        try
        {
            var facts = new GgufFacts(metadata, layout.Name, ModelParameters.Enumerate(spec)
                .Select(parameter => (Parameter: parameter, Location: mapping.Locate(parameter)))
                .DistinctBy(part => part.Location.Name)
                .ToDictionary(part => part.Location.Name, part => Checkpoint.StoredShape(part.Parameter, part.Location).ToImmutableArray()))
            {
                Factors = RotaryFactors.Of(spec).Where(pair => pair.Key != RotaryFactors.Tensor).ToDictionary(),
            };
            return GgufSpec.Read(layout, facts) == WithoutFactors(spec) ? mapping : null;
        }
        catch (Exception e) when (e is NotSupportedException or CheckpointException)
        {
            // A parameter without a name, or a value that the keys cannot hold.
            return null;
        }
    }

    /// <summary>Llama 3.1's scaling goes into a tensor whatever its constants are, not into keys.</summary>
    private static ModelSpec WithoutFactors(ModelSpec spec) => spec.Decoder is null ? spec : spec with
    {
        Decoder = spec.Decoder with
        {
            Blocks = [.. spec.Decoder.Blocks.Select(block => block.Attention.Position is PositionSpec.Rotary { Scaling: RotaryScaling.Llama3 } rotary
                ? block with { Attention = block.Attention with { Position = rotary with { Scaling = new RotaryScaling.None() } } }
                : block)],
        },
    };
}

using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;

using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Spec;

namespace Weft.Model.Architectures;

/// <summary>
/// Weft's own: the config holds the whole specification, and weights have Weft's names, so that every model can be saved, whatever it is
/// composed of. Other programs do not know it.
/// </summary>
public sealed class WeftArchitecture : Architecture
{
    private const string Specification = "spec";

    /// <summary>Names of the parameters of specifications that are in use.</summary>
    private readonly ConditionalWeakTable<ModelSpec, HashSet<string>> _names = [];

    /// <inheritdoc/>
    public override string ModelType => "weft";

    /// <inheritdoc/>
    public override string ClassPrefix => "Weft";

    /// <inheritdoc/>
    public override string BasePrefix => "";

    /// <inheritdoc/>
    public override bool ConfigHasPooling => true;

    /// <inheritdoc/>
    public override HeadSpec? MaskedHead(ModelSpec spec) => spec is { Encoder.Blocks: [var block, ..], Decoder: null }
        ? new HeadSpec.MaskedLanguageModel(TiedEmbedding: true, block.FeedForward.Activation, block.AttentionNorm)
        : null;

    /// <inheritdoc/>
    public override ModelSpec ReadConfig(ConfigReader config) => config.ReadJson(Specification, SpecJson.Read);

    /// <inheritdoc/>
    public override void WriteConfig(ModelSpec spec, JsonObject config) => config[Specification] = SpecJson.Write(spec);

    /// <inheritdoc/>
    public override WeightLocation Locate(ModelSpec spec, ParameterSpec parameter)
    {
        HashSet<string> names = _names.GetValue(spec, one => [.. ModelParameters.Enumerate(one).Select(known => known.Name), $"{ModelParameters.Head}.weight"]);
        return names.Contains(parameter.Name) ? new(parameter.Name) : throw NoTensor(parameter);
    }

    /// <inheritdoc/>
    public override bool IsIgnorable(ModelSpec spec, string tensor) => false;
}

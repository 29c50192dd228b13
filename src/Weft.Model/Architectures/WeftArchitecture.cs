using System.Text.Json;
using System.Text.Json.Nodes;

using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Spec;

namespace Weft.Model.Architectures;

/// <summary>Any specification at all, itself in the config and under Weft's own names: for models that no published family can express.</summary>
public sealed class WeftArchitecture : Architecture
{
    private const string SpecKey = "spec";

    /// <inheritdoc/>
    public override string ModelType => "weft";

    /// <inheritdoc/>
    public override string ClassPrefix => "Weft";

    /// <inheritdoc/>
    public override string BasePrefix => "";

    /// <inheritdoc/>
    public override ModelSpec ReadConfig(ConfigReader config)
    {
        try
        {
            return SpecJson.Read(config.ReadElement(SpecKey));
        }
        catch (JsonException e)
        {
            throw new CheckpointException(config.File, $"key '{SpecKey}' is no specification ({e.Message})", e);
        }
    }

    /// <inheritdoc/>
    public override void WriteConfig(ModelSpec spec, JsonObject config) => config[SpecKey] = SpecJson.Write(spec);

    /// <inheritdoc/>
    public override WeightLocation Locate(ModelSpec spec, ParameterSpec parameter) => new(parameter.Name);
}

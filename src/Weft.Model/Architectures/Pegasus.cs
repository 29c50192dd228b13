using System.Text.Json.Nodes;

using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Spec;

namespace Weft.Model.Architectures;

/// <summary>PEGASUS (Zhang et al. 2019, arXiv:1912.08777): norms before each part, sinusoidal positions.</summary>
public sealed class Pegasus : SinusoidalBartFamily
{
    private static readonly PositionSpec Positions = new PositionSpec.Sinusoidal(SinusoidLayout.Halves);

    /// <inheritdoc/>
    public override string ModelType => "pegasus";

    /// <inheritdoc/>
    public override string ClassPrefix => "Pegasus";

    /// <inheritdoc/>
    private protected override NormPlacement Placement => NormPlacement.Pre;

    /// <inheritdoc/>
    private protected override IReadOnlyList<(string Key, bool Value)> Flags =>
        [("normalize_before", true), ("normalize_embedding", false), ("add_final_layer_norm", true), ("static_position_embeddings", true)];

    /// <inheritdoc/>
    private protected override PositionSpec ReadPositions(ConfigReader config, int context) => Positions;

    /// <inheritdoc/>
    private protected override void WritePositions(ModelSpec spec, JsonObject config) =>
        Require(spec.Embedding.Position == Positions, "positions other than sinusoids, first all sines");
}

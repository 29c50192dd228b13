using System.Text.Json.Nodes;

using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Spec;

namespace Weft.Model.Architectures;

/// <summary>M2M-100 (Fan et al. 2020, arXiv:2010.11125) and NLLB: norms before each part, Tensor2Tensor's sinusoids, which begin after the id of padding.</summary>
public sealed class M2M100 : SinusoidalBartFamily
{
    private const string Padding = "pad_token_id";

    /// <inheritdoc/>
    public override string ModelType => "m2m_100";

    /// <inheritdoc/>
    public override string ClassPrefix => "M2M100";

    /// <inheritdoc/>
    private protected override NormPlacement Placement => NormPlacement.Pre;

    /// <inheritdoc/>
    private protected override bool HasLogitBias => false;

    /// <inheritdoc/>
    private protected override (string Activation, bool Scales) WhenAbsent => ("relu", true);

    /// <inheritdoc/>
    private protected override IReadOnlyList<(string Key, bool Value)> Flags => [];

    /// <inheritdoc/>
    private protected override PositionSpec ReadPositions(ConfigReader config, int context)
    {
        int padding = config.ReadInt(Padding, 1);
        config.Check(padding is >= 0 and < int.MaxValue, Padding, "it must be an id");
        return new PositionSpec.Sinusoidal(SinusoidLayout.HalvesToTheEnd) { Offset = padding + 1 };
    }

    /// <inheritdoc/>
    private protected override void WritePositions(ModelSpec spec, JsonObject config)
    {
        var positions = spec.Embedding.Position as PositionSpec.Sinusoidal;
        Require(positions is { Layout: SinusoidLayout.HalvesToTheEnd, Offset: > 0 }, "positions other than Tensor2Tensor's sinusoids that begin after the id of padding");
        config[Padding] = positions!.Offset - 1;
    }
}

using System.Text.Json.Nodes;

using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Spec;

namespace Weft.Model.Architectures;

/// <summary>BART (Lewis et al. 2019, arXiv:1910.13461): norms after each part, learned positions, and a normalised embedding.</summary>
public sealed class Bart : BartFamily
{
    /// <summary>Rows before the first position.</summary>
    private const int Offset = 2;

    /// <summary>The family's classes take three labels where a config says nothing: entailment, its contrary, and neither.</summary>
    private const int DefaultLabels = 3;

    /// <inheritdoc/>
    public override string ModelType => "bart";

    /// <inheritdoc/>
    public override string ClassPrefix => "Bart";

    /// <inheritdoc/>
    private protected override NormPlacement Placement => NormPlacement.Post;

    /// <inheritdoc/>
    private protected override bool NormalizesEmbedding => true;

    /// <inheritdoc/>
    private protected override IReadOnlyList<(string Key, bool Value)> Flags =>
        [("normalize_before", false), ("normalize_embedding", true), ("add_final_layer_norm", false), ("static_position_embeddings", false)];

    /// <summary>The state of the decoder's last token, which is that of the end of the text.</summary>
    private protected override HeadSpec[] OtherHeads => [new HeadSpec.SequenceClassification(AnyLabels, Pooling.Last, Bias: true) { Transform = Activation.Tanh }];

    /// <inheritdoc/>
    private protected override HeadSpec ReadHead(ConfigReader config) =>
        base.ReadHead(config) is HeadSpec.SequenceClassification classes && !config.Has("id2label") && !config.Has("num_labels")
            ? classes with { Labels = DefaultLabels }
            : base.ReadHead(config);

    /// <inheritdoc/>
    private protected override PositionSpec ReadPositions(ConfigReader config, int context) => new PositionSpec.Learned(context) { Offset = Offset };

    /// <inheritdoc/>
    private protected override void WritePositions(ModelSpec spec, JsonObject config) =>
        Require(spec.Embedding.Position == new PositionSpec.Learned(spec.ContextLength) { Offset = Offset }, $"positions other than learned ones for the whole context, {Offset} rows before them");
}

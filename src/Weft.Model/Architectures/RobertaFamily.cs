using System.Text.Json.Nodes;

using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Spec;

namespace Weft.Model.Architectures;

/// <summary>BERT's encoder whose positions begin after the id of padding, and with heads of its own.</summary>
public abstract class RobertaFamily : BertFamily
{
    private const string Padding = "pad_token_id";

    /// <inheritdoc/>
    public override string BasePrefix => "roberta.";

    /// <inheritdoc/>
    private protected override IReadOnlyList<string> HeadPrefixes => ["lm_head.", "roberta.pooler."];

    /// <inheritdoc/>
    public override IEnumerable<string> OtherNames(string tensor) => tensor == "lm_head.bias" ? ["lm_head.decoder.bias"] : [];

    /// <inheritdoc/>
    private protected override Activation VocabularyActivation(Activation ofBlocks) => Activation.Gelu;

    /// <inheritdoc/>
    private protected override int ReadOffset(ConfigReader config)
    {
        int padding = config.ReadInt(Padding, 1);
        config.Check(padding is >= 0 and < int.MaxValue, Padding, "it must be an id");
        return padding + 1;
    }

    /// <inheritdoc/>
    private protected override void WriteLayout(Layout layout, JsonObject config)
    {
        Require(layout.Offset > 0, "positions that begin with the first row");
        base.WriteLayout(layout, config);
        config[Padding] = layout.Offset - 1;
    }

    /// <inheritdoc/>
    private protected override string? HeadTensorName(HeadSpec head, string part, string suffix) => (head, part, suffix) switch
    {
        (HeadSpec.MaskedLanguageModel, "transform", _) => $"lm_head.dense.{suffix}",
        (HeadSpec.MaskedLanguageModel, "norm", _) => $"lm_head.layer_norm.{suffix}",
        (HeadSpec.MaskedLanguageModel, "", "weight") => "lm_head.decoder.weight",
        (HeadSpec.MaskedLanguageModel, "", "bias") => "lm_head.bias",
        (HeadSpec.SequenceClassification, "transform", _) => $"classifier.dense.{suffix}",
        (HeadSpec.SequenceClassification, "", _) => $"classifier.out_proj.{suffix}",
        (HeadSpec.TokenClassification, "", _) => $"classifier.{suffix}",
        (HeadSpec.Spans, "", _) => $"qa_outputs.{suffix}",
        (HeadSpec.PooledEmbedding, "transform", _) => $"roberta.pooler.dense.{suffix}",
        _ => null,
    };
}

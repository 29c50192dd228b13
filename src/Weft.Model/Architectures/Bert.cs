using System.Text.Json.Nodes;

using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Spec;

namespace Weft.Model.Architectures;

/// <summary>BERT (Devlin et al. 2018, arXiv:1810.04805).</summary>
public sealed class Bert : BertFamily
{
    /// <inheritdoc/>
    public override string ModelType => "bert";

    /// <inheritdoc/>
    public override string ClassPrefix => "Bert";

    /// <inheritdoc/>
    public override string BasePrefix => "bert.";

    /// <inheritdoc/>
    private protected override IReadOnlyList<string> HeadPrefixes => ["cls.", "bert.pooler."];

    /// <inheritdoc/>
    public override IEnumerable<string> OtherNames(string tensor)
    {
        // As TensorFlow names the numbers of a norm; bert-base-uncased itself is published so.
        if (tensor.EndsWith("LayerNorm.weight", StringComparison.Ordinal))
            yield return $"{tensor[..^"weight".Length]}gamma";
        if (tensor.EndsWith("LayerNorm.bias", StringComparison.Ordinal))
            yield return $"{tensor[..^"bias".Length]}beta";
        if (tensor == "cls.predictions.bias")
            yield return "cls.predictions.decoder.bias";
    }

    /// <inheritdoc/>
    private protected override HeadSpec ReadHead(ConfigReader config, HeadSpec[] heads) =>
        // What predicts the next sentence is left aside.
        config.ReadTextList("architectures").Contains($"{ClassPrefix}ForPreTraining") ? heads[0] : base.ReadHead(config, heads);

    /// <inheritdoc/>
    private protected override void WriteLayout(Layout layout, JsonObject config)
    {
        Require(layout.Offset == 0, "positions that do not begin with the first row");
        base.WriteLayout(layout, config);
    }

    /// <inheritdoc/>
    private protected override string? HeadTensorName(HeadSpec head, string part, string suffix) => (head, part, suffix) switch
    {
        (HeadSpec.MaskedLanguageModel, "transform", _) => $"cls.predictions.transform.dense.{suffix}",
        (HeadSpec.MaskedLanguageModel, "norm", _) => $"cls.predictions.transform.LayerNorm.{suffix}",
        (HeadSpec.MaskedLanguageModel, "", "weight") => "cls.predictions.decoder.weight",
        (HeadSpec.MaskedLanguageModel, "", "bias") => "cls.predictions.bias",
        (HeadSpec.SequenceClassification or HeadSpec.PooledEmbedding, "transform", _) => $"bert.pooler.dense.{suffix}",
        (HeadSpec.SequenceClassification or HeadSpec.TokenClassification, "", _) => $"classifier.{suffix}",
        (HeadSpec.Spans, "", _) => $"qa_outputs.{suffix}",
        _ => null,
    };
}

using System.Text.Json.Nodes;

using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Spec;

namespace Weft.Model.Architectures;

/// <summary>DistilBERT (Sanh et al. 2019, arXiv:1910.01108): BERT without segments and pooler, and with half the blocks.</summary>
public sealed class DistilBert : EncoderFamily
{
    /// <summary>No key says it.</summary>
    private const double Epsilon = 1e-12;

    /// <inheritdoc/>
    public override string ModelType => "distilbert";

    /// <inheritdoc/>
    public override string ClassPrefix => "DistilBert";

    /// <inheritdoc/>
    public override string BasePrefix => "distilbert.";

    /// <inheritdoc/>
    private protected override Keys Names => new("dim", "n_heads", "n_layers", "hidden_dim", "activation");

    /// <inheritdoc/>
    private protected override string BlocksName => "transformer.layer";

    /// <inheritdoc/>
    private protected override IReadOnlyList<string> HeadPrefixes => ["vocab_transform.", "vocab_layer_norm.", "vocab_projector."];

    /// <inheritdoc/>
    private protected override Activation ClassifierActivation => Activation.Relu;

    /// <inheritdoc/>
    private protected override Activation? PoolerActivation => null;

    /// <inheritdoc/>
    private protected override Layout ReadLayout(ConfigReader config)
    {
        // Sinusoidal positions are stored as a table too, so that they need nothing of their own.
        config.ReadBool("sinusoidal_pos_embds", false);
        return new(new(Epsilon, Bias: true), TokenTypes: 0, Offset: 0);
    }

    /// <inheritdoc/>
    private protected override void WriteLayout(Layout layout, JsonObject config)
    {
        Require(layout.Norm.Epsilon == Epsilon, $"norms whose epsilon is not {Epsilon}");
        Require(layout.TokenTypes == 0, "token types");
        Require(layout.Offset == 0, "positions that do not begin with the first row");
        config["sinusoidal_pos_embds"] = false;
        // One statement each: a JSON node has one parent, so a chained assignment fails.
        config["attention_dropout"] = 0.0;
        config["dropout"] = 0.0;
        config["seq_classif_dropout"] = 0.0;
        config["qa_dropout"] = 0.0;
    }

    /// <inheritdoc/>
    private protected override string? NameInBlock(string part) => part switch
    {
        "attention.query" => "attention.q_lin",
        "attention.key" => "attention.k_lin",
        "attention.value" => "attention.v_lin",
        "attention.output" => "attention.out_lin",
        "attention_norm" => "sa_layer_norm",
        "feed_forward.up" => "ffn.lin1",
        "feed_forward.down" => "ffn.lin2",
        "feed_forward_norm" => "output_layer_norm",
        _ => null,
    };

    /// <inheritdoc/>
    private protected override string? HeadTensorName(HeadSpec head, string part, string suffix) => (head, part) switch
    {
        (HeadSpec.MaskedLanguageModel, "transform") => $"vocab_transform.{suffix}",
        (HeadSpec.MaskedLanguageModel, "norm") => $"vocab_layer_norm.{suffix}",
        (HeadSpec.MaskedLanguageModel, "") => $"vocab_projector.{suffix}",
        (HeadSpec.SequenceClassification, "transform") => $"pre_classifier.{suffix}",
        (HeadSpec.SequenceClassification or HeadSpec.TokenClassification, "") => $"classifier.{suffix}",
        (HeadSpec.Spans, "") => $"qa_outputs.{suffix}",
        _ => null,
    };
}

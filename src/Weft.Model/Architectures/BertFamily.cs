using System.Text.Json.Nodes;

using Weft.Model.Checkpoints.HuggingFace;

namespace Weft.Model.Architectures;

/// <summary>What the configs of BERT and RoBERTa share.</summary>
public abstract class BertFamily : EncoderFamily
{
    private const string Epsilon = "layer_norm_eps", Segments = "type_vocab_size", Decodes = "is_decoder", Crosses = "add_cross_attention", Kind = "position_embedding_type";

    /// <summary>The row of the first position.</summary>
    private protected virtual int ReadOffset(ConfigReader config) => 0;

    /// <inheritdoc/>
    private protected override Layout ReadLayout(ConfigReader config)
    {
        config.Check(!config.ReadBool(Decodes, false), Decodes, "the family's classes as decoders are not supported; set it to false");
        config.Check(!config.ReadBool(Crosses, false), Crosses, "cross attention of this family is not supported; set it to false");
        config.RequireOneOf(Kind, "absolute", "absolute");
        return new(new(config.ReadDouble(Epsilon, 1e-12), Bias: true), config.ReadInt(Segments, 2), ReadOffset(config));
    }

    /// <inheritdoc/>
    private protected override void WriteLayout(Layout layout, JsonObject config)
    {
        Require(layout.TokenTypes > 0, "an embedding without token types");
        config[Epsilon] = layout.Norm.Epsilon;
        config[Segments] = layout.TokenTypes;
        config[Kind] = "absolute";
        // One statement each: a JSON node has one parent, so a chained assignment fails.
        config["attention_probs_dropout_prob"] = 0.0;
        config["hidden_dropout_prob"] = 0.0;
    }
}

using System.Text.Json.Nodes;

using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Spec;

namespace Weft.Model.Architectures;

/// <summary>Marian's translators (Junczys-Dowmunt et al. 2018, arXiv:1804.00344), such as OPUS-MT: norms after each part, sinusoidal positions.</summary>
public sealed class Marian : SinusoidalBartFamily
{
    private const string Shares = "share_encoder_decoder_embeddings", TargetVocabulary = "decoder_vocab_size";

    private static readonly PositionSpec Positions = new PositionSpec.Sinusoidal(SinusoidLayout.Halves);

    /// <inheritdoc/>
    public override string ModelType => "marian";

    /// <inheritdoc/>
    public override string ClassPrefix => "Marian";

    /// <inheritdoc/>
    protected override string LanguageModelSuffix => "MTModel";

    /// <inheritdoc/>
    private protected override NormPlacement Placement => NormPlacement.Post;

    /// <inheritdoc/>
    private protected override IReadOnlyList<(string Key, bool Value)> Flags =>
        [("normalize_before", false), ("normalize_embedding", false), ("add_final_layer_norm", false), ("static_position_embeddings", true)];

    /// <inheritdoc/>
    private protected override PositionSpec ReadPositions(ConfigReader config, int context)
    {
        config.Check(config.ReadBool(Shares, true), Shares, "separate tables of encoder and decoder are not supported; give a model that shares one");
        int vocabulary = config.ReadInt("vocab_size");
        config.Check(config.ReadInt(TargetVocabulary, vocabulary) == vocabulary, TargetVocabulary, $"vocab_size is {vocabulary}, and one table cannot have both");
        return Positions;
    }

    /// <inheritdoc/>
    private protected override void WritePositions(ModelSpec spec, JsonObject config)
    {
        Require(spec.Embedding.Position == Positions, "positions other than sinusoids, first all sines");
        config[Shares] = true;
        config[TargetVocabulary] = spec.VocabularySize;
    }
}

using System.Text.Json.Nodes;

using Weft.Model.Architectures;
using Weft.Model.Checkpoints;
using Weft.Model.Spec;

namespace Weft.Model.Tests.Architectures;

/// <summary>What the keys of encoders' configs mean, by the configuration and modelling files of Hugging Face Transformers.</summary>
public sealed class EncoderConfigTests
{
    private static readonly NormSpec Norm12 = new NormSpec.LayerNorm(1e-12, Bias: true), Norm5 = new NormSpec.LayerNorm(1e-5, Bias: true);

    [Fact]
    public void BERT_has_its_norms_after_each_part()
    {
        ModelSpec spec = CatalogueSamples.Spec("bert", 0);
        Assert.Equal(new EmbeddingSpec(11, 8, new PositionSpec.Learned(16)) { Norm = Norm12, TokenTypes = 2 }, spec.Embedding);
        var attention = new AttentionSpec(4, 4, 2, new PositionSpec.None(), AttentionBias.All) { Mask = new AttentionMask.Bidirectional() };
        Assert.Equal(StackSpec.Uniform(2, new(Norm12, attention, Norm12, new FeedForwardSpec.Dense(12, Activation.Gelu, true)) { Placement = NormPlacement.Post }, null), spec.Encoder);
        Assert.Equal((null, 16, new HeadSpec.MaskedLanguageModel(true, Activation.Gelu, Norm12)), (spec.Decoder, spec.ContextLength, spec.Head));
    }

    public static TheoryData<string, int, HeadSpec> Heads => new()
    {
        { "bert", 1, new HeadSpec.MaskedLanguageModel(false, Activation.GeluTanh, Norm12) },
        { "bert", 2, new HeadSpec.SequenceClassification(3, Pooling.First, true) { Transform = Activation.Tanh } },
        { "bert", 3, new HeadSpec.TokenClassification(4) },
        { "bert", 4, new HeadSpec.Spans() },
        { "bert", 5, new HeadSpec.PooledEmbedding(Pooling.First, false) { Transform = Activation.Tanh } },
        { "roberta", 0, new HeadSpec.MaskedLanguageModel(true, Activation.Gelu, Norm5) },
        { "roberta", 1, new HeadSpec.SequenceClassification(1, Pooling.First, true) { Transform = Activation.Tanh } },
        { "roberta", 2, new HeadSpec.TokenClassification(2) },
        { "roberta", 3, new HeadSpec.Spans() },
        { "roberta", 4, new HeadSpec.PooledEmbedding(Pooling.First, false) { Transform = Activation.Tanh } },
        { "xlm-roberta", 1, new HeadSpec.SequenceClassification(1, Pooling.First, true) { Transform = Activation.Tanh } },
        { "distilbert", 0, new HeadSpec.MaskedLanguageModel(true, Activation.Gelu, Norm12) },
        { "distilbert", 1, new HeadSpec.SequenceClassification(2, Pooling.First, true) { Transform = Activation.Relu } },
        { "distilbert", 2, new HeadSpec.TokenClassification(5) },
        { "distilbert", 3, new HeadSpec.Spans() },
        { "distilbert", 4, new HeadSpec.PooledEmbedding(Pooling.First, false) },
    };

    [Theory]
    [MemberData(nameof(Heads))]
    public void The_class_names_the_head(string modelType, int sample, HeadSpec head) => Assert.Equal(head, CatalogueSamples.Spec(modelType, sample).Head);

    [Fact]
    public void RoBERTa_s_positions_begin_after_the_id_of_padding()
    {
        Assert.Equal((new PositionSpec.Learned(16) { Offset = 2 }, 16), Positions("roberta", 0));
        Assert.Equal((new PositionSpec.Learned(8) { Offset = 1 }, 8), Positions("roberta", 1));
        Assert.Equal((new PositionSpec.Learned(7) { Offset = 2 }, 7), Positions("xlm-roberta", 1));
        Assert.Equal((new PositionSpec.Learned(16), 16), Positions("distilbert", 0));
        // The layer before the vocabulary has the exact GELU, whatever the blocks have.
        string config = CatalogueSamples.Of("roberta")[0].Replace("\"hidden_act\":\"gelu\"", "\"hidden_act\":\"relu\"", StringComparison.Ordinal);
        ModelSpec spec = CatalogueSamples.Read(new Roberta(), config);
        Assert.Equal((Activation.Relu, Activation.Gelu), (spec.Stack.Blocks[0].FeedForward.Activation, ((HeadSpec.MaskedLanguageModel)spec.Head).Activation));
    }

    [Theory]
    [InlineData("bert", "is_decoder", "true", "is_decoder")]
    [InlineData("bert", "add_cross_attention", "true", "add_cross_attention")]
    [InlineData("bert", "position_embedding_type", "\"relative_key\"", "relative_key")]
    [InlineData("bert", "pruned_heads", "{\"0\":[1]}", "pruned_heads")]
    [InlineData("bert", "hidden_act", "\"quick_gelu\"", "quick_gelu")]
    [InlineData("bert", "num_attention_heads", "3", "num_attention_heads")]
    [InlineData("bert", "num_attention_heads", "0", "num_attention_heads")]
    [InlineData("bert", "max_position_embeddings", "0", "max_position_embeddings")]
    [InlineData("bert", "layer_norm_eps", "-1", "Epsilon")]
    [InlineData("bert", "type_vocab_size", "-1", "TokenTypes")]
    [InlineData("bert", "architectures", "[\"BertLMHeadModel\"]", "BertForMaskedLM")]
    [InlineData("bert", "architectures", "[\"BertForMultipleChoice\"]", "BertForMultipleChoice")]
    [InlineData("roberta", "is_decoder", "true", "is_decoder")]
    [InlineData("roberta", "pad_token_id", "-1", "pad_token_id")]
    [InlineData("roberta", "max_position_embeddings", "2", "max_position_embeddings")]
    [InlineData("roberta", "architectures", "[\"RobertaForCausalLM\"]", "RobertaForMaskedLM")]
    [InlineData("roberta", "architectures", "[\"RobertaForPreTraining\"]", "RobertaForMaskedLM")]
    [InlineData("xlm-roberta", "architectures", "[\"RobertaForMaskedLM\"]", "XLMRobertaForMaskedLM")]
    [InlineData("distilbert", "activation", "\"mish\"", "mish")]
    [InlineData("distilbert", "n_heads", "3", "n_heads")]
    [InlineData("distilbert", "sinusoidal_pos_embds", "1", "sinusoidal_pos_embds")]
    public void What_a_config_asks_for_beyond_the_family_is_refused_by_name(string modelType, string key, string value, string named) => Refused(modelType, 0, key, value, named);

    internal static void Refused(string modelType, int sample, string key, string value, string named)
    {
        JsonObject config = JsonNode.Parse(CatalogueSamples.Of(modelType)[sample])!.AsObject();
        config[key] = JsonNode.Parse(value);
        Exception? refusal = Record.Exception(() => CatalogueSamples.Read(ArchitectureCatalogue.ForModelType(modelType), config.ToJsonString()));
        Assert.True(refusal is CheckpointException or ArgumentException, $"{refusal}");
        Assert.Contains(named, refusal.Message, StringComparison.Ordinal);
    }

    private static (PositionSpec, int) Positions(string modelType, int sample) =>
        (CatalogueSamples.Spec(modelType, sample).Embedding.Position, CatalogueSamples.Spec(modelType, sample).ContextLength);
}

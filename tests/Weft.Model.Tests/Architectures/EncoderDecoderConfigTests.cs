using Weft.Model.Architectures;
using Weft.Model.Spec;

namespace Weft.Model.Tests.Architectures;

/// <summary>What the keys of configs of encoders with decoders mean, by the configuration and modelling files of Hugging Face Transformers.</summary>
public sealed class EncoderDecoderConfigTests
{
    [Fact]
    public void T5_s_attention_is_unscaled_and_has_buckets_except_across()
    {
        ModelSpec spec = CatalogueSamples.Spec("t5", 0);
        var norm = new NormSpec.RmsNorm(1e-6);
        var encoder = new AttentionSpec(4, 4, 3, new PositionSpec.Buckets(8, 128), AttentionBias.None) { Mask = new AttentionMask.Bidirectional(), Scale = 1 };
        var feedForward = new FeedForwardSpec.Dense(12, Activation.Relu, Bias: false);
        Assert.Equal(StackSpec.Uniform(2, new(norm, encoder, norm, feedForward), norm), spec.Encoder);
        Assert.Equal(StackSpec.Uniform(2, new(norm, encoder with { Mask = new AttentionMask.Causal() }, norm, feedForward)
        {
            CrossAttention = new(norm, encoder with { Position = new PositionSpec.None() }),
        }, norm), spec.Decoder);
        Assert.Equal(new EmbeddingSpec(11, 8, new PositionSpec.None()), spec.Embedding);
        Assert.Equal(512, spec.ContextLength);
    }

    [Theory]
    [InlineData(0, true, 1 / 2.8284271247461903, 2, 2)]
    [InlineData(1, false, 1, 1, 2)]
    [InlineData(2, false, 1, 1, 1)]
    public void T5_scales_the_states_where_the_embedding_is_the_projection(int sample, bool tied, double scale, int encoder, int decoder)
    {
        ModelSpec spec = CatalogueSamples.Spec("t5", sample);
        Assert.Equal(new HeadSpec.LanguageModel(tied) { LogitScale = scale }, spec.Head);
        Assert.Equal((encoder, decoder), (spec.Encoder!.Blocks.Length, spec.Decoder!.Blocks.Length));
    }

    [Fact]
    public void T5_s_feed_forward_part_is_named_in_one_word()
    {
        Assert.Equal(new FeedForwardSpec.Gated(5, Activation.GeluTanh, false), CatalogueSamples.Spec("t5", 1).Encoder!.Blocks[0].FeedForward);
        Assert.Equal(new FeedForwardSpec.Gated(5, Activation.Silu, false), CatalogueSamples.Spec("t5", 2).Decoder!.Blocks[0].FeedForward);
        ModelSpec alone = CatalogueSamples.Spec("t5", 3);
        Assert.Equal(new FeedForwardSpec.Dense(5, Activation.Gelu, false), alone.Encoder!.Blocks[0].FeedForward);
        Assert.Equal((null, new HeadSpec.PooledEmbedding(Pooling.Mean, false)), (alone.Decoder, alone.Head));
    }

    [Theory]
    [InlineData("bart", 0, NormPlacement.Post, true, 1, Activation.Gelu)]
    [InlineData("bart", 1, NormPlacement.Post, true, 2.449489742783178, Activation.Relu)]
    [InlineData("marian", 0, NormPlacement.Post, false, 2.8284271247461903, Activation.Silu)]
    [InlineData("marian", 1, NormPlacement.Post, false, 1, Activation.Gelu)]
    [InlineData("pegasus", 0, NormPlacement.Pre, false, 2.8284271247461903, Activation.Relu)]
    [InlineData("pegasus", 1, NormPlacement.Pre, false, 1, Activation.Gelu)]
    [InlineData("m2m_100", 0, NormPlacement.Pre, false, 2.8284271247461903, Activation.Relu)]
    [InlineData("m2m_100", 1, NormPlacement.Pre, false, 1, Activation.Relu)]
    [InlineData("m2m_100", 2, NormPlacement.Pre, false, 2, Activation.Relu)]
    public void BART_and_its_heirs_differ_in_norms_scale_and_nonlinearity(string modelType, int sample, NormPlacement placement, bool embeddingNorm, double scale, Activation activation)
    {
        ModelSpec spec = CatalogueSamples.Spec(modelType, sample);
        var norm = new NormSpec.LayerNorm(1e-5, Bias: true);
        Assert.Equal((embeddingNorm ? norm : null, scale, 0), (spec.Embedding.Norm, spec.Embedding.Scale, spec.Embedding.TokenTypes));
        foreach (StackSpec stack in new[] { spec.Encoder!, spec.Decoder! })
        {
            Assert.Equal(placement == NormPlacement.Pre ? norm : null, stack.FinalNorm);
            Assert.All(stack.Blocks, block => Assert.Equal((placement, activation, AttentionBias.All, norm), (block.Placement, block.FeedForward.Activation, block.Attention.Bias, block.AttentionNorm)));
        }
        Assert.All(spec.Decoder!.Blocks, block => Assert.Equal((norm, block.Attention with { Mask = new AttentionMask.Bidirectional() }), (block.CrossAttention!.Norm, block.CrossAttention.Attention)));
    }

    [Fact]
    public void Encoder_and_decoder_have_sizes_of_their_own()
    {
        ModelSpec spec = CatalogueSamples.Spec("bart", 1);
        Assert.Equal((3, 2, 7), Sizes(spec.Encoder!));
        Assert.Equal((1, 3, 5), Sizes(spec.Decoder!));
        static (int, int, int) Sizes(StackSpec stack) => (stack.Blocks.Length, stack.Blocks[0].Attention.Heads, stack.Blocks[0].FeedForward.InnerSize);
    }

    [Fact]
    public void Positions_are_learned_or_sinusoids_of_one_kind_or_the_other()
    {
        Assert.Equal(new PositionSpec.Learned(16) { Offset = 2 }, CatalogueSamples.Spec("bart", 0).Embedding.Position);
        Assert.Equal(new PositionSpec.Sinusoidal(SinusoidLayout.Halves), CatalogueSamples.Spec("marian", 0).Embedding.Position);
        Assert.Equal(new PositionSpec.Sinusoidal(SinusoidLayout.Halves), CatalogueSamples.Spec("pegasus", 0).Embedding.Position);
        Assert.Equal(new PositionSpec.Sinusoidal(SinusoidLayout.HalvesToTheEnd) { Offset = 2 }, CatalogueSamples.Spec("m2m_100", 0).Embedding.Position);
        Assert.Equal(new PositionSpec.Sinusoidal(SinusoidLayout.HalvesToTheEnd) { Offset = 1 }, CatalogueSamples.Spec("m2m_100", 2).Embedding.Position);
    }

    [Fact]
    public void The_class_names_the_head()
    {
        var plain = new HeadSpec.LanguageModel(TiedEmbedding: true);
        foreach (string modelType in new[] { "bart", "marian", "pegasus" })
            Assert.Equal(plain with { Bias = true }, CatalogueSamples.Spec(modelType, 0).Head);
        Assert.Equal(plain, CatalogueSamples.Spec("bart", 1).Head);
        Assert.Equal(plain, CatalogueSamples.Spec("marian", 2).Head);
        Assert.Equal(plain, CatalogueSamples.Spec("m2m_100", 0).Head);
        var classes = new HeadSpec.SequenceClassification(4, Pooling.Last, true) { Transform = Activation.Tanh };
        Assert.Equal((classes, classes with { Labels = 3 }), (CatalogueSamples.Spec("bart", 2).Head, CatalogueSamples.Spec("bart", 3).Head));
        Assert.Equal(("BartModel", "MarianMTModel", "T5EncoderModel"), (new Bart().ClassName(plain), new Marian().ClassName(plain with { Bias = true }), new T5().ClassName(new HeadSpec.PooledEmbedding(Pooling.Mean, false))));
    }

    [Theory]
    [InlineData("t5", "feed_forward_proj", "\"gated-mish\"", "gated-mish")]
    [InlineData("t5", "num_layers", "0", "num_layers")]
    [InlineData("t5", "num_decoder_layers", "0", "num_decoder_layers")]
    [InlineData("t5", "d_kv", "0", "HeadSize")]
    [InlineData("t5", "num_heads", "0", "Heads")]
    [InlineData("t5", "n_positions", "0", "ContextLength")]
    [InlineData("t5", "relative_attention_num_buckets", "2", "buckets")]
    [InlineData("t5", "relative_attention_max_distance", "7", "MaximumDistance")]
    [InlineData("t5", "architectures", "[\"T5ForTokenClassification\"]", "T5EncoderModel")]
    [InlineData("bart", "tie_word_embeddings", "false", "tie_word_embeddings")]
    [InlineData("bart", "normalize_before", "true", "normalize_before")]
    [InlineData("bart", "static_position_embeddings", "true", "static_position_embeddings")]
    [InlineData("bart", "encoder_attention_heads", "3", "encoder_attention_heads")]
    [InlineData("bart", "decoder_attention_heads", "0", "decoder_attention_heads")]
    [InlineData("bart", "decoder_layers", "0", "decoder_layers")]
    [InlineData("bart", "architectures", "[\"BartForQuestionAnswering\"]", "BartForSequenceClassification")]
    [InlineData("bart", "architectures", "[\"BartForCausalLM\"]", "BartForConditionalGeneration")]
    [InlineData("marian", "share_encoder_decoder_embeddings", "false", "share_encoder_decoder_embeddings")]
    [InlineData("marian", "decoder_vocab_size", "12", "decoder_vocab_size")]
    [InlineData("marian", "normalize_embedding", "true", "normalize_embedding")]
    [InlineData("marian", "activation_function", "\"mish\"", "mish")]
    [InlineData("marian", "d_model", "9", "encoder_attention_heads")]
    [InlineData("pegasus", "normalize_before", "false", "normalize_before")]
    [InlineData("pegasus", "add_final_layer_norm", "false", "add_final_layer_norm")]
    [InlineData("m2m_100", "pad_token_id", "-1", "pad_token_id")]
    [InlineData("m2m_100", "scale_embedding", "1", "scale_embedding")]
    [InlineData("m2m_100", "architectures", "[\"M2M100Model\"]", "M2M100ForConditionalGeneration")]
    public void What_a_config_asks_for_beyond_the_family_is_refused_by_name(string modelType, string key, string value, string named) =>
        EncoderConfigTests.Refused(modelType, 0, key, value, named);
}

using System.Text.Json.Nodes;

using Weft.Model.Architectures;
using Weft.Model.Checkpoints;
using Weft.Model.Spec;

namespace Weft.Model.Tests.Architectures;

/// <summary>What the keys of decoders' configs mean, by the configuration and modelling files of Hugging Face Transformers.</summary>
public sealed class DecoderConfigTests
{
    [Theory]
    [InlineData("mistral", 2, "5 5")]
    [InlineData("mistral", 1, "-")]
    [InlineData("mistral", 3, "4096")]
    [InlineData("qwen2", 0, "- -")]
    [InlineData("qwen2", 2, "- - - 6")]
    [InlineData("qwen2", 3, "6 - 6")]
    [InlineData("qwen3", 1, "- 8 8")]
    [InlineData("mixtral", 1, "7")]
    [InlineData("phi3", 0, "20 20")]
    [InlineData("phi3", 1, "-")]
    [InlineData("gemma2", 0, "16 - 16")]
    [InlineData("gemma2", 1, "- 4096")]
    [InlineData("gemma3_text", 0, "16 16 16 16 16 - 16")]
    [InlineData("gemma3_text", 1, "8 - -")]
    public void Windows_are_where_the_config_has_them(string modelType, int sample, string expected) =>
        Assert.Equal(expected, string.Join(' ', Blocks(modelType, sample).Select(block => block.Attention.Mask switch
        {
            AttentionMask.SlidingWindow window => $"{window.Size}",
            AttentionMask.Causal => "-",
            _ => "?",
        })));

    [Fact]
    public void Gemma_2_has_its_norms_scales_and_caps()
    {
        ModelSpec spec = CatalogueSamples.Spec("gemma2", 0);
        var norm = new NormSpec.RmsNorm(1e-6, UnitOffset: true);
        Assert.Equal((Math.Sqrt(8), norm, new HeadSpec.LanguageModel(TiedEmbedding: true) { SoftCap = 30 }), (spec.Embedding.Scale, spec.Decoder!.FinalNorm, spec.Head));
        var attention = new AttentionSpec(4, 2, 6, new PositionSpec.Rotary(10_000), AttentionBias.None)
        {
            Mask = new AttentionMask.SlidingWindow(16),
            SoftCap = 50,
            Scale = 1.0 / 16,
        };
        var block = new BlockSpec(norm, attention, norm, new FeedForwardSpec.Gated(12, Activation.GeluTanh, false)) { Placement = NormPlacement.Sandwich };
        Assert.Equal(block, spec.Decoder.Blocks[0]);
        AttentionSpec uncapped = Blocks("gemma2", 1)[0].Attention;
        Assert.Equal((null, 1.0 / 12, AttentionBias.All), (uncapped.SoftCap, uncapped.Scale, uncapped.Bias));
        Assert.Null(Blocks("gemma2", 2)[0].Attention.Scale);
    }

    [Theory]
    [InlineData(0, 10_000, 1_000_000, 1)]
    [InlineData(1, 20_000, 1_000_000, 8)]
    public void Gemma_3_turns_by_another_base_where_it_looks_over_a_window(int sample, double local, double global, double factor)
    {
        foreach (AttentionSpec attention in Blocks("gemma3_text", sample).Select(block => block.Attention))
        {
            Assert.Equal(new NormSpec.RmsNorm(1e-6, UnitOffset: true), attention.QueryKeyNorm);
            Assert.Equal(attention.Mask is AttentionMask.SlidingWindow
                ? new PositionSpec.Rotary(local)
                : new PositionSpec.Rotary(global) { Scaling = factor == 1 ? new RotaryScaling.None() : new RotaryScaling.Linear(factor) }, attention.Position);
        }
    }

    [Fact]
    public void Experts_are_weighed_as_the_config_says_and_where_it_says()
    {
        var mixtral = Assert.IsType<FeedForwardSpec.MixtureOfExperts>(Blocks("mixtral", 1)[0].FeedForward);
        Assert.Equal((new RouterSpec.SoftmaxAfterChoice(8, 2), 3), (mixtral.Router, mixtral.InnerSize));
        Assert.Equal(new RouterSpec.SoftmaxAfterChoice(6, 2), Assert.IsType<FeedForwardSpec.MixtureOfExperts>(Blocks("qwen3_moe", 0)[0].FeedForward).Router);
        Assert.Equal("dense 7, 3 of SoftmaxBeforeChoice, dense 7, 3 of SoftmaxBeforeChoice", Parts(1));
        Assert.Equal("dense 7, 3 of SoftmaxBeforeChoice, dense 7", Parts(2));
        static string Parts(int sample) => string.Join(", ", Blocks("qwen3_moe", sample).Select(block => block.FeedForward is FeedForwardSpec.MixtureOfExperts mixture
            ? $"{mixture.InnerSize} of {mixture.Router.GetType().Name}" : $"dense {block.FeedForward.InnerSize}"));
    }

    [Fact]
    public void LongRoPE_sharpens_by_the_ratio_of_the_contexts_and_partial_heads_are_rounded_down()
    {
        var mini = (RotaryScaling.LongRope)((PositionSpec.Rotary)Blocks("phi3", 1)[0].Attention.Position).Scaling;
        Assert.Equal(4, mini.OriginalContext);
        // sqrt(1 + ln(64 / 4) / ln 4)
        Assert.Equal(Math.Sqrt(3), mini.AttentionFactor, 12);
        Assert.Equal(6, ((PositionSpec.Rotary)Blocks("phi3", 2)[0].Attention.Position).RotatedSize);
        Assert.Equal(2, ((PositionSpec.Rotary)Blocks("gpt_neox", 0)[0].Attention.Position).RotatedSize);
        Assert.Equal(2, ((PositionSpec.Rotary)Blocks("gpt_neox", 2)[0].Attention.Position).RotatedSize);
        Assert.Equal(new PositionSpec.Rotary(500) { Scaling = new RotaryScaling.Linear(2) }, Blocks("gpt_neox", 1)[0].Attention.Position);
    }

    [Fact]
    public void GPT_NeoX_has_its_parts_side_by_side_or_not()
    {
        Assert.Equal((NormPlacement.Parallel, Activation.Gelu, AttentionBias.All), Of(Blocks("gpt_neox", 0)[0]));
        Assert.Equal((NormPlacement.Pre, Activation.GeluTanh, AttentionBias.None), Of(Blocks("gpt_neox", 1)[0]));
        static (NormPlacement, Activation, AttentionBias) Of(BlockSpec block) => (block.Placement, block.FeedForward.Activation, block.Attention.Bias);
    }

    [Fact]
    public void LongRoPE_is_written_with_the_three_keys_that_Transformers_4_allows()
    {
        JsonNode written = JsonNode.Parse(CatalogueSamples.Write(new Phi3(), CatalogueSamples.Spec("phi3", 1)))!;
        Assert.Equal(["long_factor", "short_factor", "type"], written["rope_scaling"]!.AsObject().Select(entry => entry.Key).Order(StringComparer.Ordinal));
        Assert.Equal(1.5, (double)JsonNode.Parse(CatalogueSamples.Write(new Phi3(), CatalogueSamples.Spec("phi3", 2)))!["rope_scaling"]!["attention_factor"]!);
    }

    [Theory]
    [InlineData("gemma2", "hidden_activation", "\"gelu\"", "gelu_pytorch_tanh")]
    [InlineData("gemma2", "query_pre_attn_scalar", "0", "query_pre_attn_scalar")]
    [InlineData("gemma2", "attn_logit_softcapping", "0", "SoftCap")]
    [InlineData("gemma2", "final_logit_softcapping", "-30.0", "SoftCap")]
    [InlineData("gemma2", "sliding_window", "null", "sliding_window")]
    [InlineData("gemma2", "use_bidirectional_attention", "true", "use_bidirectional_attention")]
    [InlineData("gemma2", "rope_parameters", "{\"full_attention\":{},\"sliding_attention\":{}}", "full_attention")]
    [InlineData("gemma3_text", "attn_logit_softcapping", "50.0", "attn_logit_softcapping")]
    [InlineData("gemma3_text", "sliding_window_pattern", "0", "sliding_window_pattern")]
    [InlineData("gemma3_text", "layer_types", "[\"full_attention\"]", "layer_types")]
    [InlineData("phi3", "rope_scaling", "{\"type\":\"yarn\",\"short_factor\":[1,1],\"long_factor\":[1,1]}", "yarn")]
    [InlineData("phi3", "rope_scaling", "{\"type\":\"longrope\",\"short_factor\":[1],\"long_factor\":[1,1]}", "Short")]
    [InlineData("phi3", "rope_scaling", "{\"type\":\"su\",\"short_factor\":[1,1],\"long_factor\":[1,\"2\"]}", "long_factor")]
    [InlineData("phi3", "partial_rotary_factor", "1.5", "partial_rotary_factor")]
    [InlineData("mixtral", "num_experts", "7", "num_local_experts")]
    [InlineData("mixtral", "num_experts_per_tok", "5", "experts")]
    [InlineData("mixtral", "num_experts_per_tok", "0", "experts")]
    [InlineData("mixtral", "num_local_experts", "0", "experts")]
    [InlineData("qwen3_moe", "use_sliding_window", "true", "use_sliding_window")]
    [InlineData("qwen3_moe", "decoder_sparse_step", "0", "decoder_sparse_step")]
    [InlineData("qwen3_moe", "mlp_only_layers", "[\"0\"]", "mlp_only_layers")]
    [InlineData("gpt_neox", "hidden_act", "\"quick_gelu\"", "quick_gelu")]
    [InlineData("gpt_neox", "rotary_pct", "0", "rotary_pct")]
    [InlineData("gpt_neox", "rotary_pct", "0.4", "even")]
    [InlineData("gpt_neox", "num_attention_heads", "3", "num_attention_heads")]
    [InlineData("bloom", "apply_residual_connection_post_layernorm", "true", "apply_residual_connection_post_layernorm")]
    [InlineData("bloom", "n_inner", "33", "n_inner")]
    [InlineData("bloom", "n_head", "3", "n_head")]
    [InlineData("bloom", "architectures", "[\"BloomForTokenClassification\"]", "BloomForCausalLM")]
    [InlineData("gemma3_text", "architectures", "[\"Gemma3ForConditionalGeneration\"]", "Gemma3ForCausalLM")]
    [InlineData("llama", "partial_rotary_factor", "0.5", "partial_rotary_factor")]
    public void What_a_config_asks_for_beyond_the_family_is_refused_by_name(string modelType, string key, string value, string named)
    {
        JsonObject config = JsonNode.Parse(CatalogueSamples.Of(modelType)[0])!.AsObject();
        config[key] = JsonNode.Parse(value);
        Exception? refusal = Record.Exception(() => CatalogueSamples.Read(ArchitectureCatalogue.ForModelType(modelType), config.ToJsonString()));
        Assert.True(refusal is CheckpointException or ArgumentException or NotSupportedException, $"{refusal}");
        Assert.Contains(named, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"num_labels\":3,\"id2label\":{\"0\":\"a\"}", "num_labels")]
    [InlineData("\"num_labels\":0", "num_labels")]
    [InlineData("\"id2label\":{}", "id2label")]
    [InlineData("\"id2label\":7", "id2label")]
    public void Labels_that_contradict_each_other_are_refused(string labels, string named)
    {
        string config = CatalogueSamples.Of("bloom")[0].Replace("BloomForCausalLM", "BloomForSequenceClassification", StringComparison.Ordinal);
        Assert.Contains(named, Assert.Throws<CheckpointException>(() => CatalogueSamples.Read(new Bloom(), $"{config.TrimEnd()[..^1]},{labels}}}")).Message, StringComparison.Ordinal);
        // A language model does not look at them.
        Assert.IsType<HeadSpec.LanguageModel>(CatalogueSamples.Read(new Bloom(), $"{CatalogueSamples.Of("bloom")[0].TrimEnd()[..^1]},{labels}}}").Head);
    }

    [Fact]
    public void The_class_names_the_head()
    {
        Assert.Equal(new HeadSpec.SequenceClassification(2, Pooling.Last, Bias: false), CatalogueSamples.Spec("mixtral", 2).Head);
        Assert.Equal(new HeadSpec.SequenceClassification(1, Pooling.Last, Bias: false), CatalogueSamples.Spec("qwen3", 2).Head);
        Assert.Equal(new HeadSpec.PooledEmbedding(Pooling.Last, Normalized: false), CatalogueSamples.Spec("mistral", 3).Head);
        JsonNode written = JsonNode.Parse(CatalogueSamples.Write(new Mistral(), CatalogueSamples.Spec("mistral", 4)))!;
        Assert.Equal("""{"0":"LABEL_0","1":"LABEL_1","2":"LABEL_2"}""", written["id2label"]!.ToJsonString());
        Assert.Equal("""{"LABEL_0":0,"LABEL_1":1,"LABEL_2":2}""", written["label2id"]!.ToJsonString());
    }

    private static BlockSpec[] Blocks(string modelType, int sample) => [.. CatalogueSamples.Spec(modelType, sample).Decoder!.Blocks];
}

using Weft.Model.Architectures;
using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Spec;
using Weft.Model.Tests.Architectures;

namespace Weft.Model.Tests.HuggingFace;

/// <summary>Each key of a config with every kind of wrong value: refused by file, key and value, on one line.</summary>
public sealed class ConfigTests
{
    private static readonly string[] LlamaSizes =
        ["vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "max_position_embeddings"];

    private static readonly string[] Gpt2Sizes = ["vocab_size", "n_embd", "n_layer", "n_head", "n_positions"];

    private static readonly string[] NoSize =
        ["0", "-1", "-2147483648", "2147483648", "1e30", "2.5", "\"8\"", "true", "[8]", "{}", "99999999999999999999"];

    public static TheoryData<string, string, string?> WrongSizes
    {
        get
        {
            var data = new TheoryData<string, string, string?>();
            foreach ((string model, string key) in LlamaSizes.Select(key => ("llama", key)).Concat(Gpt2Sizes.Select(key => ("gpt2", key))))
                foreach (string? value in NoSize.Append(null))
                    data.Add(model, key, value);
            foreach (string key in new[] { "num_key_value_heads", "head_dim" })
                foreach (string value in NoSize)
                    data.Add("llama", key, value);
            foreach (string value in NoSize)
                data.Add("gpt2", "n_inner", value);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(WrongSizes))]
    public void A_size_that_is_missing_or_impossible_is_refused(string model, string key, string? value)
    {
        using var folder = new ModelFolder(model);
        folder.SetConfig(key, value);
        folder.Refused(folder.Config);
    }

    [Theory]
    [InlineData("llama", "model_type", "\"mamba\"", "mamba")]
    [InlineData("llama", "model_type", "\"two\\nlines\"", "known: llama")]
    [InlineData("llama", "model_type", "7", "model_type")]
    [InlineData("llama", "model_type", null, "model_type")]
    [InlineData("llama", "hidden_act", "\"relu\"", "relu")]
    [InlineData("llama", "hidden_act", "1", "hidden_act")]
    [InlineData("llama", "attention_bias", "\"true\"", "attention_bias")]
    [InlineData("llama", "tie_word_embeddings", "1", "tie_word_embeddings")]
    [InlineData("llama", "rms_norm_eps", "\"1e-6\"", "rms_norm_eps")]
    [InlineData("llama", "rms_norm_eps", "-1e-6", "Epsilon")]
    [InlineData("llama", "rms_norm_eps", "1e999", "rms_norm_eps")]
    [InlineData("llama", "rope_theta", "0", "Theta")]
    [InlineData("llama", "rope_theta", "-10000", "Theta")]
    [InlineData("llama", "rope_theta", "1e400", "rope_theta")]
    [InlineData("llama", "rope_theta", "[]", "rope_theta")]
    [InlineData("llama", "rope_scaling", "{\"type\":\"linear\"}", "factor")]
    [InlineData("llama", "rope_scaling", "{\"type\":\"linear\",\"factor\":0.5}", "Factor")]
    [InlineData("llama", "rope_scaling", "{\"rope_type\":\"llama3\",\"factor\":8.0}", "low_freq_factor")]
    [InlineData("llama", "rope_scaling", "{\"rope_type\":\"llama3\",\"factor\":8.0,\"low_freq_factor\":4,\"high_freq_factor\":4,\"original_max_position_embeddings\":64}", "HighFrequencyFactor")]
    [InlineData("llama", "rope_scaling", "{\"rope_type\":\"yarn\",\"factor\":8.0,\"beta_fast\":0.5}", "BetaFast")]
    [InlineData("llama", "rope_scaling", "{\"rope_type\":\"longrope\",\"factor\":8.0}", "Short")]
    [InlineData("llama", "rope_scaling", "{\"rope_type\":\"default\",\"type\":\"yarn\"}", "yarn")]
    [InlineData("llama", "rope_scaling", "{\"factor\":8.0}", "factor")]
    [InlineData("llama", "rope_scaling", "{\"rope_type\":3}", "rope_type")]
    [InlineData("llama", "rope_scaling", "2.0", "rope_scaling")]
    [InlineData("llama", "rope_parameters", "{\"rope_type\":\"dynamic\"}", "factor")]
    [InlineData("llama", "rope_parameters", "{\"rope_type\":\"default\",\"partial_rotary_factor\":0.5}", "partial_rotary_factor")]
    [InlineData("llama", "rope_parameters", "{\"rope_theta\":\"x\"}", "rope_theta")]
    [InlineData("llama", "num_attention_heads", "3", "num_attention_heads")]
    [InlineData("llama", "num_key_value_heads", "3", "divide")]
    [InlineData("llama", "head_dim", "3", "even")]
    [InlineData("llama", "head_dim", "2147483647", "heads")]
    [InlineData("llama", "num_hidden_layers", "10001", "num_hidden_layers")]
    [InlineData("llama", "eos_token_id", "\"</s>\"", "eos_token_id")]
    [InlineData("mistral", "sliding_window", "0", "window")]
    [InlineData("mistral", "sliding_window", "\"4\"", "sliding_window")]
    [InlineData("mistral", "layer_types", "[\"full_attention\",\"sliding_attention\"]", "layer_types")]
    [InlineData("mistral", "num_key_value_heads", null, "num_key_value_heads")]
    [InlineData("qwen2", "use_sliding_window", "1", "use_sliding_window")]
    [InlineData("qwen2", "layer_types", "[\"full_attention\"]", "layer_types")]
    [InlineData("qwen2", "layer_types", "[\"full_attention\",\"chunked_attention\"]", "layer_types")]
    [InlineData("qwen2", "layer_types", "[\"full_attention\",\"sliding_attention\"]", "layer_types")]
    [InlineData("qwen3", "attention_bias", "\"yes\"", "attention_bias")]
    [InlineData("qwen3", "head_dim", "5", "even")]
    [InlineData("llama", "architectures", "[\"LlamaForQuestionAnswering\"]", "LlamaForSequenceClassification")]
    [InlineData("llama", "rope_parameters", "{\"full_attention\":{\"rope_type\":\"default\"}}", "full_attention")]
    [InlineData("gpt2", "n_head", "3", "n_head")]
    [InlineData("gpt2", "n_embd", "536870912", "n_embd")]
    [InlineData("gpt2", "n_embd", "2147483647", "n_embd")]
    [InlineData("gpt2", "activation_function", "\"relu\"", "relu")]
    [InlineData("gpt2", "scale_attn_weights", "false", "scale_attn_weights")]
    [InlineData("gpt2", "scale_attn_by_inverse_layer_idx", "true", "scale_attn_by_inverse_layer_idx")]
    [InlineData("gpt2", "reorder_and_upcast_attn", "true", "reorder_and_upcast_attn")]
    [InlineData("gpt2", "add_cross_attention", "true", "add_cross_attention")]
    public void What_a_config_asks_for_beyond_the_family_is_refused_by_name(string model, string key, string? value, string named)
    {
        using var folder = new ModelFolder(model);
        if (key == "eos_token_id")
            File.Delete(folder.File("generation_config.json"));
        folder.SetConfig("n_inner", null);
        if (key == "num_attention_heads")
            folder.SetConfig("head_dim", null);
        folder.SetConfig(key, value);
        Assert.Contains(named, folder.Refused(folder.Config).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"rope_scaling\":{\"type\":\"linear\",\"factor\":2.0}", 2.0)]
    [InlineData("\"rope_scaling\":{\"rope_type\":\"llama3\",\"factor\":8.0,\"low_freq_factor\":1.0,\"high_freq_factor\":4.0,\"original_max_position_embeddings\":4}", 8.0)]
    [InlineData("\"rope_parameters\":{\"rope_type\":\"yarn\",\"rope_theta\":1e6,\"factor\":4.0,\"mscale\":0.8,\"mscale_all_dim\":0.4}", 4.0)]
    public void Scaled_rotary_positions_are_read_and_written_back(string scaling, double factor)
    {
        const string Sizes = "\"vocab_size\":5,\"hidden_size\":8,\"intermediate_size\":3,\"num_hidden_layers\":1,\"num_attention_heads\":2,\"max_position_embeddings\":9";
        ModelSpec spec = CatalogueSamples.Read(new Llama(), $"{{{Sizes},{scaling}}}");
        var rotary = Assert.IsType<PositionSpec.Rotary>(spec.Stack.Blocks[0].Attention.Position);
        Assert.Equal(factor, rotary.Scaling switch
        {
            RotaryScaling.Linear linear => linear.Factor,
            RotaryScaling.Llama3 llama => llama.Factor,
            // max_position_embeddings stands for what is not said; (0.08 ln 4 + 1) / (0.04 ln 4 + 1).
            RotaryScaling.Yarn { OriginalContext: 9, BetaFast: 32, BetaSlow: 1, WholePairs: true } yarn when Math.Abs(yarn.AttentionFactor - 1.0525384) < 1e-6 => yarn.Factor,
            _ => double.NaN,
        });
        var config = new System.Text.Json.Nodes.JsonObject();
        new Llama().WriteConfig(spec, config);
        Assert.Equal(spec, CatalogueSamples.Read(new Llama(), config.ToJsonString()));
    }

    [Fact]
    public void Keys_that_a_config_leaves_out_have_the_values_of_Transformers()
    {
        ModelSpec llama = CatalogueSamples.Read(new Llama(),
            """
            {"vocab_size":5,"hidden_size":8,"intermediate_size":3,"num_hidden_layers":1,"num_attention_heads":2,"max_position_embeddings":9}
            """);
        var rmsNorm = new NormSpec.RmsNorm(1e-6);
        Assert.Equal(StackSpec.Uniform(1, new(rmsNorm, new(2, 2, 4, new PositionSpec.Rotary(10_000), AttentionBias.None), rmsNorm,
            new FeedForwardSpec.Gated(3, Activation.Silu, false)), rmsNorm), llama.Decoder);
        Assert.Equal(new HeadSpec.LanguageModel(TiedEmbedding: false), llama.Head);
        ModelSpec gpt2 = CatalogueSamples.Read(new Gpt2(), """{"vocab_size":5,"n_embd":8,"n_layer":1,"n_head":2,"n_positions":9}""");
        var layerNorm = new NormSpec.LayerNorm(1e-5, Bias: true);
        Assert.Equal(StackSpec.Uniform(1, new(layerNorm, new(2, 2, 4, new PositionSpec.None(), AttentionBias.All), layerNorm,
            new FeedForwardSpec.Dense(32, Activation.GeluTanh, true)), layerNorm), gpt2.Decoder);
        Assert.Equal(new HeadSpec.LanguageModel(TiedEmbedding: true), gpt2.Head);
    }

    [Theory]
    [InlineData("llama", "hidden_act", "swish")]
    [InlineData("gpt2", "activation_function", "gelu_pytorch_tanh")]
    public void Both_names_of_an_activation_are_the_same(string model, string key, string name)
    {
        using var folder = new ModelFolder(model);
        folder.SetConfig(key, $"\"{name}\"");
        using HuggingFaceModel opened = HuggingFaceModel.Open(folder.Path);
        Assert.Equal(folder.Spec, opened.Spec);
    }

    [Theory]
    [InlineData("\"llama\"", "\"\\ud800\"")]
    [InlineData("\"silu\"", "\"\\udc00\"")]
    [InlineData("\"hidden_act\"", "\"\\ud800\"")]
    public void Half_of_a_surrogate_pair_is_no_text_and_no_crash(string old, string replacement)
    {
        using var folder = new ModelFolder();
        File.WriteAllText(folder.Config, File.ReadAllText(folder.Config).Replace(old, replacement, StringComparison.Ordinal));
        try
        {
            HuggingFaceModel.Open(folder.Path).Dispose();
        }
        catch (CheckpointException refusal)
        {
            Refusal.CheckMessage(refusal, folder.Config);
        }
    }

    [Fact]
    public void Bytes_that_are_not_UTF8_are_refused()
    {
        using var folder = new ModelFolder();
        byte[] config = File.ReadAllBytes(folder.Config);
        config[Array.IndexOf(config, (byte)'s')] = 0xf7;
        File.WriteAllBytes(folder.Config, config);
        Assert.Contains("UTF-8", folder.Refused(folder.Config).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Sizes_that_are_each_possible_but_together_absurd_are_refused_at_once()
    {
        using var folder = new ModelFolder("llama", 2);
        foreach (string key in new[] { "vocab_size", "hidden_size", "intermediate_size", "max_position_embeddings" })
            folder.SetConfig(key, int.MaxValue.ToString(System.Globalization.CultureInfo.InvariantCulture));
        folder.SetConfig("head_dim", "2");
        folder.SetConfig("num_hidden_layers", "10000");
        Assert.Contains("parameters", folder.Refused(folder.Config).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void More_experts_than_any_model_has_are_refused_at_once()
    {
        using var folder = new ModelFolder("qwen3_moe");
        folder.SetConfig("num_experts", int.MaxValue.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Assert.Contains("2147483647 experts", folder.Refused(folder.Config).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_flood_of_text_in_a_config_does_not_flood_the_message()
    {
        using var folder = new ModelFolder();
        folder.SetConfig("model_type", $"\"{new string('x', 1 << 20)}\"");
        folder.Refused(folder.Config);
        folder.SetConfig("model_type", "\"llama\"");
        folder.SetConfig("vocab_size", $"\"{string.Concat(Enumerable.Repeat("\\n", 100_000))}\"");
        folder.Refused(folder.Config);
    }
}

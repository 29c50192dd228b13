using System.Text.Json.Nodes;

using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Spec;

namespace Weft.Model.Architectures;

/// <summary>What Llama and its heirs share: RMSNorm before each part, rotary positions, gated SiLU feed-forward, and the names of their weights.</summary>
public abstract class LlamaFamily : Architecture
{
    /// <inheritdoc/>
    public override string BasePrefix => "model.";

    /// <inheritdoc/>
    public override ModelSpec ReadConfig(ConfigReader config)
    {
        config.RequireOneOf("hidden_act", "silu", "silu", "swish");
        int hidden = config.ReadInt("hidden_size");
        int heads = config.ReadInt("num_attention_heads");
        config.Check(heads > 0, "num_attention_heads", "it must be at least 1");
        bool explicitHeadSize = config.Has("head_dim");
        config.Check(explicitHeadSize || hidden % heads == 0, "num_attention_heads", $"it does not divide hidden_size {hidden}");
        Layout layout = ReadLayout(config, heads);
        var norm = new NormSpec.RmsNorm(config.ReadDouble("rms_norm_eps", 1e-6));
        int headSize = explicitHeadSize ? config.ReadInt("head_dim") : hidden / heads;
        PositionSpec.Rotary rotary = RotaryConfig.Read(config, headSize);
        var attention = new AttentionSpec(heads, layout.KeyValueHeads, headSize, rotary, layout.AttentionBias);
        var feedForward = new FeedForwardSpec.Gated(config.ReadInt("intermediate_size"), Activation.Silu, layout.FeedForwardBias);
        return new ModelSpec
        {
            Embedding = new(config.ReadInt("vocab_size"), hidden, new PositionSpec.None()),
            Decoder = StackSpec.Uniform(config.ReadLayerCount("num_hidden_layers"), new(norm, attention, norm, feedForward), norm),
            Head = new HeadSpec.LanguageModel(config.ReadBool("tie_word_embeddings", false)),
            ContextLength = RotaryConfig.ReadContext(rotary, config),
        };
    }

    /// <inheritdoc/>
    public override void WriteConfig(ModelSpec spec, JsonObject config)
    {
        StackSpec stack = DecoderOnly(spec);
        BlockSpec block = UniformBlock(stack);
        RequirePlain(block);
        var norm = block.AttentionNorm as NormSpec.RmsNorm;
        var rotary = block.Attention.Position as PositionSpec.Rotary;
        var feedForward = block.FeedForward as FeedForwardSpec.Gated;
        Require(spec.Embedding.Position is PositionSpec.None, "positions in the embedding");
        Require(norm is { UnitOffset: false } && block.FeedForwardNorm == norm && stack.FinalNorm == norm, "norms other than one RMSNorm without offset");
        Require(rotary is { Interleaved: false }, "positions other than rotary ones that turn the halves of a head");
        Require(feedForward is { Activation: Activation.Silu }, "a feed-forward part other than gated SiLU");
        WriteLayout(new(block.Attention.KeyValueHeads, block.Attention.Bias, feedForward!.Bias), config);
        config["hidden_act"] = "silu";
        config["vocab_size"] = spec.VocabularySize;
        config["hidden_size"] = spec.HiddenSize;
        config["intermediate_size"] = feedForward.InnerSize;
        config["num_hidden_layers"] = stack.Blocks.Length;
        config["num_attention_heads"] = block.Attention.Heads;
        config["num_key_value_heads"] = block.Attention.KeyValueHeads;
        config["head_dim"] = block.Attention.HeadSize;
        config["rms_norm_eps"] = norm!.Epsilon;
        RotaryConfig.Write(rotary!, block.Attention.HeadSize, spec.ContextLength, config);
        config["attention_dropout"] = 0.0;
        config["tie_word_embeddings"] = spec.Head is HeadSpec.LanguageModel { TiedEmbedding: true };
    }

    /// <inheritdoc/>
    public override WeightLocation Locate(ModelSpec spec, ParameterSpec parameter)
    {
        if (SplitBlockName(parameter.Name) is (var index, var part, var suffix))
            return new($"model.layers.{index}.{(part switch
            {
                "attention_norm" => "input_layernorm",
                "feed_forward_norm" => "post_attention_layernorm",
                "attention.query" => "self_attn.q_proj",
                "attention.key" => "self_attn.k_proj",
                "attention.value" => "self_attn.v_proj",
                "attention.output" => "self_attn.o_proj",
                "feed_forward.gate" => "mlp.gate_proj",
                "feed_forward.up" => "mlp.up_proj",
                "feed_forward.down" => "mlp.down_proj",
                _ => throw NoTensor(parameter),
            })}.{suffix}");
        return new(parameter.Name switch
        {
            ModelParameters.TokenEmbedding => "model.embed_tokens.weight",
            ModelParameters.FinalNorm + ".weight" => "model.norm.weight",
            ModelParameters.Head + ".weight" => "lm_head.weight",
            _ => throw NoTensor(parameter),
        });
    }

    /// <summary>What the family's configs say in their own ways.</summary>
    private protected abstract Layout ReadLayout(ConfigReader config, int heads);

    /// <summary>Writes the same, or refuses what the family cannot say.</summary>
    private protected abstract void WriteLayout(Layout layout, JsonObject config);

    /// <summary>Where the families differ.</summary>
    private protected sealed record Layout(int KeyValueHeads, AttentionBias AttentionBias, bool FeedForwardBias);
}

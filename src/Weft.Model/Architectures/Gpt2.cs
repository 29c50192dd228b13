using System.Text.Json.Nodes;

using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Spec;

namespace Weft.Model.Architectures;

/// <summary>
/// GPT-2 (Radford et al. 2019): LayerNorm before each part, learned positions, dense GELU feed-forward, tied embedding.
/// Its checkpoints store projections as [input, output], and query, key and value in one tensor.
/// </summary>
public sealed class Gpt2 : Architecture
{
    /// <inheritdoc/>
    public override string ModelType => "gpt2";

    /// <inheritdoc/>
    public override string ClassPrefix => "GPT2";

    /// <inheritdoc/>
    protected override string LanguageModelSuffix => "LMHeadModel";

    /// <inheritdoc/>
    public override string BasePrefix => "transformer.";

    /// <inheritdoc/>
    protected override IReadOnlyList<string> IgnorableEndings => [.. base.IgnorableEndings, ".attn.bias"];

    /// <inheritdoc/>
    public override GgufLayout? Gguf { get; } = new("gpt2", Activation.GeluTanh) { Position = new PositionSpec.None(), JoinsAttention = true };

    /// <inheritdoc/>
    public override ModelSpec ReadConfig(ConfigReader config)
    {
        string activation = config.RequireOneOf(
            "activation_function", "gelu_new", "gelu_new", "gelu_pytorch_tanh", "gelu");
        foreach (string key in new[] { "scale_attn_by_inverse_layer_idx", "reorder_and_upcast_attn", "add_cross_attention" })
            config.Check(!config.ReadBool(key, false), key, "this variant of attention is not supported");
        config.Check(config.ReadBool("scale_attn_weights", true), "scale_attn_weights", "unscaled attention is not supported");
        int hidden = config.ReadInt("n_embd");
        int heads = config.ReadInt("n_head");
        config.Check(heads > 0 && hidden % heads == 0, "n_head", $"it does not divide n_embd {hidden}");
        config.Check(hidden <= int.MaxValue / 4, "n_embd", "it is too large to be a width");
        int positions = config.ReadInt("n_positions");
        var norm = new NormSpec.LayerNorm(config.ReadDouble("layer_norm_epsilon", 1e-5), Bias: true);
        var attention = new AttentionSpec(heads, heads, hidden / heads, new PositionSpec.None(), AttentionBias.All);
        var feedForward = new FeedForwardSpec.Dense(
            config.ReadInt("n_inner", 4 * hidden), activation == "gelu" ? Activation.Gelu : Activation.GeluTanh, Bias: true);
        return new ModelSpec
        {
            Embedding = new(config.ReadInt("vocab_size"), hidden, new PositionSpec.Learned(positions)),
            Decoder = StackSpec.Uniform(config.ReadLayerCount("n_layer"), new(norm, attention, norm, feedForward), norm),
            Head = HeadConfig.ReadOfDecoder(this, config, tied: true),
            ContextLength = positions,
        };
    }

    /// <inheritdoc/>
    public override void WriteConfig(ModelSpec spec, JsonObject config)
    {
        StackSpec stack = DecoderOnly(spec);
        BlockSpec block = UniformBlock(stack);
        RequirePlain(block);
        var norm = block.AttentionNorm as NormSpec.LayerNorm;
        var positions = spec.Embedding.Position as PositionSpec.Learned;
        var feedForward = block.FeedForward as FeedForwardSpec.Dense;
        AttentionSpec attention = block.Attention;
        Require(positions is not null && positions.Offset == 0 && positions.Count == spec.ContextLength, "positions other than learned ones for the whole context");
        Require(norm is { Bias: true } && block.FeedForwardNorm == norm && stack.FinalNorm == norm, "norms other than one LayerNorm with bias");
        Require(attention is { Bias: AttentionBias.All, Position: PositionSpec.None } && attention.Heads == attention.KeyValueHeads, "grouped, unbiased or rotary attention");
        Require(attention.QuerySize == spec.HiddenSize, "heads that do not add up to the hidden size");
        Require(feedForward is { Bias: true, Activation: Activation.Gelu or Activation.GeluTanh }, "a feed-forward part other than dense GELU with bias");
        config["activation_function"] = feedForward!.Activation == Activation.Gelu ? "gelu" : "gelu_new";
        config["vocab_size"] = spec.VocabularySize;
        config["n_embd"] = spec.HiddenSize;
        config["n_inner"] = feedForward.InnerSize;
        config["n_layer"] = stack.Blocks.Length;
        config["n_head"] = attention.Heads;
        config["n_positions"] = positions!.Count;
        config["layer_norm_epsilon"] = norm!.Epsilon;
        // One statement each: a JSON node has one parent, so a chained assignment fails.
        config["attn_pdrop"] = 0.0;
        config["embd_pdrop"] = 0.0;
        config["resid_pdrop"] = 0.0;
        HeadConfig.Write(spec.Head, config);
    }

    /// <inheritdoc/>
    public override WeightLocation Locate(ModelSpec spec, ParameterSpec parameter)
    {
        if (SplitBlockName(parameter.Name) is not (var index, var part, var suffix))
            return new(parameter.Name switch
            {
                ModelParameters.TokenEmbedding => "transformer.wte.weight",
                ModelParameters.PositionEmbedding => "transformer.wpe.weight",
                ModelParameters.FinalNorm + ".weight" => "transformer.ln_f.weight",
                ModelParameters.FinalNorm + ".bias" => "transformer.ln_f.bias",
                ModelParameters.Head + ".weight" => HeadTensor(spec),
                _ => throw NoTensor(parameter),
            });
        string prefix = $"transformer.h.{index}.";
        bool matrix = parameter.Shape.Length == 2;
        long hidden = spec.HiddenSize;
        return part switch
        {
            "attention_norm" => new($"{prefix}ln_1.{suffix}"),
            "attention.query" => new($"{prefix}attn.c_attn.{suffix}", matrix, 0, 3 * hidden),
            "attention.key" => new($"{prefix}attn.c_attn.{suffix}", matrix, hidden, 3 * hidden),
            "attention.value" => new($"{prefix}attn.c_attn.{suffix}", matrix, 2 * hidden, 3 * hidden),
            "attention.output" => new($"{prefix}attn.c_proj.{suffix}", matrix),
            "feed_forward_norm" => new($"{prefix}ln_2.{suffix}"),
            "feed_forward.up" => new($"{prefix}mlp.c_fc.{suffix}", matrix),
            "feed_forward.down" => new($"{prefix}mlp.c_proj.{suffix}", matrix),
            _ => throw NoTensor(parameter),
        };
    }
}

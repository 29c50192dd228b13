using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;

using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Spec;

namespace Weft.Model.Architectures;

/// <summary>
/// What Llama and its heirs share: RMSNorm before each part, rotary positions, gated feed-forward, and the names of their weights. An heir
/// adds to what <see cref="ReadConfig"/> read, and in <see cref="WriteConfig"/> writes the same and takes it off again.
/// </summary>
public abstract class LlamaFamily : Architecture
{
    /// <summary>llama.cpp keeps Llama, Mistral and Mixtral under one name.</summary>
    private protected static readonly GgufLayout LlamaLayout = new("llama", Activation.Silu) { InterleavesPairs = true, HasExperts = null };

    /// <inheritdoc/>
    public override string BasePrefix => "model.";

    /// <summary>The config's key of the nonlinearity.</summary>
    private protected virtual string ActivationKey => "hidden_act";

    /// <summary>The nonlinearity, and its names in a config, the usual one first.</summary>
    private protected virtual (Activation Activation, string[] Names) Gate => (Activation.Silu, ["silu", "swish"]);

    /// <summary>Rotary positions may turn only the first values of a head.</summary>
    private protected virtual bool TurnsPartly => false;

    /// <summary>What a config means that leaves keys out.</summary>
    private protected virtual Defaults WhenAbsent => new();

    /// <inheritdoc/>
    public override ModelSpec ReadConfig(ConfigReader config)
    {
        config.RequireOneOf(ActivationKey, Gate.Names[0], Gate.Names);
        int hidden = config.ReadInt("hidden_size");
        int heads = config.ReadInt("num_attention_heads");
        config.Check(heads > 0, "num_attention_heads", "it must be at least 1");
        int? given = config.Has("head_dim") ? config.ReadInt("head_dim") : WhenAbsent.HeadSize;
        config.Check(given is not null || hidden % heads == 0, "num_attention_heads", $"it does not divide hidden_size {hidden}");
        int headSize = given ?? hidden / heads;
        int keyValueHeads = WhenAbsent.UngroupedHeads ? config.ReadInt("num_key_value_heads", heads) : config.ReadInt("num_key_value_heads");
        PositionSpec.Rotary rotary = ReadRotary(config, headSize);
        BlockSpec block = Plain(new NormSpec.RmsNorm(config.ReadDouble("rms_norm_eps", WhenAbsent.Epsilon)),
            new(heads, keyValueHeads, headSize, rotary, AttentionBias.None), config.ReadInt("intermediate_size"));
        return new ModelSpec
        {
            Embedding = new(config.ReadInt("vocab_size"), hidden, new PositionSpec.None()),
            Decoder = StackSpec.Uniform(config.ReadLayerCount("num_hidden_layers"), block, block.AttentionNorm),
            Head = HeadConfig.ReadOfDecoder(this, config, WhenAbsent.Tied),
            ContextLength = RotaryConfig.ReadContext(rotary, config),
        };
    }

    /// <inheritdoc/>
    public override void WriteConfig(ModelSpec spec, JsonObject config)
    {
        StackSpec stack = DecoderOnly(spec);
        BlockSpec block = UniformBlock(stack);
        RequirePlain(block);
        AttentionSpec attention = block.Attention;
        var norm = block.AttentionNorm as NormSpec.RmsNorm;
        var rotary = attention.Position as PositionSpec.Rotary;
        Require(spec.Embedding.Position is PositionSpec.None, "positions in the embedding");
        Require(norm is { UnitOffset: false } && block.FeedForwardNorm == norm && stack.FinalNorm == norm, "norms other than one RMSNorm without offset");
        Require(rotary is { Interleaved: false }, "positions other than rotary ones that turn the halves of a head");
        Require(TurnsPartly || rotary!.RotatedSize is null, "heads that are turned in part");
        Require(block.FeedForward is FeedForwardSpec.Gated { Bias: false } gated && gated.Activation == Gate.Activation, $"a feed-forward part other than an unbiased gated {Gate.Activation}");
        // Whatever a specification may have besides is caught here, so that nothing is left out without a word.
        Require(block == Plain(norm!, new(attention.Heads, attention.KeyValueHeads, attention.HeadSize, rotary!, AttentionBias.None), block.FeedForward.InnerSize), "biases of attention");
        config[ActivationKey] = Gate.Names[0];
        config["vocab_size"] = spec.VocabularySize;
        config["hidden_size"] = spec.HiddenSize;
        config["intermediate_size"] = block.FeedForward.InnerSize;
        config["num_hidden_layers"] = stack.Blocks.Length;
        config["num_attention_heads"] = attention.Heads;
        config["num_key_value_heads"] = attention.KeyValueHeads;
        config["head_dim"] = attention.HeadSize;
        config["rms_norm_eps"] = norm!.Epsilon;
        RotaryConfig.Write(rotary!, attention.HeadSize, spec.ContextLength, config);
        config["attention_dropout"] = 0.0;
        HeadConfig.Write(spec.Head, config);
    }

    /// <inheritdoc/>
    public override WeightLocation Locate(ModelSpec spec, ParameterSpec parameter)
    {
        if (SplitBlockName(parameter.Name) is (var index, var part, var suffix))
            return LocateInBlock(spec, parameter, $"model.layers.{index}.", part, suffix);
        return new(parameter.Name switch
        {
            ModelParameters.TokenEmbedding => "model.embed_tokens.weight",
            ModelParameters.FinalNorm + ".weight" => "model.norm.weight",
            ModelParameters.Head + ".weight" => HeadTensor(spec),
            _ => throw NoTensor(parameter),
        });
    }

    /// <summary>Where a parameter of a block lies.</summary>
    private protected virtual WeightLocation LocateInBlock(ModelSpec spec, ParameterSpec parameter, string prefix, string part, string suffix) =>
        new($"{prefix}{NameInBlock(part) ?? throw NoTensor(parameter)}.{suffix}");

    /// <summary>What the family calls a part of a block; null where it has none such.</summary>
    private protected virtual string? NameInBlock(string part) => part switch
    {
        "attention_norm" => "input_layernorm",
        "feed_forward_norm" => "post_attention_layernorm",
        "attention.query" => "self_attn.q_proj",
        "attention.key" => "self_attn.k_proj",
        "attention.value" => "self_attn.v_proj",
        "attention.query_norm" => "self_attn.q_norm",
        "attention.key_norm" => "self_attn.k_norm",
        "attention.output" => "self_attn.o_proj",
        "feed_forward.gate" => "mlp.gate_proj",
        "feed_forward.up" => "mlp.up_proj",
        "feed_forward.down" => "mlp.down_proj",
        _ => null,
    };

    /// <summary>The rotary positions of all blocks.</summary>
    private protected virtual PositionSpec.Rotary ReadRotary(ConfigReader config, int headSize) =>
        RotaryConfig.Read(config, headSize, new() { DefaultTheta = WhenAbsent.Theta, Partial = TurnsPartly });

    /// <summary>Biases of attention where the config's key says so for all four projections.</summary>
    private protected static AttentionBias ReadAttentionBias(ConfigReader config) =>
        config.ReadBool("attention_bias", false) ? AttentionBias.All : AttentionBias.None;

    /// <summary>Writes the key that <see cref="ReadAttentionBias"/> reads, and takes the biases off.</summary>
    private protected ModelSpec WriteAttentionBias(ModelSpec spec, JsonObject config)
    {
        AttentionBias bias = Common(spec, block => block.Attention.Bias, "biases of attention");
        Require(bias != AttentionBias.QueryKeyValue, "attention with a bias on some projections only");
        config["attention_bias"] = bias == AttentionBias.All;
        return WithAttention(spec, attention => attention with { Bias = AttentionBias.None });
    }

    /// <summary>One window for all blocks.</summary>
    private protected static ModelSpec ReadWindow(ModelSpec spec, ConfigReader config, int? fallback)
    {
        int? size = Windows.ReadSize(config, fallback);
        bool[] sliding = Windows.ReadTypes(config, spec.Decoder!.Blocks.Length, _ => size is not null);
        config.Check(sliding.All(slides => slides == size is not null), "layer_types", "the family's classes have one mask for all blocks and pass over it; make it agree with sliding_window, or leave it out");
        AttentionMask mask = Windows.Mask(size, spec.ContextLength);
        return WithAttention(spec, attention => attention with { Mask = mask });
    }

    /// <summary>Writes what <see cref="ReadWindow"/> reads, and takes the windows off.</summary>
    private protected ModelSpec WriteWindow(ModelSpec spec, JsonObject config)
    {
        Common(spec, block => block.Attention.Mask, "a window");
        Windows.WriteSize(Windows.SizeOf(Blocks(spec), ModelType), config);
        return WithoutWindows(spec);
    }

    /// <summary>Windows as Qwen has them: where they are wanted, in the later blocks or in those that a list names.</summary>
    private protected static ModelSpec ReadLaterWindows(ModelSpec spec, ConfigReader config)
    {
        int? size = config.ReadBool("use_sliding_window", false) ? Windows.ReadSize(config, fallback: 4096) : null;
        int first = config.ReadInt("max_window_layers", 28);
        bool[] sliding = Windows.ReadTypes(config, spec.Decoder!.Blocks.Length, index => size is not null && index >= first);
        config.Check(size is not null || !sliding.Contains(true), "layer_types", "use_sliding_window or sliding_window says that there is no window; make them agree");
        AttentionMask mask = Windows.Mask(size, spec.ContextLength);
        return WithBlocks(spec, i => sliding[i], (block, slides) => slides ? block with { Attention = block.Attention with { Mask = mask } } : block);
    }

    /// <summary>Writes what <see cref="ReadLaterWindows"/> reads, and takes the windows off.</summary>
    private protected ModelSpec WriteLaterWindows(ModelSpec spec, JsonObject config)
    {
        ImmutableArray<BlockSpec> blocks = Blocks(spec);
        int? size = Windows.SizeOf(blocks, ModelType);
        config["use_sliding_window"] = size is not null;
        Windows.WriteSize(size, config);
        // Versions before the list know only the first block with a window.
        config["max_window_layers"] = blocks.TakeWhile(block => block.Attention.Mask is AttentionMask.Causal).Count();
        Windows.WriteTypes(blocks, config);
        return WithoutWindows(spec);
    }

    /// <summary>Every block sees all that is before it.</summary>
    private protected static ModelSpec WithoutWindows(ModelSpec spec) => WithAttention(spec, attention => attention with { Mask = new AttentionMask.Causal() });

    /// <summary>Queries and keys have the norm that their block has.</summary>
    private protected static ModelSpec WithHeadNorms(ModelSpec spec) =>
        WithBlocks(spec, block => block with { Attention = block.Attention with { QueryKeyNorm = block.AttentionNorm } });

    /// <summary>Takes off what <see cref="WithHeadNorms"/> adds.</summary>
    private protected ModelSpec WithoutHeadNorms(ModelSpec spec)
    {
        Require(Blocks(spec).All(block => block.Attention.QueryKeyNorm == block.AttentionNorm), "norms of queries and keys other than the block's");
        return WithAttention(spec, attention => attention with { QueryKeyNorm = null });
    }

    /// <summary>A specification with other blocks. Blocks that were one stay one: a config of a few bytes may have thousands.</summary>
    private protected static ModelSpec WithBlocks(ModelSpec spec, Func<BlockSpec, BlockSpec> change) => WithBlocks(spec, _ => false, (block, _) => change(block));

    /// <summary>A specification with blocks of two kinds.</summary>
    /// <param name="spec">What is changed.</param>
    /// <param name="isOther">The kind of a block, by its index.</param>
    /// <param name="change">Makes a block of a kind.</param>
    private protected static ModelSpec WithBlocks(ModelSpec spec, Func<int, bool> isOther, Func<BlockSpec, bool, BlockSpec> change)
    {
        Dictionary<BlockSpec, BlockSpec> first = new(ReferenceEqualityComparer.Instance), other = new(ReferenceEqualityComparer.Instance);
        var blocks = ImmutableArray.CreateBuilder<BlockSpec>(spec.Decoder!.Blocks.Length);
        for (int i = 0; i < blocks.Capacity; i++)
        {
            BlockSpec block = spec.Decoder.Blocks[i];
            bool kind = isOther(i);
            ref BlockSpec? changed = ref CollectionsMarshal.GetValueRefOrAddDefault(kind ? other : first, block, out _);
            blocks.Add(changed ??= change(block, kind));
        }
        return spec with { Decoder = spec.Decoder with { Blocks = blocks.MoveToImmutable() } };
    }

    /// <summary>A specification with other attention in all blocks.</summary>
    private protected static ModelSpec WithAttention(ModelSpec spec, Func<AttentionSpec, AttentionSpec> change) =>
        WithBlocks(spec, block => block with { Attention = change(block.Attention) });

    /// <summary>The decoder's blocks, after those models are refused that are no decoder.</summary>
    private protected ImmutableArray<BlockSpec> Blocks(ModelSpec spec)
    {
        Require(spec.Encoder is null && spec.Decoder is not null, "an encoder");
        return spec.Decoder!.Blocks;
    }

    /// <summary>The value that all blocks have in a place.</summary>
    private protected T Common<T>(ModelSpec spec, Func<BlockSpec, T> of, string part)
    {
        ImmutableArray<BlockSpec> blocks = Blocks(spec);
        T first = of(blocks[0]);
        Require(blocks.All(block => EqualityComparer<T>.Default.Equals(of(block), first)), $"{part} in some blocks only");
        return first;
    }

    private BlockSpec Plain(NormSpec norm, AttentionSpec attention, int innerSize) =>
        new(norm, attention, norm, new FeedForwardSpec.Gated(innerSize, Gate.Activation, Bias: false));

    /// <summary>Values of keys that a config leaves out.</summary>
    /// <param name="Epsilon">Of the norms.</param>
    /// <param name="Theta">Of the rotary positions.</param>
    /// <param name="HeadSize">Of attention; null for the hidden size divided by the heads.</param>
    /// <param name="Tied">The embedding is the head's projection.</param>
    /// <param name="UngroupedHeads">There are as many key-value heads as heads; else their count has to be there.</param>
    private protected sealed record Defaults(double Epsilon = 1e-6, double Theta = 10_000, int? HeadSize = null, bool Tied = false, bool UngroupedHeads = false);
}

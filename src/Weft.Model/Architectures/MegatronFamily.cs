using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Spec;

namespace Weft.Model.Architectures;

/// <summary>
/// What the models trained with Megatron-LM share: LayerNorm, a dense feed-forward part, and one tensor in which the query, key and value of
/// each head follow each other.
/// </summary>
public abstract class MegatronFamily : Architecture
{
    /// <summary>What blocks are called, such as <c>gpt_neox.layers</c>.</summary>
    private protected abstract string BlocksName { get; }

    /// <summary>What attention is called in a block.</summary>
    private protected abstract string AttentionName { get; }

    /// <inheritdoc/>
    protected override IReadOnlyList<string> IgnorableEndings => [.. base.IgnorableEndings, $".{AttentionName}.bias"];

    /// <summary>The tensor of a parameter outside the blocks; null where the family has none such.</summary>
    private protected abstract string? NameOutside(ModelSpec spec, string name);

    /// <inheritdoc/>
    public override WeightLocation Locate(ModelSpec spec, ParameterSpec parameter)
    {
        if (SplitBlockName(parameter.Name) is not (var index, var part, var suffix))
            return new(NameOutside(spec, parameter.Name) ?? throw NoTensor(parameter));
        string prefix = $"{BlocksName}.{index}.";
        return part switch
        {
            "attention_norm" => new($"{prefix}input_layernorm.{suffix}"),
            "attention.query" => InEachHead(0),
            "attention.key" => InEachHead(1),
            "attention.value" => InEachHead(2),
            "attention.output" => new($"{prefix}{AttentionName}.dense.{suffix}"),
            "feed_forward_norm" => new($"{prefix}post_attention_layernorm.{suffix}"),
            "feed_forward.up" => new($"{prefix}mlp.dense_h_to_4h.{suffix}"),
            "feed_forward.down" => new($"{prefix}mlp.dense_4h_to_h.{suffix}"),
            _ => throw NoTensor(parameter),
        };

        WeightLocation InEachHead(int projection)
        {
            AttentionSpec attention = spec.Decoder!.Blocks[0].Attention;
            long size = attention.HeadSize;
            return new($"{prefix}{AttentionName}.query_key_value.{suffix}", RowOffset: projection * size, TotalRows: 3L * attention.QuerySize)
            {
                GroupRows = size,
                RowStride = 3 * size,
            };
        }
    }

    /// <summary>Width and heads of attention, which divide it.</summary>
    private protected static (int Hidden, int Heads) ReadWidth(ConfigReader config, string hiddenKey, string headsKey)
    {
        int hidden = config.ReadInt(hiddenKey), heads = config.ReadInt(headsKey);
        config.Check(heads > 0 && hidden % heads == 0, headsKey, $"it does not divide {hiddenKey} {hidden}");
        config.Check(hidden <= int.MaxValue / 4, hiddenKey, "it is too large to be a width");
        return (hidden, heads);
    }

    /// <summary>The one block that all equal, after what the family has not is refused, and its norm and feed-forward part.</summary>
    private protected (BlockSpec Block, NormSpec.LayerNorm Norm, FeedForwardSpec.Dense FeedForward) RequireCommon(ModelSpec spec)
    {
        StackSpec stack = DecoderOnly(spec);
        BlockSpec block = UniformBlock(stack);
        var norm = block.AttentionNorm as NormSpec.LayerNorm;
        var feedForward = block.FeedForward as FeedForwardSpec.Dense;
        RequirePlain(block with { Placement = NormPlacement.Pre });
        Require(spec.Embedding.Position is PositionSpec.None, "positions in the embedding");
        Require(norm is { Bias: true } && block.FeedForwardNorm == norm && stack.FinalNorm == norm, "norms other than one LayerNorm with bias");
        Require(feedForward is { Bias: true }, "a feed-forward part other than a dense one with bias");
        Require(block.Attention.Heads == block.Attention.KeyValueHeads && block.Attention.QuerySize == spec.HiddenSize, "grouped heads, or heads that do not add up to the hidden size");
        return (block, norm!, feedForward!);
    }
}

using System.Collections.Immutable;
using System.Text.Json.Nodes;

using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Spec;

namespace Weft.Model.Architectures;

/// <summary>Qwen 3 with experts (Yang et al. 2025, arXiv:2505.09388) in all blocks or in some.</summary>
public sealed class Qwen3Moe : LlamaFamily
{
    private const string Scaled = "norm_topk_prob", Step = "decoder_sparse_step", DenseBlocks = "mlp_only_layers", ExpertSize = "moe_intermediate_size";

    /// <inheritdoc/>
    public override string ModelType => "qwen3_moe";

    /// <inheritdoc/>
    public override string ClassPrefix => "Qwen3Moe";

    /// <inheritdoc/>
    public override GgufLayout? Gguf { get; } = new("qwen3moe", Activation.Silu) { Bias = AttentionBias.None, HasExperts = true };

    /// <inheritdoc/>
    public override ModelSpec ReadConfig(ConfigReader config)
    {
        config.Check(!config.ReadBool("use_sliding_window", false), "use_sliding_window", "versions of Transformers disagree about the blocks that it means; only false is supported");
        int experts = ExpertsConfig.ReadCount(config, 128), chosen = config.ReadInt(ExpertsConfig.Chosen, 8);
        RouterSpec router = config.ReadBool(Scaled, false) ? new RouterSpec.SoftmaxAfterChoice(experts, chosen) : new RouterSpec.SoftmaxBeforeChoice(experts, chosen);
        var mixture = new FeedForwardSpec.MixtureOfExperts(config.ReadInt(ExpertSize, 768), Gate.Activation, Bias: false, router);
        int step = config.ReadInt(Step, 1);
        config.Check(step > 0, Step, "it must be at least 1");
        IReadOnlyList<int> dense = config.ReadIntList(DenseBlocks);
        AttentionBias bias = ReadAttentionBias(config);
        return WithHeadNorms(WithBlocks(base.ReadConfig(config), i => experts > 0 && (i + 1) % step == 0 && !dense.Contains(i), (block, hasExperts) => block with
        {
            Attention = block.Attention with { Bias = bias },
            FeedForward = hasExperts ? mixture : block.FeedForward,
        }));
    }

    /// <inheritdoc/>
    public override void WriteConfig(ModelSpec spec, JsonObject config)
    {
        ImmutableArray<BlockSpec> blocks = Blocks(spec);
        FeedForwardSpec.MixtureOfExperts[] mixtures = [.. blocks.Select(block => block.FeedForward).OfType<FeedForwardSpec.MixtureOfExperts>().Distinct()];
        Require(mixtures is [{ Shared: null, Bias: false } only] && only.Activation == Gate.Activation, $"anything but unbiased experts with {Gate.Activation}, alike in all blocks that have them");
        FeedForwardSpec.MixtureOfExperts experts = mixtures[0];
        config["num_experts"] = experts.Router.Experts;
        config[ExpertsConfig.Chosen] = experts.Router.Chosen;
        config[Scaled] = experts.Router switch
        {
            RouterSpec.SoftmaxAfterChoice => true,
            RouterSpec.SoftmaxBeforeChoice => false,
            _ => throw new NotSupportedException($"router {experts.Router.GetType().Name} has no name in a config"),
        };
        config[ExpertSize] = experts.InnerSize;
        config[Step] = 1;
        config[DenseBlocks] = new JsonArray([.. blocks.Index().Where(block => block.Item.FeedForward is not FeedForwardSpec.MixtureOfExperts).Select(block => (JsonNode)block.Index)]);
        config["use_sliding_window"] = false;
        FeedForwardSpec dense = blocks.Select(block => block.FeedForward).FirstOrDefault(part => part is not FeedForwardSpec.MixtureOfExperts) ?? ExpertsConfig.AsOne(experts);
        base.WriteConfig(WithBlocks(WithoutHeadNorms(WriteAttentionBias(spec, config)), block =>
            block.FeedForward is FeedForwardSpec.MixtureOfExperts ? block with { FeedForward = dense } : block), config);
    }

    /// <inheritdoc/>
    private protected override string? NameInBlock(string part) => ExpertsConfig.Split(part) switch
    {
        ("", "router") => "mlp.gate",
        (var expert, ("gate" or "up" or "down") and var projection) => $"mlp.{expert}.{projection}_proj",
        _ => base.NameInBlock(part),
    };
}

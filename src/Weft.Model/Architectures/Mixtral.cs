using System.Text.Json.Nodes;

using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Spec;

namespace Weft.Model.Architectures;

/// <summary>Mixtral (Jiang et al. 2024, arXiv:2401.04088): a Mistral in which a router chooses two of eight feed-forward parts for each token.</summary>
public sealed class Mixtral : LlamaFamily
{
    /// <inheritdoc/>
    public override string ModelType => "mixtral";

    /// <inheritdoc/>
    public override string ClassPrefix => "Mixtral";

    /// <inheritdoc/>
    public override GgufLayout? Gguf => LlamaLayout;

    /// <inheritdoc/>
    private protected override Defaults WhenAbsent => new(Epsilon: 1e-5, Theta: 1_000_000);

    /// <inheritdoc/>
    public override ModelSpec ReadConfig(ConfigReader config)
    {
        var router = new RouterSpec.SoftmaxAfterChoice(ExpertsConfig.ReadCount(config, 8), config.ReadInt(ExpertsConfig.Chosen, 2));
        return WithBlocks(ReadWindow(base.ReadConfig(config), config, fallback: null), block =>
            block with { FeedForward = new FeedForwardSpec.MixtureOfExperts(block.FeedForward.InnerSize, Gate.Activation, Bias: false, router) });
    }

    /// <inheritdoc/>
    public override void WriteConfig(ModelSpec spec, JsonObject config)
    {
        var experts = Common(spec, block => block.FeedForward, "experts") as FeedForwardSpec.MixtureOfExperts;
        Require(experts is { Router: RouterSpec.SoftmaxAfterChoice, Shared: null }, "a feed-forward part other than experts weighed by the softmax over the chosen");
        config["num_local_experts"] = experts!.Router.Experts;
        config[ExpertsConfig.Chosen] = experts.Router.Chosen;
        base.WriteConfig(WithBlocks(WriteWindow(spec, config), block => block with { FeedForward = ExpertsConfig.AsOne(block.FeedForward) }), config);
    }

    /// <inheritdoc/>
    private protected override string? NameInBlock(string part) => ExpertsConfig.Split(part) switch
    {
        ("", "router") => "block_sparse_moe.gate",
        (var expert, "gate") => $"block_sparse_moe.{expert}.w1",
        (var expert, "down") => $"block_sparse_moe.{expert}.w2",
        (var expert, "up") => $"block_sparse_moe.{expert}.w3",
        _ => base.NameInBlock(part),
    };
}

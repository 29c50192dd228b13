using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Spec;

namespace Weft.Model.Architectures;

/// <summary>What configs and checkpoints of models with experts share.</summary>
internal static class ExpertsConfig
{
    /// <summary>Key of how many experts each token gets.</summary>
    public const string Chosen = "num_experts_per_tok";

    /// <summary>The count has two names, which versions of Transformers take for each other.</summary>
    private static readonly string[] Counts = ["num_experts", "num_local_experts"];

    /// <summary>How many experts there are.</summary>
    public static int ReadCount(ConfigReader config, int fallback)
    {
        int[] counts = [.. Counts.Where(config.Has).Select(key => config.ReadInt(key))];
        config.Check(counts.Distinct().Count() < 2, Counts[0], $"{Counts[1]} says something else; keep one of them");
        return counts.Length == 0 ? fallback : counts[0];
    }

    /// <summary>The gated part that one expert is.</summary>
    public static FeedForwardSpec AsOne(FeedForwardSpec feedForward) => new FeedForwardSpec.Gated(feedForward.InnerSize, feedForward.Activation, feedForward.Bias);

    /// <summary>Splits <c>feed_forward.experts.3.gate</c> into <c>experts.3</c> and <c>gate</c>, and <c>feed_forward.router</c> into nothing and <c>router</c>; null for all else.</summary>
    public static (string Expert, string Projection)? Split(string part) => part.Split('.') switch
    {
        ["feed_forward", "router"] => ("", "router"),
        ["feed_forward", "experts", var index, var projection] => ($"experts.{index}", projection),
        _ => null,
    };
}

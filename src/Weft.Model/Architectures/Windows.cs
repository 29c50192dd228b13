using System.Collections.Immutable;
using System.Text.Json.Nodes;

using Weft.Model.Checkpoints;
using Weft.Model.Checkpoints.HuggingFace;
using Weft.Model.Spec;

namespace Weft.Model.Architectures;

/// <summary>Attention over a window in a config: <c>sliding_window</c>, and <c>layer_types</c> where only some blocks have it.</summary>
internal static class Windows
{
    private const string Size = "sliding_window", Types = "layer_types", Sliding = RotaryConfig.SlidingBlocks, Full = RotaryConfig.FullBlocks;

    /// <summary>The window of a family where a key left out is not the same as null.</summary>
    /// <param name="config">The model's config.</param>
    /// <param name="fallback">Where the key is left out; null for none.</param>
    public static int? ReadSize(ConfigReader config, int? fallback) =>
        config.Has(Size) ? config.ReadInt(Size) : config.IsNull(Size) ? null : fallback;

    /// <summary>The mask of a window; a window as long as the context hides nothing.</summary>
    public static AttentionMask Mask(int? size, int contextLength) =>
        size is { } tokens && tokens < contextLength ? new AttentionMask.SlidingWindow(tokens) : new AttentionMask.Causal();

    /// <summary>For each block whether it looks over a window.</summary>
    /// <param name="config">The model's config.</param>
    /// <param name="blocks">How many there are.</param>
    /// <param name="otherwise">The rule of configs without a list, by the block's index.</param>
    /// <exception cref="CheckpointException">The list has another length, or a kind that is not known.</exception>
    public static bool[] ReadTypes(ConfigReader config, int blocks, Func<int, bool> otherwise)
    {
        if (!config.Has(Types))
            return [.. Enumerable.Range(0, blocks).Select(otherwise)];
        IReadOnlyList<string> types = config.ReadTextList(Types);
        config.Check(types.Count == blocks, Types, $"it must have one entry for each of {blocks} blocks");
        config.Check(types.All(type => type is Sliding or Full), Types, $"only {Sliding} and {Full} are supported");
        return [.. types.Select(type => type == Sliding)];
    }

    /// <summary>The one size of all windows of the blocks; null where no block has one.</summary>
    /// <exception cref="NotSupportedException">There are windows of several sizes, or masks that are neither causal nor a window.</exception>
    public static int? SizeOf(ImmutableArray<BlockSpec> blocks, string modelType)
    {
        int[] sizes = [.. blocks.Select(block => block.Attention.Mask).OfType<AttentionMask.SlidingWindow>().Select(window => window.Size).Distinct()];
        if (sizes.Length > 1 || blocks.Any(block => block.Attention.Mask is not (AttentionMask.SlidingWindow or AttentionMask.Causal)))
            throw new NotSupportedException($"model_type '{modelType}' cannot express masks other than causal ones and windows of one size; choose another architecture for the export");
        return sizes.Length == 0 ? null : sizes[0];
    }

    /// <summary>Writes the size, or null for none.</summary>
    public static void WriteSize(int? size, JsonObject config) => config[Size] = size;

    /// <summary>Writes which blocks look over a window.</summary>
    public static void WriteTypes(ImmutableArray<BlockSpec> blocks, JsonObject config) => config[Types] = new JsonArray([.. blocks.Select(block =>
        (JsonNode)(block.Attention.Mask is AttentionMask.SlidingWindow ? Sliding : Full))]);
}

using System.Text.Json;
using System.Text.Json.Nodes;
using Weft.Model.Spec;

namespace Weft.Cli;

/// <summary>
/// Describes a specification as nested JSON objects, in the order of the forward pass. A choice has its <c>kind</c> first. The tree
/// on the terminal is drawn from the same objects, so both always tell the same.
/// </summary>
internal static class SpecDescription
{
    /// <summary>Which choice of a closed set was made.</summary>
    public const string Kind = "kind";

    /// <summary>Index of the first of several equal blocks.</summary>
    public const string FirstBlock = "first";

    /// <summary>How many equal blocks follow each other.</summary>
    public const string BlockCount = "count";

    /// <summary>Describes a whole model.</summary>
    /// <exception cref="NotSupportedException">A part has no description; the message names it.</exception>
    public static JsonObject Describe(ModelSpec spec) => new()
    {
        ["context_length"] = spec.ContextLength,
        ["embedding"] = new JsonObject
        {
            ["vocabulary_size"] = spec.VocabularySize,
            ["hidden_size"] = spec.HiddenSize,
            ["position"] = Describe(spec.Embedding.Position),
        },
        ["decoder"] = new JsonObject
        {
            ["blocks"] = DescribeBlocks(spec.Decoder),
            ["final_norm"] = Describe(spec.Decoder.FinalNorm),
        },
        ["head"] = spec.Head switch
        {
            HeadSpec.LanguageModel head => new JsonObject { [Kind] = "language_model", ["tied_embedding"] = head.TiedEmbedding },
            _ => throw Unknown("head", spec.Head),
        },
    };

    /// <summary>Equal blocks that follow each other are one entry: a hundred of them say no more than one.</summary>
    private static JsonArray DescribeBlocks(StackSpec stack)
    {
        var runs = new JsonArray();
        for (int first = 0, next; first < stack.Blocks.Length; first = next)
        {
            BlockSpec block = stack.Blocks[first];
            for (next = first + 1; next < stack.Blocks.Length && stack.Blocks[next] == block;)
                next++;
            runs.Add((JsonNode)new JsonObject
            {
                [FirstBlock] = first,
                [BlockCount] = next - first,
                ["attention_norm"] = Describe(block.AttentionNorm),
                ["attention"] = Describe(block.Attention),
                ["feed_forward_norm"] = Describe(block.FeedForwardNorm),
                ["feed_forward"] = Describe(block.FeedForward),
            });
        }
        return runs;
    }

    private static JsonObject Describe(AttentionSpec attention) => new()
    {
        ["heads"] = attention.Heads,
        ["key_value_heads"] = attention.KeyValueHeads,
        ["head_size"] = attention.HeadSize,
        ["bias"] = JsonNamingPolicy.SnakeCaseLower.ConvertName(attention.Bias.ToString()),
        ["position"] = attention.Position is PositionSpec.Rotary rotary ? Describe(rotary, attention.HeadSize) : Describe(attention.Position),
    };

    /// <summary>Lists of numbers are for programs: the tree on the terminal leaves them out.</summary>
    private static JsonObject Describe(PositionSpec.Rotary rotary, int headSize)
    {
        var frequencies = RotaryFrequencies.Of(rotary, headSize);
        return new()
        {
            [Kind] = "rotary",
            ["theta"] = rotary.Theta,
            ["scaling"] = Describe(rotary.Scaling),
            ["inv_freq"] = new JsonArray([.. frequencies.Inverse.Select(frequency => JsonValue.Create(frequency))]),
            ["attention_factor"] = frequencies.AttentionFactor,
        };
    }

    private static JsonObject Describe(RotaryScaling scaling) => scaling switch
    {
        RotaryScaling.None => new() { [Kind] = "none" },
        RotaryScaling.Linear linear => new() { [Kind] = "linear", ["factor"] = linear.Factor },
        RotaryScaling.Llama3 llama => new()
        {
            [Kind] = "llama3",
            ["factor"] = llama.Factor,
            ["low_frequency_factor"] = llama.LowFrequencyFactor,
            ["high_frequency_factor"] = llama.HighFrequencyFactor,
            ["original_context"] = llama.OriginalContext,
        },
        RotaryScaling.Yarn yarn => new()
        {
            [Kind] = "yarn",
            ["factor"] = yarn.Factor,
            ["original_context"] = yarn.OriginalContext,
            ["beta_fast"] = yarn.BetaFast,
            ["beta_slow"] = yarn.BetaSlow,
            ["whole_pairs"] = yarn.WholePairs,
        },
        _ => throw Unknown("rotary scaling", scaling),
    };

    private static JsonObject Describe(PositionSpec position) => position switch
    {
        PositionSpec.None => new() { [Kind] = "none" },
        PositionSpec.Learned learned => new() { [Kind] = "learned", ["count"] = learned.Count },
        _ => throw Unknown("position", position),
    };

    private static JsonObject Describe(NormSpec norm) => norm switch
    {
        NormSpec.LayerNorm layer => new() { [Kind] = "layer_norm", ["epsilon"] = layer.Epsilon, ["bias"] = layer.Bias },
        NormSpec.RmsNorm rms => new() { [Kind] = "rms_norm", ["epsilon"] = rms.Epsilon },
        _ => throw Unknown("norm", norm),
    };

    private static JsonObject Describe(FeedForwardSpec feedForward) => new()
    {
        [Kind] = feedForward switch
        {
            FeedForwardSpec.Dense => "dense",
            FeedForwardSpec.Gated => "gated",
            _ => throw Unknown("feed-forward", feedForward),
        },
        ["inner_size"] = feedForward.InnerSize,
        ["activation"] = JsonNamingPolicy.SnakeCaseLower.ConvertName(feedForward.Activation.ToString()),
        ["bias"] = feedForward.Bias,
    };

    private static NotSupportedException Unknown(string part, object choice) => new($"{part} {choice.GetType().Name} has no description");
}

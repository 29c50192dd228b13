using System.Text.Json;
using System.Text.Json.Nodes;

namespace Weft.Text.Files;

/// <summary>The components of a byte-level tokenizer as GPT-2's tokenizer.json has them.</summary>
internal static class ByteLevelComponents
{
    /// <summary>Splits by GPT-2's pattern and turns bytes into characters.</summary>
    public static JsonElement PreTokenizer { get; } = JsonElement.Parse("""{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true}""");

    /// <summary>The same with a space before each text.</summary>
    public static JsonElement PreTokenizerAfterSpace { get; } = JsonElement.Parse("""{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":true}""");

    /// <summary>Offsets as they are.</summary>
    public static JsonElement PostProcessor { get; } = JsonElement.Parse("""{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":false,"use_regex":true}""");

    /// <summary>Characters back to bytes.</summary>
    public static JsonElement Decoder { get; } = JsonElement.Parse("""{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":true}""");

    /// <summary>Splits by patterns, one after another what the one before has left, and turns bytes into characters.</summary>
    /// <param name="patterns">In the order in which they split.</param>
    /// <param name="onlyMatches">What no pattern matches is dropped.</param>
    /// <param name="again">GPT-2's pattern splits the pieces once more.</param>
    public static JsonElement Splitting(IEnumerable<string> patterns, bool onlyMatches = false, bool again = false) => SurroundingTemplate.ToElement(new JsonObject
    {
        ["type"] = "Sequence",
        ["pretokenizers"] = new JsonArray(
        [
            .. patterns.Select(pattern => new JsonObject
            {
                ["type"] = "Split",
                ["pattern"] = new JsonObject { ["Regex"] = pattern },
                ["behavior"] = onlyMatches ? "Removed" : "Isolated",
                ["invert"] = onlyMatches,
            }),
            new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["trim_offsets"] = true, ["use_regex"] = again },
        ]),
    });

    /// <summary>The post-processor and around texts what <paramref name="template"/> puts there.</summary>
    public static JsonElement PostProcessorWith(JsonObject template) => SurroundingTemplate.ToElement(new JsonObject
    {
        ["type"] = "Sequence",
        ["processors"] = new JsonArray(JsonNode.Parse(PostProcessor.GetRawText()), template),
    });
}

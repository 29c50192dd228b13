using System.Text.Json.Nodes;
using Weft.Model.Spec;

namespace Weft.Cli;

/// <summary>
/// Describes a specification as nested JSON objects, as <see cref="SpecJson"/> writes it, with what follows from it: the first index of each
/// run of equal blocks, and the frequencies of rotary positions. The tree on the terminal is drawn from the same objects, so both always
/// tell the same.
/// </summary>
internal static class SpecDescription
{
    /// <summary>Index of the first of several equal blocks.</summary>
    public const string FirstBlock = "first";

    /// <summary>Describes a whole model.</summary>
    public static JsonObject Describe(ModelSpec spec)
    {
        JsonObject json = SpecJson.Write(spec);
        Complete(json["encoder"], spec.Encoder, spec.ContextLength);
        Complete(json["decoder"], spec.Decoder, spec.ContextLength);
        DropNulls(json);
        return json;
    }

    private static void Complete(JsonNode? json, StackSpec? stack, int contextLength)
    {
        if (json is null || stack is null)
            return;
        var runs = new JsonArray();
        int first = 0;
        foreach (JsonNode? run in json["blocks"]!.AsArray())
        {
            BlockSpec block = stack.Blocks[first];
            var described = new JsonObject { [FirstBlock] = first, [SpecJson.BlockCount] = run![SpecJson.BlockCount]!.DeepClone() };
            foreach ((string name, JsonNode? part) in run["block"]!.AsObject())
                described[name] = part?.DeepClone();
            if (block.Attention.Position is PositionSpec.Rotary rotary)
                AddFrequencies(described["attention"]!["position"]!.AsObject(), rotary, block.Attention.HeadSize, contextLength);
            runs.Add((JsonNode)described);
            first += run[SpecJson.BlockCount]!.GetValue<int>();
        }
        json["blocks"] = runs;
    }

    /// <summary>Lists of numbers are for programs: the tree on the terminal leaves them out.</summary>
    private static void AddFrequencies(JsonObject position, PositionSpec.Rotary rotary, int headSize, int contextLength)
    {
        // What depends on the length has the frequencies of short sequences, and those of a full context beside them.
        var frequencies = RotaryFrequencies.Of(rotary, headSize, length: 1);
        position["inv_freq"] = Numbers(frequencies);
        if (rotary.Scaling.ConstantUpTo < contextLength)
            position["inv_freq_at_full_context"] = Numbers(RotaryFrequencies.Of(rotary, headSize, contextLength));
        position["attention_factor"] = frequencies.AttentionFactor;
    }

    private static JsonArray Numbers(RotaryFrequencies frequencies) => new([.. frequencies.Inverse.Select(frequency => JsonValue.Create(frequency))]);

    private static void DropNulls(JsonNode node)
    {
        if (node is JsonArray list)
        {
            foreach (JsonNode? item in list)
                DropNulls(item!);
        }
        else if (node is JsonObject part)
        {
            foreach (string name in part.Where(pair => pair.Value is null).Select(pair => pair.Key).ToArray())
                part.Remove(name);
            foreach ((_, JsonNode? value) in part)
                DropNulls(value!);
        }
    }
}

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

    /// <summary>Names and shapes of the tensors of a part.</summary>
    public const string Shapes = "shapes";

    /// <summary>Describes a whole model.</summary>
    public static JsonObject Describe(ModelSpec spec)
    {
        JsonObject json = SpecJson.Write(spec);
        ParameterSpec[] parameters = [.. ModelParameters.Enumerate(spec)];
        Complete(json["encoder"], spec.Encoder, spec.ContextLength, (ModelParameters.Encoder, parameters));
        Complete(json["decoder"], spec.Decoder, spec.ContextLength, ("", parameters));
        json["embedding"]![Shapes] = Of(parameters, parameter => parameter.Name == ModelParameters.TokenEmbedding, 0);
        json["head"]![Shapes] = Of(parameters, parameter => parameter.Name.StartsWith($"{ModelParameters.Head}.", StringComparison.Ordinal), 0);
        DropNulls(json);
        return json;
    }

    private static void Complete(JsonNode? json, StackSpec? stack, int contextLength, (string Prefix, ParameterSpec[] All) parameters)
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
            string prefix = ModelParameters.Block(parameters.Prefix, first);
            described[Shapes] = Of(parameters.All, parameter => parameter.Name.StartsWith(prefix, StringComparison.Ordinal), prefix.Length);
            runs.Add((JsonNode)described);
            first += run[SpecJson.BlockCount]!.GetValue<int>();
        }
        json["blocks"] = runs;
        json[Shapes] = Of(parameters.All, parameter => IsOfStack(parameter.Name, parameters.Prefix), parameters.Prefix.Length);
    }

    /// <summary>What belongs to a stack, but to none of its blocks.</summary>
    private static bool IsOfStack(string name, string prefix) => name.StartsWith(prefix, StringComparison.Ordinal)
        && (prefix.Length > 0 || !name.StartsWith(ModelParameters.Encoder, StringComparison.Ordinal))
        && !name.AsSpan(prefix.Length).StartsWith("blocks.", StringComparison.Ordinal)
        && !name.StartsWith($"{ModelParameters.Head}.", StringComparison.Ordinal)
        && name != ModelParameters.TokenEmbedding;

    /// <summary>The experts of a block have equal shapes, so that the first stands for all.</summary>
    private static JsonObject? Of(ParameterSpec[] parameters, Func<ParameterSpec, bool> belongs, int prefix)
    {
        string first = ModelParameters.Expert(0), any = first.Replace('0', '*');
        var shapes = new JsonObject();
        foreach (ParameterSpec parameter in parameters.Where(belongs))
        {
            string name = parameter.Name[prefix..].Replace(first, any, StringComparison.Ordinal);
            if (!name.Contains("experts.", StringComparison.Ordinal) || name.Contains(any, StringComparison.Ordinal))
                shapes[name] = new JsonArray([.. parameter.Shape.Select(size => JsonValue.Create(size))]);
        }
        return shapes.Count == 0 ? null : shapes;
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

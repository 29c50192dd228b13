using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Weft.Model.Spec;

/// <summary>
/// Specifications as JSON: records are objects, choices have their <c>kind</c> first, names are in snake case, and equal blocks that follow
/// each other are one entry with a <c>count</c>. What is there is read exactly, what may be left out is as in a record that does not set it,
/// and unknown names and kinds are refused.
/// </summary>
public static class SpecJson
{
    /// <summary>Which choice of a closed set was made.</summary>
    public const string Kind = "kind";

    /// <summary>How many equal blocks follow each other.</summary>
    public const string BlockCount = "count";

    /// <summary>Characters of a wrong value that a message shows.</summary>
    private const int MostShown = 80;

    private const string PathMark = " Path: $";

    /// <summary>A specification as an object.</summary>
    public static JsonObject Write(ModelSpec spec) => JsonSerializer.SerializeToNode(spec, SpecJsonContext.Default.ModelSpec)!.AsObject();

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="JsonException">A name or kind is unknown, a value is missing or of the wrong type; the message has the path.</exception>
    public static ModelSpec Read(JsonElement json)
    {
        try
        {
            JsonObject complete = JsonObject.Create(json) ?? throw new JsonException("the specification is null");
            SpecDefaults.Complete(complete, SpecJsonContext.Default.ModelSpec);
            return complete.Deserialize(SpecJsonContext.Default.ModelSpec)!;
        }
        catch (InvalidOperationException e)
        {
            throw new JsonException("the specification is not an object", e);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or ArgumentException)
        {
            throw new JsonException(Describe(json, e), e);
        }
    }

    /// <summary>Where it is, what is there, and what is wrong with it.</summary>
    private static string Describe(JsonElement json, Exception e)
    {
        string text = WithoutPath(e.Message);
        if (PathOf(e) is not { } path)
            return text;
        // Blocks are read one by one, and the exception of one knows the path within its list only.
        path += (e.InnerException as JsonException)?.Path?[1..];
        return Find(json, path) is { } value ? $"at {path}, which is {Shorten(value.GetRawText())}: {text}" : $"at {path}: {text}";
    }

    /// <summary>A message without the path and the place in the text that the serializer adds.</summary>
    internal static string WithoutPath(string message) => message.IndexOf(PathMark, StringComparison.Ordinal) is >= 0 and var end ? message[..end] : message;

    /// <summary>Where it is; null where nobody knows.</summary>
    internal static string? PathOf(Exception e)
    {
        // The exception of a missing kind has no property for it.
        int start = e.Message.IndexOf(PathMark, StringComparison.Ordinal);
        return e is JsonException json ? json.Path : start < 0 ? null : e.Message[(start + PathMark.Length - 1)..].Split(" | ")[0].TrimEnd('.');
    }

    private static JsonElement? Find(JsonElement json, string path)
    {
        foreach (string step in path.Replace("[", ".[", StringComparison.Ordinal).Split('.').Skip(1))
        {
            bool isIndex = step.StartsWith('[') && json.ValueKind == JsonValueKind.Array;
            if (isIndex && int.TryParse(step.AsSpan()[1..^1], CultureInfo.InvariantCulture, out int index) && index < json.GetArrayLength())
                json = json[index];
            else if (json.ValueKind == JsonValueKind.Object && json.TryGetProperty(step, out JsonElement inner))
                json = inner;
            else
                return null;
        }
        return json;
    }

    private static string Shorten(string text) => text.Length > MostShown ? $"{text[..MostShown]}…" : text;
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    AllowOutOfOrderMetadataProperties = true)]
[JsonSerializable(typeof(ModelSpec))]
[JsonSerializable(typeof(PositionSpec.None), TypeInfoPropertyName = "NoPosition")]
[JsonSerializable(typeof(PositionSpec.Learned), TypeInfoPropertyName = "LearnedPosition")]
[JsonSerializable(typeof(RotaryScaling.None), TypeInfoPropertyName = "NoScaling")]
[JsonSerializable(typeof(AttentionSinks.None), TypeInfoPropertyName = "NoSinks")]
[JsonSerializable(typeof(AttentionSinks.Learned), TypeInfoPropertyName = "LearnedSinks")]
internal sealed partial class SpecJsonContext : JsonSerializerContext;

/// <summary>Equal blocks that follow each other as one entry: a hundred of them say no more than one.</summary>
internal sealed class BlockRunConverter : JsonConverter<ImmutableArray<BlockSpec>>
{
    /// <summary>More blocks than any published model has; a larger number is a corrupt file.</summary>
    private const int MostBlocks = 10_000;

    private const string Block = "block";

    public override ImmutableArray<BlockSpec> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        JsonNode? node = JsonNode.Parse(ref reader);
        var blocks = ImmutableArray.CreateBuilder<BlockSpec>();
        int runs = 0;
        foreach (JsonNode? run in node as JsonArray ?? throw new JsonException("blocks must be a list of runs"))
        {
            if (run is not JsonObject { Count: 2 } entry || entry[Block] is not JsonObject block
                || entry[SpecJson.BlockCount] is not JsonValue number || !number.TryGetValue(out int count))
                throw new JsonException($"an entry of blocks must have exactly '{SpecJson.BlockCount}', an integer, and '{Block}', an object");
            if (count < 1 || count > MostBlocks - blocks.Count)
                throw new JsonException($"'{SpecJson.BlockCount}' is {count}; a stack has 1 to {MostBlocks} blocks");
            blocks.AddRange(Enumerable.Repeat(ReadBlock(block, runs++), count));
        }
        return blocks.ToImmutable();
    }

    private static BlockSpec ReadBlock(JsonObject block, int run)
    {
        string path = string.Create(CultureInfo.InvariantCulture, $"$[{run}].{Block}");
        try
        {
            SpecDefaults.Complete(block, SpecJsonContext.Default.BlockSpec);
            return block.Deserialize(SpecJsonContext.Default.BlockSpec)!;
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            string text = SpecJson.WithoutPath(e.Message);
            throw new JsonException(text, new JsonException(text, path + SpecJson.PathOf(e)?[1..], null, null));
        }
    }

    public override void Write(Utf8JsonWriter writer, ImmutableArray<BlockSpec> value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        for (int first = 0, next; first < value.Length; first = next)
        {
            for (next = first + 1; next < value.Length && value[next] == value[first];)
                next++;
            writer.WriteStartObject();
            writer.WriteNumber(SpecJson.BlockCount, next - first);
            writer.WritePropertyName(Block);
            JsonSerializer.Serialize(writer, value[first], SpecJsonContext.Default.BlockSpec);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }
}

/// <summary>Members of an enumeration as other names are: in snake case, never as numbers.</summary>
internal sealed class SnakeCaseEnumConverter<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false)
    where T : struct, Enum;

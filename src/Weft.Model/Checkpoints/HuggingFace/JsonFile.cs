using System.Text.Json;
using System.Text.Json.Nodes;

namespace Weft.Model.Checkpoints.HuggingFace;

/// <summary>What was found where a JSON file may stand beside a config.</summary>
/// <param name="File">Where, for errors.</param>
/// <param name="Root">Null where there is no such file.</param>
internal readonly record struct JsonBeside(string File, JsonElement? Root);

/// <summary>A small JSON file beside the weights.</summary>
internal static class JsonFile
{
    /// <summary>Its root; null where there is no such file.</summary>
    /// <exception cref="CheckpointException">It is not valid JSON or not valid UTF-8.</exception>
    public static JsonElement? Read(string path) => File.Exists(path) ? Parse(path, File.ReadAllBytes(path)) : null;

    /// <summary>Its root, an object; null where there is no such file.</summary>
    /// <exception cref="CheckpointException">It is no JSON object.</exception>
    public static ConfigReader? ReadObject(string path) => Read(path) is { } root ? new(path, root) : null;

    /// <summary>The root of a text.</summary>
    /// <param name="file">Where the text stands, for errors.</param>
    /// <param name="text">In UTF-8.</param>
    /// <exception cref="CheckpointException">It is not valid JSON or not valid UTF-8.</exception>
    public static JsonElement Parse(string file, byte[] text)
    {
        try
        {
            // The parser looks at the bytes of a text only when it is asked for; asked here, every later access is safe.
            if (!System.Text.Unicode.Utf8.IsValid(text))
                throw new CheckpointException(file, "is not valid UTF-8; fetch the file again");
            using JsonDocument document = JsonDocument.Parse(text);
            return document.RootElement.Clone();
        }
        catch (JsonException e)
        {
            throw new CheckpointException(file, $"is not valid JSON (line {(e.LineNumber ?? 0) + 1}); fetch the file again", e);
        }
    }

    /// <summary>Replaces the file.</summary>
    public static void Write(string path, JsonNode json) => AtomicFile.WriteText(path, ToText(json));

    /// <summary>The text of a file.</summary>
    public static string ToText(JsonNode json)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, new() { Indented = true }))
            json.WriteTo(writer);
        return System.Text.Encoding.UTF8.GetString(buffer.ToArray()) + "\n";
    }
}

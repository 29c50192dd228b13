using System.Text.Json;

namespace Weft.Model.Checkpoints.HuggingFace;

/// <summary>A small JSON file beside the weights.</summary>
internal static class JsonFile
{
    /// <summary>Its root; null where there is no such file.</summary>
    /// <exception cref="CheckpointException">It is not valid JSON or not valid UTF-8.</exception>
    public static JsonElement? Read(string path)
    {
        if (!File.Exists(path))
            return null;
        try
        {
            byte[] text = File.ReadAllBytes(path);
            // The parser looks at the bytes of a text only when it is asked for; asked here, every later access is safe.
            if (!System.Text.Unicode.Utf8.IsValid(text))
                throw new CheckpointException(path, "is not valid UTF-8; fetch the file again");
            using JsonDocument document = JsonDocument.Parse(text);
            return document.RootElement.Clone();
        }
        catch (JsonException e)
        {
            throw new CheckpointException(path, $"is not valid JSON (line {(e.LineNumber ?? 0) + 1}); fetch the file again", e);
        }
    }

    /// <summary>Its root, an object; null where there is no such file.</summary>
    /// <exception cref="CheckpointException">It is no JSON object.</exception>
    public static ConfigReader? ReadObject(string path) => Read(path) is { } root ? new(path, root) : null;

    /// <summary>Replaces the file.</summary>
    public static void Write(string path, System.Text.Json.Nodes.JsonNode json)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, new() { Indented = true }))
            json.WriteTo(writer);
        AtomicFile.WriteText(path, System.Text.Encoding.UTF8.GetString(buffer.ToArray()) + "\n");
    }
}

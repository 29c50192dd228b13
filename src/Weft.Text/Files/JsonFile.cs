using System.Text.Json;
using System.Text.Unicode;

namespace Weft.Text.Files;

/// <summary>Opens a JSON file whose damage is told by file and place.</summary>
internal static class JsonFile
{
    /// <summary>Reads something out of the file's root; what it keeps of the JSON must be cloned.</summary>
    /// <exception cref="InvalidDataException">The bytes are not UTF-8 or not complete JSON.</exception>
    public static T Read<T>(ReadOnlyMemory<byte> json, string file, Func<JsonField, T> read)
    {
        if (json.Span.StartsWith("\uFEFF"u8))
            json = json[3..];
        if (!Utf8.IsValid(json.Span))
            throw new InvalidDataException($"{file}: its {json.Length} bytes are not UTF-8; download or export the file again");
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            return read(new JsonField(file, "", document.RootElement));
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"{file}: not complete JSON at line {error.LineNumber + 1}, byte "
                + $"{error.BytePositionInLine + 1} of {json.Length} bytes; download or export the file again", error);
        }
    }
}

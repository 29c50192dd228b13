using System.Text.Json;

namespace Weft.Tasks;

/// <summary>Fields of the model's JSON files that steer tasks; what is absent or of another kind says nothing.</summary>
internal static class JsonFields
{
    public static string? Text(this JsonElement file, string name) => Field(file, name) is { ValueKind: JsonValueKind.String } field ? field.GetString() : null;

    public static double? Number(this JsonElement file, string name) =>
        Field(file, name) is { ValueKind: JsonValueKind.Number } field && field.TryGetDouble(out double number) ? number : null;

    public static bool Flag(this JsonElement file, string name) => Field(file, name) is { ValueKind: JsonValueKind.True };

    /// <summary>An empty object where there is no such field.</summary>
    public static JsonElement Object(this JsonElement file, string name) =>
        Field(file, name) is { ValueKind: JsonValueKind.Object } field ? field : JsonElement.Parse("{}");

    private static JsonElement? Field(JsonElement file, string name) =>
        file.ValueKind == JsonValueKind.Object && file.TryGetProperty(name, out JsonElement field) ? field : null;
}

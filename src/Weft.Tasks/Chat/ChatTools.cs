using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.AI;
using TextMessage = Weft.Text.Chat.ChatMessage;

namespace Weft.Tasks;

/// <summary>Tools, calls of them and their results in the terms of chat templates: those of Transformers, which are OpenAI's but for arguments, which are objects.</summary>
internal static class ChatTools
{
    private const string Tool = "tool";

    /// <summary>Nobody puts it into a page, and a special token in it has to be seen.</summary>
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The tools that a model may call; null for none.</summary>
    /// <exception cref="NotSupportedException">A tool is no function.</exception>
    public static JsonElement? Schemas(ChatOptions options)
    {
        if (options.Tools is not { Count: > 0 } tools || options.ToolMode is NoneChatToolMode)
            return null;
        return Json(writer =>
        {
            writer.WriteStartArray();
            foreach (AITool tool in tools)
            {
                if (tool is not AIFunctionDeclaration function)
                    throw new NotSupportedException($"tool '{tool.Name}' is a {tool.GetType().Name}; this model calls functions only");
                WriteFunction(writer, function.Name, null, () =>
                {
                    writer.WriteString("description", function.Description);
                    writer.WritePropertyName("parameters");
                    function.JsonSchema.WriteTo(writer);
                });
            }
            writer.WriteEndArray();
        });
    }

    /// <summary>A message as one turn, or as one for each result that it holds.</summary>
    /// <exception cref="NotSupportedException">It holds something else than texts, calls and results.</exception>
    public static IEnumerable<TextMessage> Turns(ChatMessage message)
    {
        if (message.Contents.FirstOrDefault(content => content is not (TextContent or UsageContent or FunctionCallContent or FunctionResultContent)) is { } other)
            throw new NotSupportedException($"a message of '{message.Role}' holds a {other.GetType().Name}; this model reads texts, calls of functions and their results");
        FunctionResultContent[] results = [.. message.Contents.OfType<FunctionResultContent>()];
        foreach (FunctionResultContent result in results)
            yield return new(Tool, ResultText(result.Result)) { Fields = new Dictionary<string, JsonElement> { ["tool_call_id"] = Json(writer => writer.WriteStringValue(result.CallId)) } };
        FunctionCallContent[] calls = [.. message.Contents.OfType<FunctionCallContent>()];
        if (calls.Length > 0)
            yield return new(message.Role.Value, message.Text.Length > 0 ? message.Text : null) { Fields = new Dictionary<string, JsonElement> { ["tool_calls"] = Calls(calls) } };
        else if (results.Length == 0 || message.Text.Length > 0)
            yield return new(message.Role.Value, message.Text);
    }

    private static JsonElement Calls(FunctionCallContent[] calls) => Json(writer =>
    {
        writer.WriteStartArray();
        foreach (FunctionCallContent call in calls)
            WriteFunction(writer, call.Name, call.CallId, () =>
            {
                writer.WriteStartObject("arguments");
                foreach ((string name, object? value) in call.Arguments ?? new Dictionary<string, object?>())
                {
                    writer.WritePropertyName(name);
                    ToElement(value).WriteTo(writer);
                }
                writer.WriteEndObject();
            });
        writer.WriteEndArray();
    });

    private static void WriteFunction(Utf8JsonWriter writer, string name, string? id, Action writeRest)
    {
        writer.WriteStartObject();
        writer.WriteString("type", "function");
        if (id is not null)
            writer.WriteString("id", id);
        writer.WriteStartObject("function");
        writer.WriteString("name", name);
        writeRest();
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static string ResultText(object? result) => result switch
    {
        null => "",
        string text => text,
        JsonElement { ValueKind: JsonValueKind.String } text => text.GetString()!,
        _ => ToElement(result).GetRawText(),
    };

    private static JsonElement ToElement(object? value) =>
        value is JsonElement element ? element : JsonSerializer.SerializeToElement(value, AIJsonUtilities.DefaultOptions.GetTypeInfo(typeof(object)));

    private static JsonElement Json(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, Plain))
            write(writer);
        return JsonElement.Parse(buffer.WrittenSpan);
    }
}

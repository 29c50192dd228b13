using System.Text.Json;
using System.Text.Json.Nodes;

namespace Weft.Text.Files;

/// <summary><c>add_bos_token</c> and <c>add_eos_token</c> as a post-processor, as Hugging Face's Llama tokenizers build it.</summary>
internal static class CompanionTemplate
{
    /// <param name="definition">A tokenizer whose format leaves open what stands around a text.</param>
    /// <param name="config">tokenizer_config.json.</param>
    /// <param name="beginning">Null where the file says nothing: the format's own convention stays.</param>
    /// <param name="end">Null likewise.</param>
    public static TokenizerDefinition Apply(TokenizerDefinition definition, JsonField? config, bool? beginning, bool? end)
    {
        if (beginning is null && end is null)
            return definition;
        var special = new JsonObject();
        JsonObject Part(string flag, string role, SpecialToken? token)
        {
            if (token is null)
                throw config!.Value.Required(flag).Refuse($"but no file says which token it is; add {role} to {Path.GetFileName(config.Value.File)}");
            special[token.Content] = new JsonObject { ["id"] = token.Content, ["ids"] = new JsonArray(token.Id), ["tokens"] = new JsonArray(token.Content) };
            return new JsonObject { ["id"] = token.Content };
        }
        SpecialTokenRoles roles = definition.Settings.Roles;
        JsonObject? before = beginning == true ? Part("add_bos_token", "bos_token", roles.Beginning) : null;
        JsonObject? after = end == true ? Part("add_eos_token", "eos_token", roles.End) : null;
        var template = new JsonObject
        {
            ["type"] = "TemplateProcessing",
            ["single"] = new JsonArray([.. Parts(before, "A", 0, after)]),
            ["pair"] = new JsonArray([.. Parts(before, "A", 0, after), .. Parts(before, "B", 1, after)]),
            ["special_tokens"] = special,
        };
        JsonNode processor = IsByteLevel(definition.PostProcessor)
            ? new JsonObject { ["type"] = "Sequence", ["processors"] = new JsonArray(JsonNode.Parse(definition.PostProcessor!.Value.GetRawText()), template) }
            : template;
        return definition with { PostProcessor = JsonElement.Parse(processor.ToJsonString()) };
    }

    private static IEnumerable<JsonNode> Parts(JsonObject? before, string sequence, int type, JsonObject? after)
    {
        JsonObject Special(JsonObject part) => new() { ["SpecialToken"] = new JsonObject { ["id"] = part["id"]!.GetValue<string>(), ["type_id"] = type } };
        if (before is not null)
            yield return Special(before);
        yield return new JsonObject { ["Sequence"] = new JsonObject { ["id"] = sequence, ["type_id"] = type } };
        if (after is not null)
            yield return Special(after);
    }

    // It trims offsets, which a template does not undo.
    private static bool IsByteLevel(JsonElement? processor) =>
        processor is { ValueKind: JsonValueKind.Object } element && element.TryGetProperty("type", out JsonElement type) && type.ValueEquals("ByteLevel");
}

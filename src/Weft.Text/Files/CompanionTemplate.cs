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
        SpecialToken Require(string flag, string role, SpecialToken? token) => token
            ?? throw config!.Value.Required(flag).Refuse($"but no file says which token it is; add {role} to {Path.GetFileName(config.Value.File)}");
        SpecialTokenRoles roles = definition.Settings.Roles;
        JsonObject template = SurroundingTemplate.Of(
            beginning == true ? Require("add_bos_token", "bos_token", roles.Beginning) : null,
            end == true ? Require("add_eos_token", "eos_token", roles.End) : null);
        return definition with
        {
            PostProcessor = IsByteLevel(definition.PostProcessor) ? ByteLevelComponents.PostProcessorWith(template) : SurroundingTemplate.ToElement(template),
        };
    }

    // It trims offsets, which a template does not undo.
    private static bool IsByteLevel(JsonElement? processor) =>
        processor is { ValueKind: JsonValueKind.Object } element && element.TryGetProperty("type", out JsonElement type) && type.ValueEquals("ByteLevel");
}

using System.Text.Json;
using System.Text.Json.Nodes;

namespace Weft.Text.Files;

/// <summary>A post-processor that puts one token before and one after each text.</summary>
internal static class SurroundingTemplate
{
    /// <param name="before">Null for none.</param>
    /// <param name="after">Null for none.</param>
    public static JsonObject Of(SpecialToken? before, SpecialToken? after)
    {
        var special = new JsonObject();
        foreach (SpecialToken token in new[] { before, after }.OfType<SpecialToken>())
            special[token.Content] = new JsonObject { ["id"] = token.Content, ["ids"] = new JsonArray(token.Id), ["tokens"] = new JsonArray(token.Content) };
        return new JsonObject
        {
            ["type"] = "TemplateProcessing",
            ["single"] = new JsonArray([.. Parts("A", 0)]),
            ["pair"] = new JsonArray([.. Parts("A", 0), .. Parts("B", 1)]),
            ["special_tokens"] = special,
        };

        IEnumerable<JsonNode> Parts(string sequence, int type)
        {
            if (before is not null)
                yield return Part("SpecialToken", before.Content, type);
            yield return Part("Sequence", sequence, type);
            if (after is not null)
                yield return Part("SpecialToken", after.Content, type);
        }
    }

    /// <summary>JSON as the definition of a tokenizer holds it.</summary>
    public static JsonElement ToElement(JsonNode node) => JsonElement.Parse(node.ToJsonString());

    private static JsonObject Part(string kind, string id, int type) => new() { [kind] = new JsonObject { ["id"] = id, ["type_id"] = type } };
}

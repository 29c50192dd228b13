using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Weft.Model.Spec;

/// <summary>
/// Members that a text may leave out and that then are not zero, null or false. The serializer, which knows no initializers of members,
/// would make them so; and a text from before a member was there has to mean what it meant.
/// </summary>
internal static class SpecDefaults
{
    private static readonly Dictionary<Type, (string Member, Func<JsonNode> Value)[]> Members = new()
    {
        [typeof(EmbeddingSpec)] = [("scale", () => 1.0)],
        [typeof(AttentionSpec)] = [("mask", () => Choice("causal")), ("sinks", () => Choice("none"))],
        [typeof(PositionSpec.Rotary)] = [("scaling", () => Choice("none"))],
        [typeof(BlockSpec)] = [("residual_scale", () => 1.0)],
        [typeof(HeadSpec.LanguageModel)] = [("logit_scale", () => 1.0)],
    };

    /// <summary>Adds what was left out of an object and of the objects in it.</summary>
    /// <param name="node">The text of a value of the type.</param>
    /// <param name="type">The type.</param>
    public static void Complete(JsonNode? node, JsonTypeInfo type)
    {
        if (node is not JsonObject json)
            return;
        string? kind = json[SpecJson.Kind] is JsonValue value && value.TryGetValue(out string? text) ? text : null;
        if (type.PolymorphismOptions?.DerivedTypes.FirstOrDefault(choice => kind is not null && kind.Equals(choice.TypeDiscriminator)) is { DerivedType: { } chosen })
            type = type.Options.GetTypeInfo(chosen);
        foreach ((string member, Func<JsonNode> defaultValue) in Members.GetValueOrDefault(type.Type, []))
            if (!json.ContainsKey(member))
                json[member] = defaultValue();
        foreach (JsonPropertyInfo property in type.Properties)
            if (json[property.Name] is JsonObject inner)
                Complete(inner, type.Options.GetTypeInfo(property.PropertyType));
    }

    private static JsonObject Choice(string kind) => new() { [SpecJson.Kind] = kind };
}

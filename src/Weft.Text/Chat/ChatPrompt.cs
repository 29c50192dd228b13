using System.Text.Json;

namespace Weft.Text.Chat;

/// <summary>What a conversation is rendered with, beside its messages.</summary>
public sealed record ChatPrompt
{
    /// <summary>Ends with what an answer of the assistant begins with. Off, as in transformers.</summary>
    public bool AddGenerationPrompt { get; init; }

    /// <summary>The tools that the model may call, a JSON array of their schemas; None in the template where absent.</summary>
    public JsonElement? Tools { get; init; }

    /// <summary>Documents for retrieval, a JSON array; None in the template where absent.</summary>
    public JsonElement? Documents { get; init; }

    /// <summary>Further variables, such as <c>enable_thinking</c>; they win over all others.</summary>
    public IReadOnlyDictionary<string, JsonElement> Variables { get; init; } = new Dictionary<string, JsonElement>();
}

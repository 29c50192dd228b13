using System.Text.Json;

namespace Weft.Text.Chat;

/// <summary>One turn of a conversation.</summary>
/// <param name="Role">Who speaks: system, user, assistant, tool, or what the template knows.</param>
/// <param name="Content">What is said; null where a turn has only <see cref="Fields"/>, as one that calls tools may.</param>
public sealed record ChatMessage(string Role, string? Content)
{
    /// <summary>Further fields that the template reads, such as <c>tool_calls</c> or <c>reasoning_content</c>.</summary>
    public IReadOnlyDictionary<string, JsonElement> Fields { get; init; } = new Dictionary<string, JsonElement>();
}

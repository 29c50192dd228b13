using Weft.Text.Chat;

namespace Weft.Training.Runs;

/// <summary>A prompt and two answers.</summary>
/// <param name="Prompt">Messages before the answers.</param>
/// <param name="Chosen">The preferred answer.</param>
/// <param name="Rejected">The other one.</param>
/// <param name="Source">File and line, for messages.</param>
internal sealed record PreferenceRow(IReadOnlyList<ChatMessage> Prompt, IReadOnlyList<ChatMessage> Chosen, IReadOnlyList<ChatMessage> Rejected, string Source)
{
    /// <summary>What tells prompts apart: rows of one prompt are never learnt from and held out at once.</summary>
    public string Key => Join(Prompt);

    /// <summary>What tells rows apart.</summary>
    public string Content => $"{Key}\0\0{Join(Chosen)}\0\0{Join(Rejected)}";

    /// <summary>Why it cannot be used; null where it can.</summary>
    public string? Problem =>
        Prompt.All(message => string.IsNullOrWhiteSpace(message.Content)) ? "has an empty prompt"
        : ProblemOf(Chosen, "chosen") ?? ProblemOf(Rejected, "rejected")
        ?? (Join(Chosen) == Join(Rejected) ? "has the same text as chosen and as rejected answer, so that it prefers nothing" : null);

    /// <summary>Bytes of its texts in UTF-8.</summary>
    public int Bytes => new[] { Prompt, Chosen, Rejected }.Sum(messages => messages.Sum(message => System.Text.Encoding.UTF8.GetByteCount(message.Content ?? "")));

    /// <summary>Characters of its texts.</summary>
    public int Characters => new[] { Prompt, Chosen, Rejected }.Sum(messages => messages.Sum(message => message.Content?.Length ?? 0));

    private static string? ProblemOf(IReadOnlyList<ChatMessage> answer, string name) =>
        answer.Count == 0 || answer.All(message => string.IsNullOrWhiteSpace(message.Content)) ? $"has an empty {name} answer"
        : answer[0].Role != PreferenceFiles.Assistant ? $"has a {name} answer that begins with a turn of '{answer[0].Role}', where one of '{PreferenceFiles.Assistant}' was expected"
        : null;

    private static string Join(IReadOnlyList<ChatMessage> messages) => string.Join('\0', messages.Select(message => $"{message.Role}\u0001{message.Content}"));
}

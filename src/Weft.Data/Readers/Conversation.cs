namespace Weft.Data;

/// <summary>What one side says.</summary>
/// <param name="Role">system, user or assistant.</param>
/// <param name="Text">What is said.</param>
public sealed record ConversationTurn(string Role, string Text)
{
    /// <summary>Instructions that stand before a conversation.</summary>
    public const string System = "system";

    /// <summary>Who asks.</summary>
    public const string User = "user";

    /// <summary>Who answers.</summary>
    public const string Assistant = "assistant";

    /// <summary>An answer that is to be learnt; others only stand before it.</summary>
    public bool IsLearnt { get; init; } = true;
}

/// <summary>Turns of a system prompt, where there is one, then of a user and an assistant.</summary>
/// <param name="Turns">In their order.</param>
/// <param name="Source">File and line, for messages.</param>
public sealed record Conversation(IReadOnlyList<ConversationTurn> Turns, string Source)
{
    /// <summary>Why nothing can be learnt from it; null where something can.</summary>
    public string? Problem { get; init; }

    /// <summary>A conversation with its problem, if it has one.</summary>
    internal static Conversation Of(IReadOnlyList<ConversationTurn> turns, string source, string? problem = null) => new(turns, source) { Problem = problem ?? FindProblem(turns) };

    private static string? FindProblem(IReadOnlyList<ConversationTurn> turns)
    {
        int first = turns is [{ Role: ConversationTurn.System }, ..] ? 1 : 0;
        if (turns.Count == first)
            return "has no turn of a user";
        for (int i = first; i < turns.Count; i++)
        {
            string expected = (i - first) % 2 == 0 ? ConversationTurn.User : ConversationTurn.Assistant;
            if (turns[i].Role != expected)
                return FormattableString.Invariant($"has '{turns[i].Role}' at turn {i + 1}, where '{expected}' was expected; after a system prompt, if any, user and assistant take turns");
            if (string.IsNullOrWhiteSpace(turns[i].Text))
                return FormattableString.Invariant($"has an empty {(expected == ConversationTurn.User ? "question" : "answer")} at turn {i + 1}");
        }
        return turns[^1].Role == ConversationTurn.User ? "ends with a turn of the user, which nobody answers"
            : turns.Any(turn => turn.Role == ConversationTurn.Assistant && turn.IsLearnt) ? null : "has no answer to learn: all of them have the weight 0";
    }
}

namespace Weft.Text.Chat;

/// <summary>What a chat template makes of a conversation.</summary>
/// <param name="Text">The text.</param>
/// <param name="Answers">The parts of it between <c>{% generation %}</c> and <c>{% endgeneration %}</c>; none where the template does not mark its answers.</param>
public sealed record ChatRendering(string Text, IReadOnlyList<Range> Answers);

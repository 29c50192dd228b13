namespace Weft.Text.Chat.Jinja;

/// <summary>What went wrong, before the place is known; becomes a <see cref="ChatTemplateException"/>.</summary>
/// <param name="message">What happened and, where there is one, the remedy.</param>
internal sealed class TemplateFault(string message) : Exception(message)
{
    /// <summary>Line of the template, or 0 where the caller knows it.</summary>
    public int Line { get; init; }
}

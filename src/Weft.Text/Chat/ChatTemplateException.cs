namespace Weft.Text.Chat;

/// <summary>
/// A chat template cannot be read or rendered: its syntax is wrong, it did what its language forbids, it called
/// <c>raise_exception</c>, or it went past a limit of <see cref="ChatTemplateOptions"/>.
/// </summary>
public sealed class ChatTemplateException : Exception
{
    internal ChatTemplateException(string templateName, int line, string problem, string shownLine)
        : base($"{templateName}, line {line}: {problem}{(shownLine.Length == 0 ? "" : $" (the line is '{shownLine}')")}")
    {
        TemplateName = templateName;
        Line = line;
        Problem = problem;
    }

    /// <summary>The name the template was parsed under; its file, where it was loaded from one.</summary>
    public string TemplateName { get; }

    /// <summary>Line of the template, from 1.</summary>
    public int Line { get; }

    /// <summary>What happened, without the place; for <c>raise_exception</c> the template's own words.</summary>
    public string Problem { get; }
}

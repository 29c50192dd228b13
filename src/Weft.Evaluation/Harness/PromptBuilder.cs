using Weft.Evaluation.Harness.Tasks;
using Weft.Text.Chat;

namespace Weft.Evaluation.Harness;

/// <summary>
/// Puts description, examples and question into one prompt, as lm-evaluation-harness does: as plain text, or as turns of a conversation, in which the description is
/// the system's.
/// </summary>
/// <param name="task">Whose description and delimiters are used.</param>
/// <param name="template">Renders conversations; null for plain text.</param>
internal sealed class PromptBuilder(EvaluationTask task, ChatTemplate? template)
{
    private const string BetweenShots = "\n\n";

    /// <summary>Prompts are rendered by a template.</summary>
    public bool IsRendered => template is not null;

    /// <summary>Between a prompt and what is scored: a template has its own.</summary>
    public string Delimiter => IsRendered ? "" : task.Delimiter;

    /// <summary>The whole prompt.</summary>
    /// <param name="shots">Examples.</param>
    /// <param name="prompt">The question.</param>
    /// <exception cref="InvalidDataException">The template fails.</exception>
    public string Build(IReadOnlyList<Question> shots, string prompt)
    {
        if (template is null)
            return task.Description + string.Concat(shots.Select(shot => $"{shot.Shot.Prompt}{task.Delimiter}{shot.Shot.Answer}{BetweenShots}")) + prompt;
        List<ChatMessage> messages = task.Description.Length > 0 ? [new("system", task.Description)] : [];
        foreach (Question shot in shots)
            messages.AddRange([new("user", shot.Shot.Prompt), new("assistant", shot.Shot.Answer)]);
        messages.Add(new("user", prompt));
        try
        {
            return template.Render(messages, new() { AddGenerationPrompt = true });
        }
        catch (ChatTemplateException e)
        {
            throw new InvalidDataException($"the chat template does not render the prompts of task {task.Name}: {e.Message}", e);
        }
    }
}

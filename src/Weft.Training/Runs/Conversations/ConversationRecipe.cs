using Weft.Data;
using Weft.Text;
using Weft.Text.Chat;

namespace Weft.Training.Runs;

/// <content>Keys of conversations.</content>
public sealed partial record TaskRecipe
{
    /// <summary>
    /// How conversations are written as text: chatml, llama-3, alpaca, zephyr, or the path of a .jinja file or of a model's folder. Where left out, as the model of
    /// training.init-from has it, and chatml for a model from nothing.
    /// </summary>
    public string? Template { get; init; }

    /// <summary>How a row holds a conversation; where left out, the first row of a file shows it.</summary>
    public ConversationLayout? Layout { get; init; }

    /// <summary>The column of their answers; response where left out.</summary>
    public string? Response { get; init; }

    /// <summary>How the files hold conversations.</summary>
    internal ConversationColumns Conversations
    {
        get
        {
            var usual = new ConversationColumns { Layout = Layout, Format = Format };
            return usual with { Prompt = Prompt ?? usual.Prompt, Response = Response ?? usual.Response };
        }
    }

    private void CheckConversations()
    {
        (string prompt, string response) = (Conversations.Prompt, Conversations.Response);
        Require(prompt.Length > 0 && prompt != response, "prompt", prompt, "give two columns, one of questions and one of answers");
        Require(TableFiles.IsNumber(prompt) == TableFiles.IsNumber(response), "prompt", $"{prompt} and {response}", "give names of the first line, or numbers where it is no line of names");
        Require(Layout is null or ConversationLayout.Columns || Format is null || TableFiles.HasKeys(Format), "format", Format, "tables have conversations in columns; leave out task.layout");
        Require(Layout is null or ConversationLayout.Columns || (Prompt ?? Response) is null, Prompt is null ? "response" : "prompt", Prompt ?? Response, "only task.layout columns has it; leave one of them out");
        Require(Truncate != CutPart.Middle, "truncate", "middle", "the middle of a conversation holds what its answers answer; choose tail or head");
    }

    /// <exception cref="InvalidDataException">There is no such template. A run that goes on has its own copy.</exception>
    internal void RequireTemplate() =>
        Require(Template is null || KnownChatTemplate.Find(Template) is not null || Path.Exists(Template), "template", Template,
            $"known: {string.Join(", ", KnownChatTemplate.All.Select(template => template.Name))}; or give the path of a .jinja file or of a model's folder");
}

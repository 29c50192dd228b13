using System.Text.Json;
using Weft.Text.Chat;

namespace Weft.Tasks;

/// <summary>Conversations as the ids that a model continues.</summary>
internal sealed class ChatPrompts
{
    private const string System = "system", User = "user";

    private readonly LanguageModel _model;
    private readonly ChatModelOptions _options;
    private readonly ConversationEncoder _encoder;

    /// <param name="model">Whose template and tokenizer.</param>
    /// <param name="options">Variables, and what to do with long conversations.</param>
    /// <exception cref="NotSupportedException">The model has no chat template.</exception>
    public ChatPrompts(LanguageModel model, ChatModelOptions options)
    {
        (_model, _options) = (model, options);
        LongInputs.Check(options.Long, LongInput.Refuse, LongInput.Truncate);
        _encoder = new(model.LoadChatTemplate(), model.Tokenizer, options.TemplateVariables);
    }

    /// <summary>The ids of a conversation, with what an answer begins with, and room for at least one token of it.</summary>
    /// <exception cref="ArgumentException">It does not fit the context, or a message holds a token that only the template may write.</exception>
    /// <exception cref="ChatTemplateException">The template refuses the conversation.</exception>
    /// <exception cref="NotSupportedException">There are tools, but the template asks for no calls, or in another form.</exception>
    public int[] Encode(IReadOnlyList<ChatMessage> messages, JsonElement? tools = null)
    {
        int[] ids = Render(messages, tools);
        int whole = ids.Length;
        for (List<ChatMessage> left = [.. messages]; ids.Length >= _model.ContextLength; ids = Render(left, tools))
            if (_options.Long == LongInput.Refuse || !DropOldest(left))
                throw LongInputs.Refusal(whole, _model.ContextLength - 1, _options.Long == LongInput.Refuse ? [LongInput.Truncate] : []);
        return ids;
    }

    /// <summary>Takes out the oldest turn of a user with its answer; the last stays.</summary>
    private static bool DropOldest(List<ChatMessage> messages)
    {
        int first = messages.FindIndex(message => message.Role != System);
        int next = first < 0 ? -1 : messages.FindIndex(first + 1, message => message.Role == User);
        if (next < 0)
            return false;
        messages.RemoveRange(first, next - first);
        return true;
    }

    private int[] Render(IReadOnlyList<ChatMessage> messages, JsonElement? tools)
    {
        if (tools is not null && !ToolCallText.IsAskedForBy(RenderText(messages, tools)))
            throw new NotSupportedException($"the chat template of model '{_model.Path}' does not ask for calls as {ToolCallText.Form}, which is what is read here; leave the tools out");
        return _encoder.EncodePrompt(messages, tools);
    }

    /// <summary>A conversation as the template writes it, with what an answer begins with.</summary>
    internal string RenderText(IReadOnlyList<ChatMessage> messages, JsonElement? tools) => _encoder.Render(messages, tools);
}
